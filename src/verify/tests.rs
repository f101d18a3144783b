//! Judging and searching, with builds that are recorded: what an image holds is told by words of the Dockerfile.

use super::*;
use crate::image::tests::{Item, file, image};
use crate::rewrite::{Context, Effect, Findings, Options};
use crate::text::{Edit, TextRange};

/// The words of the RUN are steps; each transform writes its own in capitals.
const TEXT: &[u8] = b"FROM scratch\nRUN make a b c d e f g\n";

fn capital<const N: usize>(cx: &Context<'_>) -> Findings {
    let letter = b"abcdefg"[N];
    let mut findings = Findings::default();
    let at =
        cx.file.source().windows(3).position(|three| matches!(three, [b' ', found, b' ' | b'\n'] if *found == letter));
    if let Some(at) = at {
        let edit = Edit { range: TextRange::new(at + 1, at + 2), text: vec![letter.to_ascii_uppercase()] };
        findings.rewrite("Write it in capitals", vec![edit]);
    }
    findings
}

const fn step<const N: usize>(id: &'static str) -> Transform {
    let effects = &[Effect::Files("/var/cache/*"), Effect::Files("~/.cache/**")];
    let (preserves, rewrite) = (Preserves::Behavior, capital::<N>);
    Transform { id, preserves, effects, rewrite, ..Transform::PLAIN }
}

static STEPS: [Transform; 7] =
    [step::<0>("a"), step::<1>("b"), step::<2>("c"), step::<3>("d"), step::<4>("e"), step::<5>("f"), step::<6>("g")];

/// Builds nothing: `files` says what an image holds, by the text and how many were built before; `None` if it does not build.
struct Recording<F> {
    files: F,
    builds: usize,
}

impl<F: FnMut(&str, usize) -> Option<Vec<(String, Item)>>> Builder for Recording<F> {
    fn build(&mut self, recipe: &Recipe<'_>) -> Result<Built, EngineError> {
        let files = (self.files)(std::str::from_utf8(recipe.text).unwrap(), self.builds);
        self.builds += 1;
        let files = files.ok_or_else(|| EngineError::NotBuilt(vec!["no space left".to_owned()]))?;
        let files: Vec<_> = files.iter().map(|(path, item)| (path.as_str(), item.clone())).collect();
        let image = image(&[&files]);
        let took = Duration::from_secs(2);
        Ok(Built { image, base_layers: 0, took, ran: None, checked: None, scans: Vec::new() })
    }
}

fn proof(
    files: impl FnMut(&str, usize) -> Option<Vec<(String, Item)>>,
    keep: Keep,
) -> (Result<Proof, VerifyError>, usize) {
    let chain = Chain { transforms: STEPS.iter().collect(), options: Options::default() };
    let facts = Facts::default();
    let outcome = chain.run(TEXT, &facts).unwrap();
    assert_eq!(outcome.steps.len(), STEPS.len(), "{:?}", outcome.unstable);
    let mut builder = Recording { files, builds: 0 };
    let proof = verify(outcome, &chain, &facts, &mut builder, keep);
    (proof, builder.builds)
}

fn some(paths: &[&str]) -> Option<Vec<(String, Item)>> {
    Some(paths.iter().map(|path| ((*path).to_owned(), file(path))).collect())
}

#[test]
fn the_step_that_breaks_a_promise_is_found_wherever_it_stands() {
    for guilty in &STEPS {
        let capital = format!(" {}", guilty.id.to_uppercase());
        let files = |text: &str, _| if text.contains(&capital) { some(&["bin/a"]) } else { some(&["bin/a", "bin/b"]) };
        let (proof, builds) = proof(files, Keep::All);
        let proof = proof.unwrap();
        let [found] = proof.guilty.as_slice() else { panic!("{:?}", proof.guilty) };
        assert_eq!(
            (found.transform.id, found.violations.as_slice()),
            (guilty.id, &["/bin/b is gone (5 bytes)".to_owned()][..])
        );
        assert!(builds <= 3 + FURTHER_BUILDS_MAX + 3, "{builds} builds");
    }
}

#[test]
fn what_is_left_without_the_guilty_is_proven_again() {
    let files =
        |text: &str, _| if text.contains(" B") || text.contains(" F") { some(&["a"]) } else { some(&["a", "b"]) };
    let (proof, _) = proof(files, Keep::Good);
    let proof = proof.unwrap();
    assert!(proof.is_kept());
    let guilty: Vec<_> = proof.guilty.iter().map(|guilty| guilty.transform.id).collect();
    assert_eq!(guilty, ["b", "f"]);
    assert_eq!(*proof.outcome.after, *b"FROM scratch\nRUN make A b C D E f G\n");
}

#[test]
fn only_what_is_named_may_go() {
    let before = ["a", "root/.cache/pip/x", "var/cache/y", "var/cache/deep/z"];
    let files = |text: &str, _| if text.contains('A') { some(&["a"]) } else { some(&before) };
    let (proof, _) = proof(files, Keep::All);
    let judgement = proof.unwrap().judgement;
    // The folders go with what is in them, but for the one that holds what is not named.
    let told = ["/var/cache/deep", "/var/cache/deep/z", "/var", "/var/cache"].map(|path| format!("{path} is gone"));
    assert!(
        judgement.violations.iter().all(|violation| told.iter().any(|told| violation.starts_with(told))),
        "{judgement:?}"
    );
    assert!(judgement.violations.iter().any(|violation| violation.starts_with("/var/cache/deep/z is gone")));
}

#[test]
fn what_two_builds_of_the_same_do_not_agree_in_is_noise() {
    let files = |_: &str, build: usize| {
        let mut files = some(&["a", "tmp/keep"])?;
        files.push((format!("tmp/{build}"), file("x")));
        files.push(("log".to_owned(), file(&build.to_string())));
        Some(files)
    };
    let (proof, builds) = proof(files, Keep::All);
    let proof = proof.unwrap();
    assert!(proof.is_kept(), "{:?}", proof.judgement);
    assert_eq!((proof.judgement.noise, builds), (3, 3));
}

#[test]
fn what_two_builds_agree_in_by_chance_is_told_from_a_broken_promise() {
    // Drawn anew by every build; only the second is of another Dockerfile.
    let drawn = [1, 5, 1, 1, 3];
    let files = |_: &str, build: usize| Some(vec![("day".to_owned(), file(&drawn[build].to_string()))]);
    let (proof, builds) = proof(files, Keep::All);
    let proof = proof.unwrap();
    assert!(proof.is_kept(), "{:?}", proof.judgement);
    assert_eq!((proof.judgement.noise, builds), (1, drawn.len()));
}

#[test]
fn noise_hides_nothing_that_was_in_both_builds() {
    let files = |text: &str, build: usize| {
        let mut files = some(if text.contains('C') { &["a"] } else { &["a", "log"] })?;
        files.push((format!("tmp{build}"), file("x")));
        if let Some((_, log)) = files.iter_mut().find(|(path, _)| path == "log") {
            *log = file(&build.to_string());
        }
        Some(files)
    };
    let (proof, _) = proof(files, Keep::All);
    assert_eq!(proof.unwrap().judgement.violations, ["/log is gone (1 bytes)"]);
}

#[test]
fn noise_in_a_folder_hides_nothing_below_its_other_folders() {
    let files = |text: &str, build: usize| {
        let mut files = some(if text.contains('E') { &["bin/a", "bin/new"] } else { &["bin/a"] })?;
        files.push((format!("tmp{build}"), file("x")));
        Some(files)
    };
    let (proof, _) = proof(files, Keep::All);
    assert_eq!(proof.unwrap().judgement.violations, ["/bin/new is new (7 bytes)"]);
}

#[test]
fn what_does_not_build_as_it_is_says_so_and_what_does_not_any_more_is_broken() {
    let (failed, builds) = proof(|_, _| None, Keep::All);
    let message = failed.unwrap_err().to_string();
    assert!(message.contains("does not build as it is") && message.contains("no space left"), "{message}");
    assert_eq!(builds, 1);

    let (broken, _) = proof(|text, _| if text.contains('D') { None } else { some(&["a"]) }, Keep::All);
    let proof = broken.unwrap();
    assert_eq!(proof.guilty[0].transform.id, "d");
    assert!(proof.guilty[0].violations[0].starts_with("it does not build any more"));
    assert!(proof.after.is_none());
}

#[test]
fn a_build_that_fails_once_is_tried_again() {
    let mut failed = false;
    let files = |text: &str, _| {
        let fails = text.contains('A') && !std::mem::replace(&mut failed, true);
        if fails { None } else { some(&["a"]) }
    };
    let (proof, _) = proof(files, Keep::All);
    assert!(proof.unwrap().is_kept());
}
