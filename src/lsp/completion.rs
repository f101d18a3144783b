//! Comments that switch transforms off: which words can stand in them.

use gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemTextEdit, Documentation, MarkupContent, MarkupKind, Position,
    TextEdit,
};

use super::view::View;
use crate::rewrite::Transform;
use crate::text::{TextRange, line_start};
use crate::transforms;

/// Characters behind which an editor asks unasked.
pub(super) const TRIGGERS: [&str; 3] = ["=", ",", ":"];

/// How such a comment starts, and what that does.
const STARTS: [(&str, &str); 2] = [
    ("dockeropt: ignore=", "switches transforms off for the instruction below"),
    ("dockeropt: ignore-file=", "switches transforms off for the file"),
];

pub(super) fn completion(view: &View<'_>, position: Position) -> Vec<CompletionItem> {
    let lines = view.lines();
    let end = view.offset(&lines, position);
    let Some(comment) = comment_before(view.text(), end) else { return Vec::new() };
    let item = |label: &str, typed: &str, kind| {
        let range = view.range(&lines, TextRange::new(end - typed.len(), end));
        let edit = CompletionItemTextEdit::TextEdit(TextEdit { range, new_text: label.to_owned() });
        CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            text_edit: Some(edit),
            filter_text: Some(label.to_owned()),
            ..CompletionItem::default()
        }
    };
    if let Some(list) = ids_in(comment) {
        let typed = list.rsplit(',').next().unwrap_or(list);
        return transforms::all()
            .filter(|(_, transform)| transform.id.starts_with(typed))
            .map(|(phase, transform)| CompletionItem {
                detail: Some(format!("{}, preserves {}", phase.name, transform.preserves.name())),
                documentation: Some(Documentation::MarkupContent(MarkupContent {
                    kind: MarkupKind::Markdown,
                    value: transform.summary(),
                })),
                ..item(transform.id, typed, CompletionItemKind::Value)
            })
            .collect();
    }
    let starts = STARTS.iter().filter(|(start, _)| start.starts_with(comment));
    starts
        .map(|(start, does)| CompletionItem {
            detail: Some((*does).to_owned()),
            ..item(start, comment, CompletionItemKind::Keyword)
        })
        .collect()
}

/// The text of the comment from its first word up to `end`.
fn comment_before(text: &str, end: usize) -> Option<&str> {
    let line = &text[line_start(text.as_bytes(), end)..end];
    Some(line.trim_start().strip_prefix('#')?.trim_start())
}

/// What of the list of ids stands in `comment`, if it has come so far and no further.
fn ids_in(comment: &str) -> Option<&str> {
    let rest = comment.strip_prefix("dockeropt")?.trim_start_matches(':').trim_start();
    let rest = rest.strip_prefix("ignore-file").or_else(|| rest.strip_prefix("ignore"))?;
    rest.trim_start().strip_prefix('=').filter(|list| !list.contains(char::is_whitespace))
}

/// The transform that a comment names at `offset`.
pub(super) fn transform_at(text: &str, offset: usize) -> Option<&'static Transform> {
    let is_of_id = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let behind = text[offset..].find(|character| !is_of_id(character)).map_or(text.len(), |length| offset + length);
    let list = ids_in(comment_before(text, behind)?)?;
    transforms::named(list.rsplit(',').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_ids_is_found_in_every_form_of_the_comment() {
        let list = |line: &str| comment_before(line, line.len()).and_then(ids_in).map(str::to_owned);
        assert_eq!(list("FROM a\n  # dockeropt: ignore="), Some(String::new()));
        assert_eq!(list("#dockeropt ignore-file=a,b"), Some("a,b".to_owned()));
        assert_eq!(list("# dockeropt: ignore=a b"), None);
        assert_eq!(list("RUN a # dockeropt: ignore="), None);
        assert_eq!(list("# dockeropt: ign"), None);
    }
}
