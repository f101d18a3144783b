//! What becomes of the corpus, and of the build contexts that are here, when builds get a stage of their own.

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

const ID: &str = "split-build";

fn settled(text: &[u8], oracle: &mut dyn Oracle) -> Outcome {
    let transforms = transforms::all().map(|(_, transform)| transform);
    let transforms = transforms.filter(|transform| !transform.opt_in || transform.id == "split-build").collect();
    Chain { transforms, options: Options::default() }.settle(text, &mut Facts::default(), oracle).unwrap()
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
            Keyword::Workdir if list[0].starts_with('/') => directory.clone_from(&list[0]),
            Keyword::Workdir => directory = format!("{directory}/{}", list[0]),
            keyword
            @ (Keyword::Cmd | Keyword::Entrypoint | Keyword::Expose | Keyword::Volume | Keyword::Stopsignal) => {
                promised.push(format!("{} {list:?} {}", keyword.name(), instruction.arguments().is_json()));
            }
            _ => {}
        }
    }
    promised.sort();
    promised.push(directory);
    promised
}

/// Counts what is split, and why the rest is not.
#[derive(Default)]
struct Count {
    looked_at: usize,
    split: Vec<String>,
    because: BTreeMap<String, usize>,
}

impl Count {
    fn add(&mut self, id: &str, outcome: &Outcome) {
        assert!(outcome.unstable.is_empty(), "{id}: {:?}", outcome.unstable);
        let mut declined = outcome.declined.iter().filter(|declined| declined.transform.id == ID);
        if let Some(declined) = declined.next() {
            self.looked_at += 1;
            // What is in backticks differs from file to file.
            let because = declined.value.because.split('`').step_by(2).collect::<Vec<_>>().join("…");
            *self.because.entry(because).or_default() += 1;
        }
        if outcome.steps.iter().flat_map(|step| &step.rewrites).any(|rewrite| rewrite.transform.id == ID) {
            self.looked_at += 1;
            assert_eq!(promised(&outcome.before), promised(&outcome.after), "{id}");
            assert_eq!(settled(&outcome.after, &mut Silent).after, outcome.after, "{id}: a second run changes nothing");
            self.split.push(id.to_owned());
            if std::env::var_os("SHOW").is_some() {
                say(&String::from_utf8_lossy(&unified(id.as_bytes(), &outcome.before, &outcome.after)));
            }
        }
    }

    fn tell(&self, what: &str) {
        say(&format!(
            "{what}: {} split of {} that build a program: {:?}",
            self.split.len(),
            self.looked_at,
            self.split
        ));
        let mut because: Vec<_> = self.because.iter().collect();
        because.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        because.iter().take(10).for_each(|(because, count)| say(&format!("{count:6} {because}")));
    }
}

#[test]
fn the_last_stage_of_the_corpus_promises_the_same() {
    let Some(folder) = material::folder_or_skip("splitting the corpus") else { return };
    let corpus = material::corpus(&folder);
    let outcomes: Vec<_> = corpus.par_iter().map(|file| (&file.id, settled(&file.text, &mut Silent))).collect();
    let mut count = Count::default();
    outcomes.iter().for_each(|(id, outcome)| count.add(id, outcome));
    count.tell("corpus");
}

#[test]
fn the_last_stage_promises_the_same_where_the_build_context_is_known() {
    let Some(folder) = material::folder_or_skip("splitting with build contexts") else { return };
    let mut count = Count::default();
    for entry in std::fs::read_dir(folder.join("contexts")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read(path.join("Dockerfile")) else { continue };
        let Some(context) = BuildContext::open(&path.join("ctx"), Path::new("Dockerfile")) else { continue };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        count.add(&name, &settled(&text, &mut Folder(context)));
    }
    count.tell("build contexts");
    // The applications of the lab are whole; one has no compiler to leave behind.
    let mut count = Count::default();
    for name in ["go-web", "java-maven", "node-typescript", "python-native", "python-seed"] {
        let path = folder.join("lab/apps").join(name);
        let (Ok(text), Some(context)) =
            (std::fs::read(path.join("Dockerfile")), BuildContext::open(&path, &path.join("Dockerfile")))
        else {
            return;
        };
        count.add(name, &settled(&text, &mut Folder(context)));
    }
    count.tell("applications of the lab");
    assert_eq!(count.split, ["go-web", "java-maven", "node-typescript", "python-native"]);
}
