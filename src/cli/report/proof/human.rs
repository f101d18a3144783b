//! What builds have shown, for people.

use std::path::Path;

use super::super::super::Failure;
use super::super::super::verify::{Trial, Tried};
use super::super::{BOLD, GREEN, RED, RESET, print_styled, tell};
use super::{blame, package_changes, plural, promised, rows};
use crate::verify::scan::{self, Comparison};
use crate::verify::{Guilty, Proof};
use crate::world::engine::Engine;
use crate::world::terminal::{sanitised, sanitised_path};

/// Names of packages that are told one by one.
const NAMES_MAX: usize = 12;

/// Prints what came of one file.
pub(in crate::cli) fn print(trial: &Trial, engine: &Engine) -> Result<(), Failure> {
    let path = sanitised_path(&trial.path);
    match &trial.result {
        Tried::Unchanged => print_styled(&format!("{BOLD}{path}{RESET}: nothing to do\n\n")),
        Tried::Failed(because) => {
            print_styled(&format!("{BOLD}{path}{RESET}: {RED}not proven{RESET}: {}\n\n", sanitised(because)))
        }
        Tried::Proven(proof) => print_styled(&format!("{}\n", of_proof(&path, &trial.source, proof, engine))),
    }
}

fn of_proof(path: &str, source: &[u8], proof: &Proof, engine: &Engine) -> String {
    let verdict = if !proof.is_kept() {
        format!("{RED}broken{RESET}")
    } else if proof.after.is_none() {
        "nothing is left of the change".to_owned()
    } else {
        format!("{GREEN}verified{RESET}: {}", proof.preserves().promise())
    };
    let mut text = format!("{BOLD}{path}{RESET}: {verdict} ({})\n", sanitised(&engine.to_string()));
    let mut line = |indent: usize, said: &str| {
        text.push_str(&format!("{:indent$}{}\n", "", sanitised(said).replace('\n', &format!("\n{:indent$}", ""))));
    };
    for row in rows(proof) {
        line(2, &format!("{:<12}{:>12}  {:>12}  {}", row.what, row.before, row.after, row.difference));
    }
    if let Some(after) = &proof.after {
        let [gone, new] = package_changes(&proof.before, after);
        for (what, names) in [("gone", gone), ("new", new)] {
            if !names.is_empty() {
                line(2, &format!("packages {what}: {}", some(&names)));
            }
        }
        let counts = [&proof.before.packages, &after.packages].map(super::packages);
        for ((scanner, was), (_, is)) in proof.before.scans.iter().zip(&after.scans) {
            match (was, is) {
                (Ok(was), Ok(is)) => {
                    scanned(scanner, &scan::compare(was, is, counts)).iter().for_each(|said| line(2, said))
                }
                (Err(because), _) | (_, Err(because)) => line(2, &format!("{scanner}: nothing to compare: {because}")),
            }
        }
    }
    if proof.is_kept() {
        for (transform, what) in promised(&proof.judgement) {
            line(2, &format!("{transform}: {what}"));
        }
    }
    if proof.judgement.noise > 0 {
        let differences = plural(proof.judgement.noise, "difference");
        line(2, &format!("{differences} that two builds of the same file show too"));
    }
    proof.judgement.notes.iter().for_each(|note| line(2, note));
    for guilty in &proof.guilty {
        line(2, &format!("broken by {}", blame(source, guilty)));
        guilty.violations.iter().for_each(|violation| line(4, violation));
    }
    if !proof.is_kept() && proof.judgement.further > 0 {
        line(4, &format!("and {} more", proof.judgement.further));
    }
    text
}

fn some(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMES_MAX)].join(" ");
    if names.len() > NAMES_MAX { format!("{shown} and {} more", names.len() - NAMES_MAX) } else { shown }
}

/// What a scanner says about both images.
fn scanned(scanner: &str, comparison: &Comparison) -> Vec<String> {
    let name = comparison.version.as_ref().map_or_else(|| scanner.to_owned(), |version| format!("{scanner} {version}"));
    let mut lines = Vec::new();
    if let Some([before, after]) = comparison.packages {
        lines.push(format!("{name}: {before} packages before, {after} after"));
    }
    if let Some(because) = &comparison.not_comparable {
        lines.push(format!("{name}: vulnerabilities are not comparable: {because}"));
        return lines;
    }
    let counts = comparison
        .by_severity
        .iter()
        .map(|(severity, [before, after])| format!("{} {before} → {after}", severity.name()));
    let counts: Vec<_> = counts.collect();
    if !counts.is_empty() {
        let [before, after] = comparison.with_fix;
        let (counts, added, removed) = (counts.join(", "), comparison.added.len(), comparison.removed);
        lines.push(format!("{name}: {counts}; with a fix {before} → {after}; {removed} gone, {added} new"));
    }
    lines
}

/// Tells which steps were left out, and why.
pub(in crate::cli) fn tell_guilty(path: &Path, source: &[u8], guilty: &[Guilty]) {
    for guilty in guilty {
        tell(&format!("{}: left out: {}", sanitised_path(path), sanitised(&blame(source, guilty))));
        guilty.violations.iter().for_each(|violation| tell(&format!("    {}", sanitised(violation))));
    }
}

/// Prints the last line.
pub(in crate::cli) fn print_summary(trials: &[Trial]) -> Result<(), Failure> {
    let count = |is: fn(&Tried) -> bool| trials.iter().filter(|trial| is(&trial.result)).count();
    let verified = count(|tried| matches!(tried, Tried::Proven(proof) if proof.is_kept() && proof.after.is_some()));
    let broken = count(|tried| matches!(tried, Tried::Proven(proof) if !proof.guilty.is_empty()));
    let failed = count(|tried| matches!(tried, Tried::Failed(_)));
    let unchanged = count(|tried| matches!(tried, Tried::Unchanged));
    let parts = [(verified, "verified"), (broken, "broken"), (failed, "not proven"), (unchanged, "with nothing to do")];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    tell(&[vec![plural(trials.len(), "file")], parts].concat().join(" · "));
    Ok(())
}
