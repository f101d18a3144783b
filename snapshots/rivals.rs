//! What other tools say of our results, and what they make of the same files in the same run.

mod material;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use dockeropt::rewrite::{Chain, Facts, Options};
use dockeropt::syntax::Dockerfile;
use dockeropt::text::diff::lines_changed;
use dockeropt::transforms;
use material::{CorpusFile, is_here, say};
use rayon::prelude::*;
use serde_json::Value;

fn fixed(text: &[u8]) -> Vec<u8> {
    let transforms = transforms::all().map(|(_, transform)| transform).filter(|transform| !transform.opt_in).collect();
    let chain = Chain { transforms, options: Options::default() };
    chain.run(text, &Facts::default()).unwrap().after.to_vec()
}

fn is_accepted(text: &[u8]) -> bool {
    Dockerfile::parse(text).problems().is_empty()
}

fn write_all<'f>(folder: &Path, files: impl Iterator<Item = (&'f str, &'f [u8])>) -> Vec<String> {
    let write = |(id, text): (&str, &[u8])| {
        let name = format!("{id}.Dockerfile");
        std::fs::write(folder.join(&name), text).unwrap();
        name
    };
    files.map(write).collect()
}

/// Rules of hadolint that our transforms answer: their counts must fall.
const ANSWERED: &[&str] =
    &["DL3009", "DL3014", "DL3019", "DL3020", "DL3027", "DL3040", "DL3042", "DL3059", "DL3060", "DL4000"];

#[test]
fn hadolint_finds_no_more_of_anything_and_less_of_what_we_answer() {
    let Some(folder) = material::folder_or_skip("hadolint before and after") else { return };
    if !is_here("hadolint", "hadolint before and after") {
        return;
    }
    let corpus = material::corpus(&folder);
    let afters: Vec<_> = corpus.par_iter().map(|file| fixed(&file.text)).collect();
    let changed: Vec<_> = corpus.iter().zip(&afters).filter(|(file, after)| file.text != **after).collect();
    let (before, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let names = write_all(before.path(), changed.iter().map(|(file, _)| (file.id.as_str(), file.text.as_slice())));
    write_all(after.path(), changed.iter().map(|(file, after)| (file.id.as_str(), after.as_slice())));
    let (counts_before, counts_after) = (hadolint(before.path(), &names), hadolint(after.path(), &names));
    say(&format!(
        "\nhadolint on the {} files that change\n{:<8} {:>7} {:>7}",
        changed.len(),
        "rule",
        "before",
        "after"
    ));
    let rules: std::collections::BTreeSet<_> = counts_before.keys().chain(counts_after.keys()).collect();
    let mut risen = Vec::new();
    for rule in rules {
        let count = |counts: &BTreeMap<String, usize>| counts.get(rule).copied().unwrap_or(0);
        let (before, after) = (count(&counts_before), count(&counts_after));
        if before != after {
            say(&format!("{rule:<8} {before:>7} {after:>7}"));
        }
        if after > before {
            risen.push(format!("{rule}: {before} before, {after} after"));
        }
        if ANSWERED.contains(&rule.as_str()) && before > 0 && after >= before {
            risen.push(format!("{rule} does not fall: {before} before, {after} after"));
        }
    }
    assert!(risen.is_empty(), "{risen:?}");
}

/// How often each rule is violated in the files `names` of `folder`.
fn hadolint(folder: &Path, names: &[String]) -> BTreeMap<String, usize> {
    let counted = names.par_chunks(100).map(|names| {
        let output = Command::new("hadolint")
            .args(["-f", "json", "--no-fail"])
            .args(names)
            .current_dir(folder)
            .output()
            .unwrap();
        let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        findings.into_iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    let mut counts = BTreeMap::new();
    for code in counted.flatten().collect::<Vec<_>>() {
        *counts.entry(code).or_default() += 1;
    }
    counts
}

/// What a tool made of the files.
struct Harvest {
    changed: usize,
    unparsable: usize,
    median_added: usize,
    median_removed: usize,
    changed_again: usize,
    second_runs: usize,
}

impl Harvest {
    fn of<'f>(results: impl Iterator<Item = (&'f CorpusFile, Vec<u8>, Option<Vec<u8>>)>) -> Self {
        let mut harvest =
            Self { changed: 0, unparsable: 0, median_added: 0, median_removed: 0, changed_again: 0, second_runs: 0 };
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for (file, after, again) in results {
            harvest.unparsable += usize::from(!is_accepted(&after));
            harvest.second_runs += usize::from(again.is_some());
            harvest.changed_again += usize::from(again.is_some_and(|again| again != after));
            if after != file.text {
                harvest.changed += 1;
                let lines = lines_changed(&file.text, &after);
                added.push(lines.added);
                removed.push(lines.removed);
            }
        }
        added.sort_unstable();
        removed.sort_unstable();
        harvest.median_added = added.get(added.len() / 2).copied().unwrap_or(0);
        harvest.median_removed = removed.get(removed.len() / 2).copied().unwrap_or(0);
        harvest
    }

    fn say(&self, name: &str, files: usize) {
        say(&format!(
            "{name:<12} {:>6} of {files} changed, {:>4} unparsable, median +{} -{} lines, second run changes {} of {}",
            self.changed, self.unparsable, self.median_added, self.median_removed, self.changed_again, self.second_runs
        ));
    }
}

/// A second run of the other tool is measured on every so many files: it takes minutes.
const SECOND_RUN_EVERY: usize = 5;

#[test]
fn beside_tally_on_the_same_files_in_one_run() {
    let Some(folder) = material::folder_or_skip("beside tally") else { return };
    if !is_here("tally", "beside tally") {
        return;
    }
    // It abandons the whole run on one file that BuildKit refuses, so it gets none.
    let corpus: Vec<_> = material::corpus(&folder).into_iter().filter(|file| is_accepted(&file.text)).collect();
    let ours = corpus.par_iter().map(|file| {
        let after = fixed(&file.text);
        let again = fixed(&after);
        (file, after, Some(again))
    });
    let ours = Harvest::of(ours.collect::<Vec<_>>().into_iter());
    let there = tempfile::tempdir().unwrap();
    let names = write_all(there.path(), corpus.iter().map(|file| (file.id.as_str(), file.text.as_slice())));
    tally_fix(there.path(), &names);
    let read = |name: &String| std::fs::read(there.path().join(name)).unwrap();
    let once: Vec<_> = names.iter().map(read).collect();
    let sample: Vec<_> = names
        .iter()
        .zip(&once)
        .step_by(SECOND_RUN_EVERY)
        .filter(|(_, text)| is_accepted(text))
        .map(|(name, _)| name.clone())
        .collect();
    tally_fix(there.path(), &sample);
    let theirs = corpus.iter().zip(names.iter().zip(once)).map(|(file, (name, once))| {
        let again = sample.contains(name).then(|| read(name));
        (file, once, again)
    });
    let theirs = Harvest::of(theirs);
    say("");
    ours.say("dockeropt", corpus.len());
    theirs.say("tally --fix", corpus.len());
    assert_eq!((ours.unparsable, ours.changed_again), (0, 0));
    assert!(ours.median_added <= 3 && ours.median_removed <= 3);
    assert!(theirs.unparsable > 0, "the comparison has lost its point");
}

fn tally_fix(folder: &Path, names: &[String]) {
    names.par_chunks(400).for_each(|names| {
        let mut command = Command::new("tally");
        command.args(["lint", "--fix", "--no-config", "--slow-checks", "off", "--fail-level", "none"]).args(names);
        command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    });
}
