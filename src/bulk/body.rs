//! The text of a pull request, and the message of the commit: each change with its line and reason, and what was left alone.

use std::fmt::Write as _;

use super::change::File;
use super::markdown::{block, code, sentence};
use super::row::SENTENCES_MAX;
use crate::examine::findings::{Kind, findings};

/// Longest patch that is shown in the body, in bytes: hosts take 65,536 characters in all.
const PATCH_BYTES_MAX: usize = 20_000;

/// Longest body, in bytes.
const BODY_BYTES_MAX: usize = 60_000;

/// Most changes that the message of a commit lists.
const MESSAGE_LINES_MAX: usize = 100;

/// The title of every commit and pull request.
pub(super) const TITLE: &str = "Smaller and safer images from these Dockerfiles";

/// The text of a pull request.
pub(super) fn body(files: &[File], troubles: &[String], diff: &[u8], image_bytes: Option<[u64; 2]>) -> String {
    let mut text = String::from(
        "These Dockerfiles were rewritten by dockeropt, a chain of small changes, each with a promise about what stays the \
         same of the image.\n\n",
    );
    if let Some([before, after]) = image_bytes {
        let _ = write!(
            text,
            "The images were built before and after: {:.1} MB became {:.1} MB, and every difference is one that a change below names.\n\n",
            before as f64 / 1e6,
            after as f64 / 1e6
        );
    }
    let mut declined = String::new();
    let mut left = SENTENCES_MAX;
    for file in files {
        let path = code(&file.shown);
        if file.is_changed() {
            let _ = write!(text, "## {path}\n\n");
            changes(file, &mut text);
            text.push('\n');
        }
        for finding in findings(&file.examined).iter().filter(|finding| finding.kind != Kind::Change) {
            if left > 0 {
                let because = sentence(finding.message);
                let _ = writeln!(
                    declined,
                    "- {path}, line {}: {because} ({})",
                    finding.start.line,
                    code(finding.transform.id)
                );
            }
            left = left.saturating_sub(1);
        }
    }
    if !declined.is_empty() {
        let _ = write!(text, "## Left alone\n\n{declined}\n");
    }
    if !troubles.is_empty() {
        text.push_str("## Not looked at\n\n");
        for trouble in troubles {
            let _ = writeln!(text, "- {}", sentence(trouble));
        }
        text.push('\n');
    }
    let ending = "A comment `# dockeropt: ignore=ID` above an instruction switches a transform off, as does `ignore = [\"ID\"]` in `dockeropt.toml`; \
         `dockeropt explain ID` says more about each.\n";
    if text.len() + ending.len() > BODY_BYTES_MAX {
        let end = (0..=BODY_BYTES_MAX - ending.len() - 40).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let end = text[..end].rfind('\n').map_or(end, |at| at + 1);
        text.truncate(end);
        text.push_str("\nMore does not fit here.\n\n");
    } else if diff.len() <= PATCH_BYTES_MAX && !diff.is_empty() {
        let patch = block("diff", &String::from_utf8_lossy(diff));
        if text.len() + patch.len() + ending.len() + 60 <= BODY_BYTES_MAX {
            let _ = write!(text, "<details><summary>The patch</summary>\n\n{patch}\n\n</details>\n\n");
        }
    }
    text.push_str(ending);
    text
}

fn changes(file: &File, text: &mut String) {
    for finding in findings(&file.examined).iter().filter(|finding| finding.kind == Kind::Change) {
        let transform = finding.transform;
        let _ = writeln!(
            text,
            "- line {}: {} ({}): {}; {}",
            finding.start.line,
            sentence(finding.message),
            code(transform.id),
            sentence(&transform.summary()),
            transform.preserves.promise()
        );
    }
}

/// The message of the commit, below its title.
pub(super) fn message(files: &[File]) -> String {
    let lines = files.iter().filter(|file| file.is_changed()).flat_map(|file| {
        let findings = findings(&file.examined).into_iter().filter(|finding| finding.kind == Kind::Change);
        let line = |finding: crate::examine::findings::Finding<'_>| {
            format!(
                "- {}:{}: {} ({})",
                plain(&file.shown),
                finding.start.line,
                plain(finding.message),
                finding.transform.id
            )
        };
        findings.map(line).collect::<Vec<_>>()
    });
    let lines: Vec<String> = lines.collect();
    let mut message = String::from("Each change and what it promises about the image:\n\n");
    for line in lines.iter().take(MESSAGE_LINES_MAX) {
        let _ = writeln!(message, "{line}");
    }
    if lines.len() > MESSAGE_LINES_MAX {
        let _ = writeln!(message, "- and {} more", lines.len() - MESSAGE_LINES_MAX);
    }
    message
}

/// Text of others on one line.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
