//! What merge-runs makes is run by real shells: the same happens as in a shell for each RUN, or the RUNs stay apart.

#[path = "merging/corpus.rs"]
mod corpus;
#[path = "merging/hazards.rs"]
mod hazards;
mod material;
#[path = "merging/shells.rs"]
mod shells;

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use corpus::{Group, Looked, counted, looked};
use dockeropt::rewrite::{Chain, Facts, Merge, Options, Outcome};
use dockeropt::semantics::Build;
use dockeropt::syntax::Dockerfile;
use dockeropt::transforms;
use hazards::{HAZARDS, Hazard, Naive};
use material::say;
use shells::{Files, Kit};

/// What merge-runs alone makes of `text`, if it merges wherever it can.
fn merged(text: &[u8]) -> Outcome {
    let options = Options { merge: Merge::All, ..Options::default() };
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
    let file = Dockerfile::parse(&*outcome.after);
    let build = Build::of(&file);
    let scripts = build.runs.iter().map(|run| run.instruction.arguments().shell_form().unwrap().text.clone()).collect();
    (scripts, outcome.declined.first().map(|declined| declined.value.because.clone()).unwrap_or_default())
}

#[test]
fn merging_two_scripts_is_as_good_as_two_shells() {
    let Some(kit) = Kit::of("merging hazards") else { return };
    if !kit.has_tools() {
        return say("skipped: merging hazards: busybox, whose small programs the scripts run, is not here");
    }
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

/// What can be seen of a group: as above, and every call of a program. Lines are sorted, since the parts of a pipeline run at once.
fn replay(kit: &Kit, shell: &str, group: &Group, scripts: &[String], fail: &str) -> (Seen, Vec<String>) {
    let root = kit.root(shell, &group.programs);
    root.make(&group.folder);
    for folder in &group.folders {
        root.make(&if folder.starts_with('/') { folder.clone() } else { format!("{}/{folder}", group.folder) });
    }
    root.fail(fail);
    let words = if group.words.is_empty() { vec!["/bin/sh".to_owned(), "-c".to_owned()] } else { group.words.clone() };
    let (mut ok, mut said) = (true, Vec::new());
    for script in scripts {
        let words: Vec<String> = words.iter().cloned().chain([script.replace("RANDOM", "HOME")]).collect();
        let (went_well, output) = root.run(&group.folder, &words, &[]);
        said.extend(output.lines().map(str::to_owned));
        ok = went_well;
        if !ok {
            break;
        }
    }
    let mut trace = root.trace();
    let mut said = said.join("\n");
    if group.merged.contains(['|', '&']) {
        trace.sort();
        // What `set -x` says of the parts of a pipeline is mixed even within a line.
        let mut letters: Vec<char> = said.chars().collect();
        letters.sort_unstable();
        said = letters.into_iter().collect();
    }
    (Seen { ok, said, files: root.files() }, trace)
}

/// Most calls that are made to fail in turn, for one group, in the first shell.
const FAILURES_MAX: usize = 4;

/// How often a difference is looked at again.
const REPEATS: usize = 3;

/// The number of replays, and what was different.
fn replays(kit: &Kit, group: &Group) -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    let is_bash = group.words.first().is_some_and(|word| word.ends_with("bash"));
    let shells = kit.shells.iter().filter(|shell| !is_bash || **shell == "bash");
    for (index, shell) in shells.enumerate() {
        let all_go_well = replay(kit, shell, group, &group.apart, "");
        let (_, trace) = &all_go_well;
        let mut calls: Vec<_> =
            trace.iter().filter_map(|line| line.rsplit_once(" call ")).map(|(_, call)| call).collect();
        calls.dedup();
        // In long scripts fewer: each replay of them takes long.
        let failures = if index > 0 {
            1
        } else if calls.len() > FAILURES_MAX {
            FAILURES_MAX / 2
        } else {
            FAILURES_MAX
        };
        let step = calls.len().div_ceil(failures).max(1);
        let mut fails: Vec<String> = calls.iter().step_by(step).map(|call| format!("call {call}")).collect();
        if index == 0 {
            fails.push("seed 1".to_owned());
        }
        let apart_if = |fail: &str| replay(kit, shell, group, &group.apart, fail);
        let expected = std::iter::once((String::new(), all_go_well)).chain(fails.into_iter().map(|fail| {
            let expected = apart_if(&fail);
            (fail, expected)
        }));
        for (fail, expected) in expected {
            let merged_if = |fail: &str| replay(kit, shell, group, std::slice::from_ref(&group.merged), fail);
            let got = merged_if(&fail);
            count += 1;
            // What runs in the background comes in any order; what is wrong is wrong every time.
            let is_always_different = || (0..REPEATS).all(|_| merged_if(&fail) != apart_if(&fail));
            if got != expected && is_always_different() {
                let difference = expected.1.iter().zip(&got.1).find(|(a, b)| a != b);
                wrong.push(format!(
                    "{} in {shell}, failing {fail:?}:\n{}\n   apart: {}\n  merged: {}\n  calls {} and {}: {difference:?}",
                    group.file,
                    group.merged,
                    expected.0.summary(&got.0),
                    got.0.summary(&expected.0),
                    expected.1.len(),
                    got.1.len(),
                ));
                break;
            }
        }
    }
    (count, wrong)
}

#[test]
fn what_is_merged_in_real_files_does_the_same() {
    let Some(folder) = material::folder_or_skip("merging real files") else { return };
    let Some(kit) = Kit::of("merging real files") else { return };
    let files = material::corpus(&folder);
    let looked: Vec<Looked> = files.iter().map(|file| looked(&file.id, &merged(&file.text))).collect();
    let groups: Vec<&Group> = looked.iter().flat_map(|looked| &looked.groups).collect();
    let (next, count, wrong) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (replays, different) = replays(&kit, group);
                    count.fetch_add(replays, Ordering::Relaxed);
                    wrong.lock().unwrap().extend(different);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let pairs: usize = looked.iter().map(|looked| looked.pairs).sum();
    let merged: usize = groups.iter().map(|group| group.apart.len() - 1).sum();
    say(&format!(
        "merging real files: {pairs} neighbouring RUNs, {merged} merged in {} groups, {} replays, {} unsound",
        groups.len(),
        count.into_inner(),
        wrong.len()
    ));
    for (count, reason) in counted(looked.into_iter().flat_map(|looked| looked.reasons)).iter().take(60) {
        say(&format!("{count:6}  {reason}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_no_shell_shows_stays_apart() {
    let apart = [
        (
            "a tmpfs is new for each RUN",
            "RUN --mount=type=tmpfs,target=/t touch /t/x\nRUN --mount=type=tmpfs,target=/t ls /t\n",
        ),
        (
            "what is written to a bind mount is lost",
            "RUN --mount=type=bind,rw,target=/t touch /t/x\nRUN --mount=type=bind,rw,target=/t ls\n",
        ),
        ("different flags", "RUN --network=none a\nRUN b\n"),
        ("exec form", "RUN [\"a\"]\nRUN b\n"),
        ("a heredoc", "RUN <<E\na\nE\nRUN b\n"),
        ("another build", "ONBUILD RUN a\nRUN b\n"),
        ("not neighbours", "RUN a\nENV x=1\nRUN b\n"),
        ("start-up files", "SHELL [\"/bin/bash\", \"-lc\"]\nRUN a\nRUN b\n"),
        ("a file named by BASH_ENV", "ENV BASH_ENV=/x\nRUN a\nRUN b\n"),
        ("new groups", "USER app\nRUN sudo usermod -aG docker app\nRUN docker info\n"),
        ("a new home", "RUN usermod -d /home root\nRUN touch ~/x\n"),
        ("the base image's WORKDIR", "RUN rm -rf /var/www/html && ln -s /app /var/www/html\nRUN ls\n"),
        ("hosts", "RUN echo 1.2.3.4 x >> /etc/hosts\nRUN ping x\n"),
        ("a linter is told something", "RUN a\n# hadolint ignore=DL3008\nRUN b\n"),
        ("BuildKit is told something", "RUN a\n# check=skip=JSONArgsRecommended\nRUN b\n"),
        ("an updater is told something", "RUN a\n# renovate: datasource=github-tags depName=x\nRUN b\n"),
        ("dockeropt is told something", "RUN a\n# dockeropt: ignore=add-cache\nRUN b\n"),
        ("a daemon", "RUN mysqld_safe --fork\nRUN mysql\n"),
        ("a service", "RUN /etc/init.d/postgresql start\nRUN psql\n"),
        ("too long", &format!("RUN a {0}\nRUN b {0}\n", "x ".repeat(20_000))),
    ];
    for (name, text) in apart {
        let text = format!("FROM x\n{text}");
        assert!(!merged(text.as_bytes()).is_changed(), "{name}: {text}");
    }
    let text = b"# escape=`\nFROM x\nRUN echo a\\\nRUN b\n";
    assert!(!merged(text).is_changed(), "a backslash at the end");
    // Windows line ends are Docker's, not the shell's.
    let merged = merged(b"FROM x\r\nRUN a\r\n# why\r\nRUN b\r\n").after;
    assert_eq!(String::from_utf8(merged.to_vec()).unwrap(), "FROM x\r\nRUN a \\\r\n    # why\r\n    && b\r\n");
}
