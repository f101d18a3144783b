//! What is done for programs of each ecosystem, as the pages and the applications show it. `UPDATE=1 cargo test` writes it to the page about ecosystems.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::pages::{Given, outcome};
use crate::ecosystems::{self, Ecosystem};
use crate::rewrite::{Chain, Outcome, Transform};
use crate::syntax::{Dockerfile, ImageReference, Keyword};
use crate::transforms::all;

const PAGE: &str = "src/ecosystems/README.md";
const START: &str = "<!-- from here on written by `UPDATE=1 cargo test` -->\n";

/// What can be done for a program: the column, and whether an outcome does it.
const ABILITIES: &[(&str, fn(&Outcome) -> bool)] = &[
    ("second stage", |it| has(it, &["split-build"])),
    ("smaller base", |it| has(it, &["slim-variant"]) || (has(it, &["split-build"]) && is_smaller(it))),
    ("user", |it| has(it, &["non-root-user"])),
    ("manifests first", |it| has(it, &["copy-manifest-first"])),
    ("caches", |it| has(it, &["cache-mounts", "composer-clean", "gem-clean", "npm-cache-clean", "pip-no-cache"])),
    ("ignore file", |it| !it.companions().is_empty()),
];

fn has(outcome: &Outcome, ids: &[&str]) -> bool {
    outcome.steps.iter().any(|step| ids.contains(&step.transform.id))
}

/// Whether the last stage starts from another image than the one that builds.
fn is_smaller(outcome: &Outcome) -> bool {
    let after = Dockerfile::parse(outcome.after.to_vec());
    let images = images(&after);
    images.len() > 1 && images.first() != images.last()
}

fn images(file: &Dockerfile) -> Vec<String> {
    let froms = file.instructions().filter(|instruction| instruction.keyword() == Keyword::From);
    froms.filter_map(|from| Some(from.arguments().words().first()?.text.to_string())).collect()
}

/// The ecosystems of the images that a text names.
fn ecosystems_of(text: &[u8]) -> Vec<&'static Ecosystem> {
    let file = Dockerfile::parse(text.to_vec());
    let references: Vec<_> = images(&file).iter().filter_map(|image| ImageReference::parse(image).ok()).collect();
    ecosystems::ALL.iter().copied().filter(|it| references.iter().any(|reference| it.has_image(reference))).collect()
}

#[test]
fn the_page_about_ecosystems_says_what_is_done() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let (head, _) = page.split_once(START).expect("the page says where its table starts");
    let written = format!("{head}{START}{}", table());
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(&path, &written).unwrap();
    }
    assert_eq!(page, written, "{PAGE} is not what `UPDATE=1 cargo test` writes");
}

fn table() -> String {
    let by_text = outcomes_of_pages();
    let built = outcomes_of_applications();
    let (mut table, mut missing) = ("\n| |".to_owned(), Vec::new());
    ABILITIES.iter().for_each(|(name, _)| write!(table, " {name} |").unwrap());
    table.push_str("\n| --- |");
    ABILITIES.iter().for_each(|_| table.push_str(" --- |"));
    for ecosystem in ecosystems::ALL {
        write!(table, "\n| {} |", ecosystem.name).unwrap();
        for (name, does) in ABILITIES {
            let is_of = |outcome: &&Outcome| {
                does(outcome) && ecosystems_of(&outcome.before).iter().any(|it| it.name == ecosystem.name)
            };
            let because = ecosystem.facts.get(&format!("why no {name}"));
            let is_built = built.iter().any(|it| is_of(&it));
            let cell = match because {
                _ if is_built => "yes, built",
                Some(because) => because,
                None if by_text.iter().any(|it| is_of(&it)) => "yes, by text",
                None => {
                    missing.push(format!("{}: why no {name}", ecosystem.name));
                    continue;
                }
            };
            write!(table, " {cell} |").unwrap();
        }
    }
    assert!(missing.is_empty(), "what is neither done nor explained in facts.txt: {missing:#?}");
    table.push('\n');
    table
}

/// What becomes of the examples on all pages.
fn outcomes_of_pages() -> Vec<Outcome> {
    all().flat_map(|(_, transform)| outcomes_of(transform)).collect()
}

fn outcomes_of(transform: &'static Transform) -> Vec<Outcome> {
    let (mut outcomes, mut given) = (Vec::new(), Given::default());
    let mut lines = transform.page.lines();
    while let Some(line) = lines.next().filter(|line| *line != "## Left alone") {
        let Some(what) = line.strip_prefix("```").filter(|what| !what.is_empty()) else { continue };
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match what.strip_prefix("context ") {
            Some(path) => given.add_file(path, &text),
            None if what == "facts" => text.lines().for_each(|line| given.add(line)),
            None if what == "dockerfile" => outcomes.push(outcome(transform, &text, std::mem::take(&mut given))),
            None => {}
        }
    }
    outcomes
}

/// What becomes of the applications, which are built and started as they are and as they become.
fn outcomes_of_applications() -> Vec<Outcome> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/applications");
    let applications = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut applications: Vec<_> = applications.filter(|folder| is_built(folder)).collect();
    applications.sort();
    applications.iter().map(|folder| outcome_of_application(folder)).collect()
}

/// Some are of ecosystems of which there are no images to build them on, and say so.
fn is_built(folder: &Path) -> bool {
    !fs::read_to_string(folder.join("Dockerfile")).unwrap().contains("cannot be built in the tests")
}

fn outcome_of_application(folder: &Path) -> Outcome {
    let mut given = Given::default();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                open.push(path);
            } else if let (true, Ok(text)) = (name != "Dockerfile", fs::read_to_string(&path)) {
                given.add_file(&name, &text);
            }
        }
    }
    let text = fs::read_to_string(folder.join("Dockerfile")).unwrap();
    let transforms = all().map(|(_, transform)| transform).filter(|transform| !transform.opt_in).collect();
    let chain = Chain { transforms, options: given.options.clone() };
    given.run(&chain, &text)
}
