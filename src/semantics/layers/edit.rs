//! What stands between two RUNs, and the text that takes its place.

use super::Obstacle;
use super::form::Form;
use crate::semantics::comments;
use crate::semantics::placement::Style;
use crate::semantics::run::{Run, Script};
use crate::syntax::{Dockerfile, ItemKind};
use crate::text::{Edit, TextRange};

/// Two RUNs that can be one, with what stands between them.
#[derive(Clone, Debug)]
pub struct Joint<'r> {
    file: &'r Dockerfile,
    form: Form,
    /// From the end of the first script to what is kept of the second.
    gap: TextRange,
    comments: Vec<TextRange>,
    /// The script whose style the new text has: of the nearest before it that breaks its lines, or its own.
    model: &'r Script,
}

/// How `second` can be joined to the last of `before`.
pub(super) fn join<'r>(
    file: &'r Dockerfile,
    (before, first): (&[&'r Run<'_>], &Run<'_>),
    (second, second_script): (&'r Run<'_>, &'r Script),
    form: Form,
) -> Result<Joint<'r>, Obstacle> {
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
    if let Some(comment) = comments::above(file, first.instruction).find(|comment| asks_to_stay_apart(file, *comment)) {
        return Err(Obstacle::new(comment, ASKED_APART));
    }
    let comments: Vec<_> =
        comments_between(file, first.instruction.range.end(), second.instruction.range.start()).collect();
    for &comment in &comments {
        if asks_to_stay_apart(file, comment) {
            return Err(Obstacle::new(comment, ASKED_APART));
        }
        if comments::speaks_to_a_tool(file.slice(comment).trim_ascii()) {
            return Err(Obstacle::new(
                comment,
                "inside a RUN this comment would no longer mean anything to the tool it is for",
            ));
        }
    }
    let mut scripts_before = before.iter().rev().filter_map(|run| run.script.as_ref().ok());
    let model = scripts_before.find(|script| is_multi_line(file, script)).unwrap_or(second_script);
    Ok(Joint { file, form, gap: TextRange::new(first_end, second_start), comments, model })
}

impl Joint<'_> {
    /// The edit that makes them one, with the comments between them kept.
    #[must_use]
    pub fn edit(&self) -> Edit {
        let newline = self.file.newline().as_str();
        let escape = self.file.escape().as_char();
        let style = Style::of(self.file, self.model);
        let indent = &style.indent;
        let (end_of_line, start_of_line) = match self.form {
            Form::ListUnderSet { .. } => (";", ""),
            _ if style.connector_leads => ("", "&& "),
            _ => (" &&", ""),
        };
        let mut text = format!("{end_of_line} {escape}{newline}").into_bytes();
        for &comment in &self.comments {
            text.extend_from_slice(indent.as_bytes());
            text.extend_from_slice(self.file.slice(comment).trim_ascii());
            text.extend_from_slice(newline.as_bytes());
        }
        text.extend_from_slice(indent.as_bytes());
        text.extend_from_slice(start_of_line.as_bytes());
        Edit::replace(self.gap, text)
    }
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

const ASKED_APART: &str = "the comment asks to keep it apart";

/// Whether the comment says that the RUN below it has a layer of its own on purpose.
fn asks_to_stay_apart(file: &Dockerfile, comment: TextRange) -> bool {
    comments::wants_a_layer_of_its_own(file.slice(comment))
}
