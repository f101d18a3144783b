//! What other tools get wrong on Dockerfiles made to trip them does not happen here, nor on any file of the corpus.
//!
//! `cargo test --test traps -- --nocapture` shows what becomes of each trap.

mod material;

#[path = "traps/cases.rs"]
mod cases;
#[path = "traps/checks.rs"]
mod checks;
#[path = "traps/seed.rs"]
mod seed;

use std::path::Path;
use std::process::Command;

use dockeropt::rewrite::{Chain, Facts, Merge, Options, Outcome};
use dockeropt::text::diff::unified;
use dockeropt::transforms;
use material::say;
use rayon::prelude::*;

/// What runs without flags; everything there is, with every merge that is possible. Users without rights, owners and modes that COPY names and caches in mounts are held to
/// other checks, in `deep.rs` and `promises.rs`.
fn chains() -> [(&'static str, Chain); 2] {
    let all = || {
        let is_other = |id: &str| ["cache-mounts", "copy-chmod", "copy-chown", "non-root-user"].contains(&id);
        transforms::all().map(|(_, transform)| transform).filter(move |transform| !is_other(transform.id))
    };
    let default =
        Chain { transforms: all().filter(|transform| !transform.opt_in).collect(), options: Options::default() };
    let everything =
        Chain { transforms: all().collect(), options: Options { merge: Merge::All, ..Options::default() } };
    [("default", default), ("everything", everything)]
}

fn run(chain: &Chain, text: &[u8]) -> Outcome {
    chain.run(text, &Facts::default()).unwrap()
}

/// What is wrong with what `chain` makes of `text`.
fn wrongs(chain: &Chain, text: &[u8]) -> (Outcome, Vec<String>) {
    let outcome = run(chain, text);
    let mut wrongs = checks::wrongs(&outcome);
    if run(chain, &outcome.after).after != outcome.after {
        wrongs.push("a second run changes it again".to_owned());
    }
    (outcome, wrongs)
}

/// Files of `folder` by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = paths.filter(|path| path.extension().is_some_and(|extension| extension == "Dockerfile"));
    let mut files: Vec<_> = named
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn no_trap_catches() {
    let Some(folder) = material::folder_or_skip("traps") else { return };
    let files = files(&folder.join("traps"));
    let mut wrong = Vec::new();
    for (name, chain) in chains() {
        let mut counts = [0; 3];
        for (file, text) in &files {
            let (outcome, wrongs) = wrongs(&chain, text);
            wrong.extend(wrongs.iter().map(|wrong| format!("{file} ({name}): {wrong}")));
            counts[0] += usize::from(outcome.is_changed());
            counts[1] += outcome.steps.iter().map(|step| step.rewrites.len()).sum::<usize>();
            counts[2] += outcome.declined.len();
            println!("\n== {file} ({name})\n{}", account(&outcome));
        }
        let [changed, rewrites, declined] = counts;
        say(&format!("traps ({name}): {changed} of {} changed, {rewrites} rewrites, {declined} declined", files.len()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_patch_of_all_traps_applies() {
    let Some(folder) = material::folder_or_skip("the patch of all traps") else { return };
    let files = files(&folder.join("traps"));
    for (name, chain) in chains() {
        let afters: Vec<_> = files.iter().map(|(_, text)| run(&chain, text).after).collect();
        let both = files.iter().zip(&afters);
        let patch: Vec<u8> = both.flat_map(|((file, text), after)| unified(file.as_bytes(), text, after)).collect();
        for tool in [&["git", "apply", "all.patch"][..], &["patch", "-p1", "--binary", "-s", "-i", "all.patch"]] {
            if !material::is_here(tool[0], &format!("the patch of all traps applied with {}", tool[0])) {
                continue;
            }
            let there = tempfile::tempdir().unwrap();
            files.iter().for_each(|(file, text)| std::fs::write(there.path().join(file), text).unwrap());
            std::fs::write(there.path().join("all.patch"), &patch).unwrap();
            let status = Command::new(tool[0]).args(&tool[1..]).current_dir(there.path()).status().unwrap();
            assert!(status.success(), "{tool:?} ({name})");
            for ((file, _), after) in files.iter().zip(&afters) {
                assert_eq!(std::fs::read(there.path().join(file)).unwrap()[..], **after, "{file}: {tool:?} ({name})");
            }
        }
    }
}

#[test]
fn no_file_of_the_corpus_becomes_what_traps_are_made_of() {
    let Some(folder) = material::folder_or_skip("what traps are made of, over the corpus") else { return };
    let corpus = material::corpus(&folder);
    let mut wrong = Vec::new();
    for (name, chain) in chains() {
        wrong.par_extend(corpus.par_iter().flat_map_iter(|file| {
            let (_, wrongs) = wrongs(&chain, &file.text);
            wrongs.into_iter().map(move |wrong| format!("{} ({name}): {wrong}", file.id))
        }));
    }
    say(&format!("what traps are made of: {} files, 2 chains, {} wrong", corpus.len(), wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What was done and what was not, with the reason, and the patch.
fn account(outcome: &Outcome) -> String {
    let line = |at: usize| 1 + outcome.before[..at].iter().filter(|&&byte| byte == b'\n').count();
    let rewrites = outcome.steps.iter().flat_map(|step| &step.rewrites);
    let mut lines: Vec<_> = rewrites
        .map(|placed| (line(placed.range.start()), format!("{} [{}]", placed.value.title, placed.transform.id)))
        .collect();
    lines.extend(outcome.declined.iter().map(|placed| {
        (line(placed.range.start()), format!("left alone: {} [{}]", placed.value.because, placed.transform.id))
    }));
    lines.sort();
    let lines: String = lines.into_iter().map(|(line, text)| format!("{line:>4}  {text}\n")).collect();
    let patch = unified(b"Dockerfile", &outcome.before, &outcome.after);
    format!("{lines}{}", String::from_utf8_lossy(&patch))
}
