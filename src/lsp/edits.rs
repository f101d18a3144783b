//! Changes as an editor takes them: edits that touch no more than what changes.

use std::collections::HashMap;
use std::path::Path;

use gen_lsp_types::{
    CreateFile, DocumentChange, Edit, OptionalVersionedTextDocumentIdentifier, Position, Range, TextDocumentEdit,
    TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};

use super::document::{position, uri_beside};
use super::view::View;
use crate::rewrite::{Companion, Outcome};
use crate::text::diff::small_edits;
use crate::text::{ColumnUnit, LineIndex};

/// The edits that turn `before` into `after`; `None` if that is no text.
pub(super) fn text_edits(before: &[u8], after: &[u8], unit: ColumnUnit) -> Option<Vec<TextEdit>> {
    let lines = LineIndex::for_editors(before);
    let edits = small_edits(before, after).into_iter().map(|edit| {
        let [start, end] = [edit.range.start(), edit.range.end()].map(|offset| position(&lines, offset, unit));
        Some(TextEdit { range: Range { start, end }, new_text: String::from_utf8(edit.text).ok()? })
    });
    edits.collect()
}

/// What `outcome` changes: the document, and files beside it. `None` if nothing, or the client cannot take it.
pub(super) fn workspace_edit(view: &View<'_>, outcome: &Outcome) -> Option<WorkspaceEdit> {
    let edits = text_edits(&outcome.before, &outcome.after, view.client.unit)?;
    let companions = outcome.companions();
    if edits.is_empty() && companions.is_empty() {
        return None;
    }
    if !view.client.takes_versions {
        let changes = HashMap::from([(view.uri.clone(), edits)]);
        let edit = WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
        return companions.is_empty().then_some(edit);
    }
    let mut changes = Vec::new();
    if !edits.is_empty() {
        changes.push(of_document(view.uri.clone(), Some(view.document.version), edits));
    }
    for companion in companions {
        changes.extend(of_companion(view, companion)?);
    }
    Some(WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() })
}

fn of_document(uri: Uri, version: Option<i32>, edits: Vec<TextEdit>) -> DocumentChange {
    let text_document =
        OptionalVersionedTextDocumentIdentifier { version, text_document_identifier: TextDocumentIdentifier { uri } };
    let edits = edits.into_iter().map(Edit::TextEdit).collect();
    DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits })
}

/// A file that is made, or changed. The client refuses to make it if it is there by then.
fn of_companion(view: &View<'_>, companion: &Companion) -> Option<Vec<DocumentChange>> {
    let uri = uri_beside(view.uri, Path::new(&companion.path));
    if let Some(before) = &companion.before {
        let edits = text_edits(before, &companion.after, view.client.unit)?;
        return Some(vec![of_document(uri, None, edits)]);
    }
    if !view.client.creates_files {
        return None;
    }
    let start = Position { line: 0, character: 0 };
    let new_text = String::from_utf8(companion.after.clone()).ok()?;
    let text = TextEdit { range: Range { start, end: start }, new_text };
    let made = CreateFile { uri: uri.clone(), options: None, annotation_id: None };
    Some(vec![DocumentChange::CreateFile(made), of_document(uri, None, vec![text])])
}
