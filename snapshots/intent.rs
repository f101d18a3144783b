//! What becomes of the corpus, and of the build contexts that are here, by the transforms that change an image on purpose or need to know its build context.

#[path = "material/context.rs"]
mod context;
mod material;

use std::collections::BTreeMap;
use std::path::Path;

use context::Folder;
use dockeropt::rewrite::{Chain, Facts, Options, Oracle, Outcome, Silent};
use dockeropt::semantics::Build;
use dockeropt::syntax::{Dockerfile, Keyword};
use dockeropt::text::diff::unified;
use dockeropt::transforms;
use dockeropt::world::context::BuildContext;
use material::say;
use rayon::prelude::*;

/// Those that are counted; what is opt-in among them is on.
const IDS: &[&str] = &[
    "add-to-copy",
    "cache-mounts",
    "copy-chmod",
    "copy-chown",
    "copy-manifest-first",
    "drop-unused-stage",
    "non-root-user",
    "slim-variant",
    "split-build",
    "write-dockerignore",
];

fn chain(has_opt_in: bool) -> Chain {
    let transforms = transforms::all().map(|(_, transform)| transform);
    let transforms =
        transforms.filter(|transform| !transform.opt_in || (has_opt_in && IDS.contains(&transform.id))).collect();
    Chain { transforms, options: Options::default() }
}

fn settled(text: &[u8], oracle: &mut dyn Oracle, has_opt_in: bool) -> Outcome {
    chain(has_opt_in).settle(text, Facts::default(), oracle).unwrap()
}

/// What the last stage promises: CMD, ENTRYPOINT, EXPOSE, VOLUME, STOPSIGNAL, and where it works.
fn promised(text: &[u8]) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let build = Build::of(&file);
    let mut promised = Vec::new();
    let mut directory = String::new();
    for instruction in &build.stages.last().unwrap().instructions {
        let list = instruction.arguments().list();
        match instruction.keyword() {
            Keyword::Workdir if list[0].starts_with('/') => directory = list[0].to_owned(),
            Keyword::Workdir => directory = format!("{directory}/{}", list[0]),
            keyword
            @ (Keyword::Cmd | Keyword::Entrypoint | Keyword::Expose | Keyword::Volume | Keyword::Stopsignal) => {
                // Of these only the last one counts.
                if matches!(keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Stopsignal) {
                    promised.retain(|other: &String| !other.starts_with(keyword.name()));
                }
                promised.push(format!("{} {list:?} {}", keyword.name(), instruction.arguments().is_json()));
            }
            _ => {}
        }
    }
    promised.sort();
    promised.push(directory);
    promised
}

/// What one transform changes, and why it leaves the rest alone.
#[derive(Default)]
struct Count {
    changed: Vec<String>,
    declined: usize,
    because: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Counts(BTreeMap<&'static str, Count>);

impl Counts {
    /// Counts what came of a file, and checks that its last stage promises what it did.
    fn add(&mut self, id: &str, outcome: &Outcome) {
        assert!(outcome.unstable.is_empty(), "{id}: {:?}", outcome.unstable);
        for transform in IDS {
            let count = self.0.entry(transform).or_default();
            if outcome.steps.iter().flat_map(|step| &step.rewrites).any(|rewrite| rewrite.transform.id == *transform) {
                count.changed.push(id.to_owned());
                continue;
            }
            let mut declined = outcome.declined.iter().filter(|declined| declined.transform.id == *transform);
            if let Some(declined) = declined.next() {
                count.declined += 1;
                // What is in backticks differs from file to file.
                let because = declined.value.because.split('`').step_by(2).collect::<Vec<_>>().join("…");
                *count.because.entry(because).or_default() += 1;
            }
        }
        if outcome.is_changed() {
            assert_eq!(promised(&outcome.before), promised(&outcome.after), "{id}");
        }
        if std::env::var_os("SHOW").is_some() {
            say(&String::from_utf8_lossy(&unified(id.as_bytes(), &outcome.before, &outcome.after)));
        }
    }

    /// What came of the transforms that are opt-in, or of those that are not.
    fn tell(&self, what: &str, of_opt_in: bool) {
        let is_told = |id: &str| transforms::named(id).unwrap().opt_in == of_opt_in;
        for (id, Count { changed, declined, because }) in self.0.iter().filter(|(id, _)| is_told(id)) {
            say(&format!("{what}: {id}: {} changed, {declined} left alone", changed.len()));
            if changed.len() <= 5 && !changed.is_empty() {
                say(&format!("       {changed:?}"));
            }
            let mut because: Vec<_> = because.iter().collect();
            because.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            because.iter().take(10).for_each(|(because, count)| say(&format!("{count:6} {because}")));
        }
    }
}

#[test]
fn the_last_stage_of_the_corpus_promises_the_same() {
    let Some(folder) = material::folder_or_skip("changes on purpose to the corpus") else { return };
    let corpus = material::corpus(&folder);
    for has_opt_in in [false, true] {
        let outcomes: Vec<_> =
            corpus.par_iter().map(|file| (&file.id, settled(&file.text, &mut Silent, has_opt_in))).collect();
        let mut counts = Counts::default();
        outcomes.iter().for_each(|(id, outcome)| counts.add(id, outcome));
        counts.tell("corpus", has_opt_in);
    }
}

#[test]
fn the_last_stage_promises_the_same_where_the_build_context_is_known() {
    let Some(folder) = material::folder_or_skip("changes on purpose with build contexts") else { return };
    let mut known = Vec::new();
    for entry in std::fs::read_dir(folder.join("contexts")).unwrap() {
        let path = entry.unwrap().path();
        known.push((path.join("Dockerfile"), path.join("ctx"), Path::new("Dockerfile").to_owned()));
    }
    for entry in std::fs::read_dir(folder.join("lab/apps")).unwrap() {
        let path = entry.unwrap().path();
        known.push((path.join("Dockerfile"), path.clone(), path.join("Dockerfile")));
    }
    for has_opt_in in [true, false] {
        let mut counts = Counts::default();
        for (dockerfile, folder, name) in &known {
            let (Ok(text), Some(context)) = (std::fs::read(dockerfile), BuildContext::open(folder, name)) else {
                continue;
            };
            let id = dockerfile.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            let mut oracle = Folder(context);
            let outcome = settled(&text, &mut oracle, has_opt_in);
            counts.add(&id, &outcome);
            let again = settled(&outcome.after, &mut oracle, has_opt_in);
            assert_eq!(again.after, outcome.after, "{id}: a second run changes nothing");
        }
        counts.tell("build contexts", has_opt_in);
        let split = &counts.0["split-build"].changed;
        for name in ["go-web", "java-maven", "node-typescript", "python-native"] {
            assert!(split.iter().any(|id| id == name), "{name} is not split: {split:?}");
        }
    }
}
