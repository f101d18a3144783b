//! Every page is a test of its transform: what it shows is what happens. `UPDATE=1 cargo test` writes the answers anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::rewrite::{Answer, Chain, Config, ExactTag, Facts, IgnoreFiles, Options, Outcome, Question, Transform};
use crate::surroundings::{Repository, Surroundings};
use crate::syntax::{Dockerfile, is_digest};
use crate::text::diff::{unified, unified_new_file};
use crate::transforms::all;

/// What a page says of the world before an example, in a block `facts`, and of the options.
#[derive(Default)]
pub(super) struct Given {
    answers: BTreeMap<Question, Answer>,
    pub(super) options: Options,
}

impl Given {
    /// What `chain` makes of `text` in such a world.
    pub(super) fn run(self, chain: &Chain, text: &str) -> Outcome {
        let around = surroundings(&self.answers).map(|around| (Question::Surroundings, around));
        let answers = self.answers.into_iter().chain(around).collect();
        chain.run(text.as_bytes(), &Facts::new(answers)).unwrap()
    }

    /// A line is an option as in `dockeropt.toml`, or a reference in full and what its registry has: a digest and platforms, or a tag with the full
    /// version and the platform for which it is the same image.
    pub(super) fn add(&mut self, line: &str) {
        if line.contains(" = ") {
            self.options = Config::parse(line).unwrap().options();
            return;
        }
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let [reference, what, platforms @ ..] = words.as_slice() else { panic!("no fact: {line}") };
        let (question, answer) = if is_digest(what) {
            let answer = Answer::Image { digest: what.clone(), platforms: platforms.to_vec() };
            (Question::Image(reference.clone()), answer)
        } else {
            let (candidate, platform) = (Some(what.clone()), platforms.concat());
            let exact = ExactTag { reference: reference.clone(), platform, candidate };
            (Question::ExactTag(exact), Answer::Tag(what.clone()))
        };
        self.answers.insert(question, answer);
    }

    /// A block `context PATH` is a file of the build context.
    pub(super) fn add_file(&mut self, path: &str, text: &str) {
        let start = Answer::File { start: text.as_bytes().to_vec() };
        self.answers.insert(Question::ContextEntry(path.to_owned()), start);
        self.answers.insert(Question::ContextFile(path.to_owned()), Answer::Text(text.as_bytes().to_vec()));
        for (at, _) in path.match_indices('/') {
            self.answers.insert(Question::ContextEntry(path[..at].to_owned()), Answer::Directory);
        }
        self.add_ignore_file(path, text);
        if path.starts_with(".git/") {
            return;
        }
        let all = self.answers.entry(Question::ContextFiles).or_insert_with(|| Answer::Paths(Arc::default()));
        let Answer::Paths(all) = all else { unreachable!("the question is answered with paths") };
        let all = Arc::make_mut(all);
        all.push(path.to_owned());
        all.sort_unstable();
    }

    /// What is known of ignore files, once `path` is there: the Dockerfile of an example is called so.
    fn add_ignore_file(&mut self, path: &str, text: &str) {
        let start = IgnoreFiles { dockerfile: "Dockerfile".to_owned(), is_in_context: true, ..IgnoreFiles::default() };
        let known = self.answers.entry(Question::IgnoreFiles).or_insert(Answer::IgnoreFiles(start));
        let Answer::IgnoreFiles(known) = known else { unreachable!("the question is answered with ignore files") };
        match path {
            ".dockerignore" => known.common = Some(text.as_bytes().to_vec()),
            "Dockerfile.dockerignore" => known.own = Some(text.as_bytes().to_vec()),
            path if path.contains("Dockerfile") => known.others.push(path.to_owned()),
            _ => {}
        }
    }
}

/// What the files that an example has beside it say of who builds and runs it.
fn surroundings(answers: &BTreeMap<Question, Answer>) -> Option<Answer> {
    let Some(Answer::Paths(files)) = answers.get(&Question::ContextFiles) else { return None };
    let mut repository = Repository::new(Arc::clone(files), vec!["Dockerfile".to_owned()], None);
    for path in files.iter() {
        if let Some(Answer::Text(text)) = answers.get(&Question::ContextFile(path.clone())) {
            repository.read(path, std::str::from_utf8(text).unwrap());
        }
    }
    let surroundings = Surroundings::of(&repository, "Dockerfile", Vec::new, &Facts::default().catalogue);
    Some(Answer::Surroundings(Arc::new(surroundings)))
}

/// The patch of all that changes; of the Dockerfile alone it needs no names.
fn patch(example: &str, outcome: &Outcome) -> String {
    let diff = unified(b"Dockerfile", example.as_bytes(), &outcome.after);
    let companions = outcome.companions();
    let Some(_) = companions.first() else {
        let diff = String::from_utf8(diff).unwrap();
        return diff.split_inclusive('\n').skip_while(|line| !line.starts_with("@@")).collect();
    };
    let beside = companions.iter().map(|companion| match &companion.before {
        Some(before) => unified(companion.path.as_bytes(), before, &companion.after),
        None => unified_new_file(companion.path.as_bytes(), &companion.after),
    });
    String::from_utf8(std::iter::once(diff).chain(beside).collect::<Vec<_>>().concat()).unwrap()
}

/// What the transform alone makes of `text`.
pub(super) fn outcome(transform: &'static Transform, text: &str, given: Given) -> Outcome {
    let file = Dockerfile::parse(text);
    assert!(file.problems().is_empty(), "{}: an example is no Dockerfile: {:?}\n{text}", transform.id, file.problems());
    let chain = Chain { transforms: vec![transform], options: given.options.clone() };
    let outcome = given.run(&chain, text);
    assert!(outcome.unstable.is_empty(), "{}: {:?}", transform.id, outcome.unstable);
    outcome
}

/// The page with the answer behind every example: a diff, or, under "Left alone", the reason as a quote if there is one.
fn answered(transform: &'static Transform) -> String {
    let mut page = String::new();
    let mut lines = transform.page.lines().peekable();
    let mut left_alone = false;
    let mut given = Given::default();
    while let Some(line) = lines.next() {
        left_alone |= line == "## Left alone";
        writeln!(page, "{line}").unwrap();
        if let Some(what) = line.strip_prefix("```").filter(|what| *what == "facts" || what.starts_with("context ")) {
            let text: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            writeln!(page, "{text}```").unwrap();
            match what.strip_prefix("context ") {
                Some(path) => given.add_file(path, &text),
                None => text.lines().for_each(|line| given.add(line)),
            }
        }
        if line != "```dockerfile" {
            continue;
        }
        let mut example = String::new();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            writeln!(example, "{line}").unwrap();
        }
        let outcome = outcome(transform, &example, std::mem::take(&mut given));
        writeln!(page, "{example}```").unwrap();
        if left_alone {
            assert!(!outcome.is_changed(), "{}: an example under \"Left alone\" is changed:\n{example}", transform.id);
            skip_quote(&mut lines);
            if let Some(declined) = outcome.declined.first() {
                let line = 1 + example[..declined.range.start()].matches('\n').count();
                writeln!(page, "\n> Line {line}: {}.", declined.value.because).unwrap();
            }
        } else {
            assert!(
                outcome.is_changed(),
                "{}: an example is left as it is: {:?}\n{example}",
                transform.id,
                outcome.declined
            );
            skip_diff(&mut lines);
            writeln!(page, "\n```diff\n{}```", patch(&example, &outcome)).unwrap();
        }
    }
    page
}

type Lines<'p> = std::iter::Peekable<std::str::Lines<'p>>;

fn skip_diff(lines: &mut Lines<'_>) {
    let mut ahead = lines.clone();
    if ahead.next() == Some("") && ahead.next() == Some("```diff") {
        ahead.by_ref().take_while(|line| *line != "```").for_each(drop);
        *lines = ahead;
    }
}

fn skip_quote(lines: &mut Lines<'_>) {
    let mut ahead = lines.clone();
    if ahead.next() == Some("") && ahead.next().is_some_and(|line| line.starts_with("> ")) {
        *lines = ahead;
    }
}

fn page_path(phase: &str, transform: &Transform) -> PathBuf {
    let name = transform.id.replace('-', "_");
    let phase = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("transforms").join(phase);
    let folder = phase.join(&name);
    (if folder.is_dir() { folder } else { phase }).join(format!("{name}.md"))
}

#[test]
fn every_page_shows_what_happens() {
    let mut stale = Vec::new();
    for (phase, transform) in all() {
        let page = answered(transform);
        if page != transform.page {
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(page_path(phase.name, transform), &page).unwrap();
            } else {
                stale.push(format!(
                    "{}:\n{}",
                    transform.id,
                    String::from_utf8_lossy(&unified(b"page", transform.page.as_bytes(), page.as_bytes()))
                ));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "pages do not show what happens (UPDATE=1 cargo test writes them):\n{}",
        stale.join("\n")
    );
}

#[test]
fn every_page_has_a_title_a_reason_an_example_and_something_left_alone() {
    for (_, transform) in all() {
        let page = transform.page;
        let (title, rest) = page.split_once("\n\n").unwrap();
        assert_eq!(title, format!("# {}", transform.id));
        assert!(!rest.starts_with("```"), "{}: the page says why first", transform.id);
        assert!(page.contains("```dockerfile"), "{}: no example", transform.id);
        let (_, left_alone) =
            page.split_once("## Left alone\n").unwrap_or_else(|| panic!("{}: nothing left alone", transform.id));
        assert!(left_alone.contains("```dockerfile"), "{}: no example of what is left alone", transform.id);
    }
}
