//! The text that takes the place of what stands between two RUNs.

use super::Obstacle;
use super::form::Form;
use crate::semantics::placement::Style;
use crate::semantics::run::{Run, Script};
use crate::syntax::{Dockerfile, Instruction, ItemKind};
use crate::text::{Edit, TextRange};

/// Joins `second` to the last of `before`, in the style of the nearest of them that breaks its lines.
pub(super) fn join(
    file: &Dockerfile,
    (before, first): (&[&Run<'_>], &Run<'_>),
    (second, second_script): (&Run<'_>, &Script),
    form: Form,
) -> Result<Edit, Obstacle> {
    let first_end = first.instruction.text_range().end();
    let rest_of_first = TextRange::new(first_end, first.instruction.range.end());
    if !file.slice(rest_of_first).iter().all(u8::is_ascii_whitespace) {
        return Err(Obstacle::new(rest_of_first, "a comment or a continuation follows its last command"));
    }
    let kept_start = match form {
        Form::Chain => 0,
        Form::ChainUnderSet { second_start } | Form::ListUnderSet { second_start } => second_start,
    };
    let kept = TextRange::new(kept_start, second_script.text.bytes().len());
    let second_start = second_script.text.source_range(kept).start();
    let head = TextRange::new(second.instruction.range.start(), second_start);
    if file.slice(head).contains(&b'#') {
        return Err(Obstacle::new(head, "a comment stands before its first command"));
    }
    let newline = file.newline().as_str();
    let escape = file.escape().as_char();
    let mut scripts_before = before.iter().rev().filter_map(|run| run.script.as_ref().ok());
    let model = scripts_before.find(|script| is_multi_line(file, script)).unwrap_or(second_script);
    let style = Style::of(file, model);
    let indent = &style.indent;
    let (end_of_line, start_of_line) = match form {
        Form::ListUnderSet { .. } => (";", ""),
        _ if style.connector_leads => ("", "&& "),
        _ => (" &&", ""),
    };
    let mut text = format!("{end_of_line} {escape}{newline}").into_bytes();
    if let Some(comment) = comments_above(file, first.instruction).find(|comment| asks_to_stay_apart(file, *comment)) {
        return Err(Obstacle::new(comment, ASKED_APART));
    }
    for comment in comments_between(file, first.instruction.range.end(), second.instruction.range.start()) {
        if asks_to_stay_apart(file, comment) {
            return Err(Obstacle::new(comment, ASKED_APART));
        }
        let words = file.slice(comment).trim_ascii();
        if speaks_to_a_tool(words) {
            return Err(Obstacle::new(
                comment,
                "inside a RUN this comment would no longer mean anything to the tool it is for",
            ));
        }
        text.extend_from_slice(indent.as_bytes());
        text.extend_from_slice(words);
        text.extend_from_slice(newline.as_bytes());
    }
    text.extend_from_slice(indent.as_bytes());
    text.extend_from_slice(start_of_line.as_bytes());
    Ok(Edit::replace(TextRange::new(first_end, second_start), text))
}

fn is_multi_line(file: &Dockerfile, script: &Script) -> bool {
    let range = script.text.source_range(TextRange::new(0, script.text.bytes().len()));
    file.slice(range).contains(&b'\n')
}

fn comments_between(file: &Dockerfile, start: usize, end: usize) -> impl Iterator<Item = TextRange> {
    let between = TextRange::new(start, end);
    let items = file.items_from(start).iter().take_while(move |item| between.contains(item.range));
    items.filter(|item| matches!(item.kind, ItemKind::Comment)).map(|item| item.range)
}

/// The comment lines directly above an instruction, upward.
fn comments_above<'f>(file: &'f Dockerfile, instruction: &Instruction) -> impl Iterator<Item = TextRange> + use<'f> {
    let below = file.items_from(instruction.range.start());
    let above = file.items()[..file.items().len() - below.len()].iter().rev();
    above.take_while(|item| matches!(item.kind, ItemKind::Comment)).map(|item| item.range)
}

const ASKED_APART: &str = "the comment asks to keep it apart";

/// Whether the comment says that the RUN below it has a layer of its own on purpose.
fn asks_to_stay_apart(file: &Dockerfile, comment: TextRange) -> bool {
    const PHRASES: &[&str] = &[
        " separate ",
        " separately ",
        " do not merge ",
        " don t merge ",
        " do not combine ",
        " don t combine ",
        " own layer ",
        " own run ",
    ];
    let text = String::from_utf8_lossy(file.slice(comment)).to_lowercase();
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let text = format!(" {} ", words.join(" "));
    PHRASES.iter().any(|phrase| text.contains(phrase))
}

/// Whether the comment tells a linter, a scanner or an updater something about the instruction below it.
fn speaks_to_a_tool(comment: &[u8]) -> bool {
    const TOOLS: &[&str] = &[
        "check=",
        "checkov:",
        "dockeropt",
        "dockerfile-lint",
        "hadolint",
        "kics-scan",
        "nosemgrep",
        "renovate:",
        "semgrep",
        "shellcheck",
        "snyk",
        "tally",
        "terrascan",
        "trivy:",
    ];
    let text = String::from_utf8_lossy(comment).to_lowercase();
    let text = text.trim_start_matches(['#', ' ', '\t']);
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).take(20).collect();
    let ends = |tool: &str| tool.ends_with([':', '=']) || text[tool.len()..].starts_with([' ', ':', '=', '\t']);
    TOOLS
        .iter()
        .any(|tool| compact.starts_with(tool) && (compact.len() == text.len() || !text.starts_with(tool) || ends(tool)))
}
