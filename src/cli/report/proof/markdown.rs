//! What builds have shown, as the text of a pull request.

use std::fmt::Write as _;

use super::super::super::Failure;
use super::super::super::verify::{Trial, Tried};
use super::super::print_bytes;
use super::{blame, changes, promised, rows};
use crate::examine::patch::diff_path;
use crate::verify::scan;
use crate::verify::{Proof, scan::Severity};
use crate::world::engine::Engine;

pub(in crate::cli) fn print(trials: &[Trial], engine: &Engine) -> Result<(), Failure> {
    let mut text = String::new();
    for trial in trials {
        let path = String::from_utf8_lossy(&diff_path(&trial.path)).into_owned();
        match &trial.result {
            Tried::Unchanged => {}
            Tried::Failed(because) => {
                let _ = write!(text, "## {}\n\nNot proven.\n\n{}\n\n", code(&path), block(because));
            }
            Tried::Proven(proof) => of_proof(&path, &trial.source, proof, engine, &mut text),
        }
    }
    print_bytes(text.as_bytes())
}

fn of_proof(path: &str, source: &[u8], proof: &Proof, engine: &Engine, text: &mut String) {
    let _ = write!(text, "## {}\n\n", code(path));
    if proof.after.is_some() || !proof.is_kept() {
        for (line, title, transform) in changes(source, &proof.outcome) {
            let _ = writeln!(text, "- line {line}: {} ({})", escaped(title), code(transform));
        }
        text.push('\n');
    }
    let rows = rows(proof);
    if !rows.is_empty() {
        text.push_str("| | before | after | difference |\n| --- | ---: | ---: | ---: |\n");
        for row in rows {
            let [before, after, difference] = [&row.before, &row.after, &row.difference].map(|cell| escaped(cell));
            let _ = writeln!(text, "| {} | {before} | {after} | {difference} |", row.what);
        }
        text.push('\n');
    }
    if let Some(after) = &proof.after {
        let counts = [&proof.before.packages, &after.packages].map(super::packages);
        for ((scanner, was), (_, is)) in proof.before.scans.iter().zip(&after.scans) {
            let (Ok(was), Ok(is)) = (was, is) else { continue };
            of_scan(scanner, &scan::compare(was, is, counts), text);
        }
    }
    if proof.is_kept() && proof.after.is_some() {
        let _ = write!(
            text,
            "Both images were built with {}. Verified: {}.",
            escaped(&engine.to_string()),
            proof.preserves().promise()
        );
        text.push_str(" Build times are without build cache, as ratio, with what the single measurements give.\n\n");
        let promised = promised(&proof.judgement);
        promised.iter().for_each(|(transform, what)| {
            let _ = writeln!(text, "- {}: {}", code(transform), escaped(what));
        });
        if !promised.is_empty() {
            text.push('\n');
        }
    }
    for guilty in &proof.guilty {
        let what = if proof.is_kept() { "Left out, since it breaks a promise" } else { "Broken" };
        let _ = write!(text, "{what}: {}\n\n", escaped(&blame(source, guilty)));
        let _ = write!(text, "{}\n\n", block(&guilty.violations.join("\n")));
    }
}

fn of_scan(scanner: &str, comparison: &scan::Comparison, text: &mut String) {
    let name = comparison.version.as_ref().map_or_else(|| scanner.to_owned(), |version| format!("{scanner} {version}"));
    if let Some([before, after]) = comparison.packages {
        let _ = write!(text, "{} sees {before} packages before and {after} after.\n\n", escaped(&name));
    }
    if let Some(because) = &comparison.not_comparable {
        let _ = write!(text, "{}: vulnerabilities are not comparable: {}.\n\n", escaped(&name), escaped(because));
    } else if !comparison.by_severity.is_empty() {
        let _ = write!(text, "| {} | before | after |\n| --- | ---: | ---: |\n", escaped(&name));
        for (severity, [before, after]) in &comparison.by_severity {
            let _ = writeln!(text, "| {} | {before} | {after} |", Severity::name(*severity));
        }
        let [before, after] = comparison.with_fix;
        let _ = write!(text, "| with a fix | {before} | {after} |\n\n");
    }
}

/// Text of others, without a meaning in Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '@' | '~' | '&' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

/// A word in code type.
fn code(word: &str) -> String {
    format!("`{}`", word.replace(['`', '\n', '\r', '|'], " "))
}

/// Lines in code type, behind a fence that none of them ends.
fn block(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}text\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        assert_eq!(escaped("a|b\n# @you [x](y) <b>"), r"a\|b \# \@you \[x\](y) \<b\>");
        assert_eq!(code("a`b"), "`a b`");
        assert!(block("```\nx").starts_with("````text\n"));
    }
}
