//! What merge-runs makes is run by real shells: the same happens as in a shell for each RUN, or the RUNs stay apart.

#[path = "merging/hazards.rs"]
mod hazards;
mod material;
#[path = "merging/shells.rs"]
mod shells;

use std::fmt::Write as _;

use dockeropt::rewrite::{Chain, Facts, Merge, Options, Outcome};
use dockeropt::semantics::Build;
use dockeropt::syntax::Dockerfile;
use dockeropt::transforms;
use hazards::{HAZARDS, Hazard, Naive};
use material::say;
use shells::{Files, Kit};

/// What merge-runs alone makes of `text`, if it merges wherever it can.
fn merged(text: &[u8]) -> Outcome {
    let options = Options { merge: Merge::All };
    let chain = Chain { transforms: vec![transforms::named("merge-runs").unwrap()], options };
    let outcome = chain.run(text, &Facts::default()).unwrap();
    assert!(outcome.unstable.is_empty(), "{:?}", outcome.unstable);
    outcome
}

/// What can be seen of scripts that ran one after the other, up to the first that failed.
#[derive(PartialEq, Eq)]
struct Seen {
    ok: bool,
    said: String,
    /// Empty after a failure: there is no layer then.
    files: Files,
}

impl Seen {
    /// Whether a build would notice no difference.
    fn is_as(&self, other: &Self) -> bool {
        self == other || !self.ok && !other.ok
    }

    fn summary(&self, other: &Self) -> String {
        let changed: Vec<_> = self.files.iter().filter(|(path, file)| other.files.get(*path) != Some(file)).collect();
        let changed = if self.ok && other.ok { format!("{changed:?}") } else { String::new() };
        format!("{} {:?} {changed}", if self.ok { "ok" } else { "fails" }, self.said)
    }
}

/// A SHELL of the Dockerfile, with what `/bin/sh` is.
struct Setting {
    name: &'static str,
    sh: &'static str,
    words: &'static [&'static str],
    instruction: &'static str,
}

const SETTINGS: &[Setting] = &[
    Setting { name: "dash", sh: "dash", words: &["/bin/sh", "-c"], instruction: "" },
    Setting { name: "bash as sh", sh: "bash", words: &["/bin/sh", "-c"], instruction: "" },
    Setting { name: "busybox", sh: "busybox", words: &["/bin/sh", "-c"], instruction: "" },
    Setting { name: "bash", sh: "bash", words: &["/bin/bash", "-c"], instruction: "SHELL [\"/bin/bash\", \"-c\"]\n" },
    Setting {
        name: "bash -e",
        sh: "bash",
        words: &["/bin/bash", "-eo", "pipefail", "-c"],
        instruction: "SHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\n",
    },
    Setting { name: "dash -e", sh: "dash", words: &["/bin/sh", "-ec"], instruction: "SHELL [\"/bin/sh\", \"-ec\"]\n" },
    Setting {
        name: "bash as sh -e",
        sh: "bash",
        words: &["/bin/sh", "-ec"],
        instruction: "SHELL [\"/bin/sh\", \"-ec\"]\n",
    },
    Setting {
        name: "busybox -e",
        sh: "busybox",
        words: &["/bin/sh", "-ec"],
        instruction: "SHELL [\"/bin/sh\", \"-ec\"]\n",
    },
];

fn see(kit: &Kit, setting: &Setting, hazard: &Hazard, scripts: &[String]) -> Seen {
    let root = kit.root(setting.sh, &[]);
    let setting_of =
        |keyword: &str| hazard.head.lines().filter_map(move |line| line.strip_prefix(keyword)).collect::<Vec<_>>();
    let folder = setting_of("WORKDIR ").first().copied().unwrap_or("/");
    let environment: Vec<_> = setting_of("ENV ").into_iter().map(|pair| pair.split_once('=').unwrap()).collect();
    if !hazard.given.is_empty() {
        let (ok, said) = root.run("/", &["/bin/sh".into(), "-c".into(), hazard.given.into()], &[]);
        assert!(ok, "{}: {said}", hazard.name);
    }
    let (mut ok, mut said) = (true, String::new());
    for script in scripts {
        let words: Vec<String> = setting.words.iter().map(|&word| word.to_owned()).chain([script.clone()]).collect();
        let (went_well, output) = root.run(folder, &words, &environment);
        said.push_str(&output);
        ok = went_well;
        if !ok {
            break;
        }
    }
    let files = if ok { root.files() } else { Files::new() };
    Seen { ok, said, files }
}

/// The scripts that dockeropt leaves of `hazard`, and why it left some apart.
fn ours(hazard: &Hazard, setting: &Setting) -> (Vec<String>, String) {
    let mut text = format!("FROM x\n{}{}", setting.instruction, hazard.head);
    hazard.scripts.iter().for_each(|script| writeln!(text, "RUN {script}").unwrap());
    let outcome = merged(text.as_bytes());
    let file = Dockerfile::parse(outcome.after);
    let build = Build::of(&file);
    let scripts = build.runs.iter().map(|run| run.instruction.arguments().shell_form().unwrap().text.clone()).collect();
    (scripts, outcome.declined.first().map(|declined| declined.value.because.clone()).unwrap_or_default())
}

#[test]
fn merging_two_scripts_is_as_good_as_two_shells() {
    let Some(kit) = Kit::of("merging hazards") else { return };
    let mut wrong = Vec::new();
    say(&format!("{:45} {:28} ours", "hazard", "naive && is wrong in"));
    for hazard in HAZARDS {
        let apart: Vec<String> = hazard.scripts.iter().map(|&script| script.to_owned()).collect();
        let naive = vec![apart.join(" && ")];
        let (mut naive_wrong, mut merged_in, mut because) = (Vec::new(), Vec::new(), String::new());
        for setting in SETTINGS.iter().filter(|setting| kit.shells.contains(&setting.sh)) {
            let expected = see(&kit, setting, hazard, &apart);
            if !see(&kit, setting, hazard, &naive).is_as(&expected) {
                naive_wrong.push(setting.name);
            }
            let (scripts, reason) = ours(hazard, setting);
            if scripts.len() == hazard.scripts.len() {
                because = reason;
                continue;
            }
            merged_in.push(setting.name);
            let got = see(&kit, setting, hazard, &scripts);
            if !got.is_as(&expected) {
                let (apart, merged) = (expected.summary(&got), got.summary(&expected));
                wrong.push(format!(
                    "{} in {}: {scripts:?}\n   apart: {apart}\n  merged: {merged}",
                    hazard.name, setting.name
                ));
            }
        }
        if hazard.naive == Naive::Wrong && naive_wrong.is_empty() && kit.shells.len() == shells::SHELLS.len() {
            wrong.push(format!("{}: `&&` is said to be wrong and is not", hazard.name));
        }
        let ours = match merged_in.len() {
            0 => format!("declined: {because}"),
            count => format!("merged and equal in {count} of {} settings {because}", SETTINGS.len()),
        };
        say(&format!("{:45} {:28} {ours}", hazard.name, naive_wrong.join(", ")));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
