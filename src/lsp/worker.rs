//! Does the work: answers requests and says what there is to say of documents, one after the other.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use gen_lsp_types::{
    CodeActionParams, CodeActionResponse, CompletionParams, Diagnostic, DocumentDiagnosticParams,
    DocumentFormattingParams, DocumentRangeFormattingParams, FullDocumentDiagnosticReport, HoverParams, Range,
    RelatedFullDocumentDiagnosticReport, TextEdit, Uri,
};
use lsp_server::{ErrorCode, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::queue::Work;
use super::session::Session;
use super::view::{Library, Sight, View};
use super::{actions, completion, diagnostics, edits, hover};
use crate::catalogue::Catalogue;
use crate::rewrite::Proposal;
use crate::world::catalogue;

/// How often a request is answered anew because the document changed meanwhile.
const TRIES_MAX: usize = 3;

/// An answer, or the code and the sentence of an error.
type Answer = Result<Value, (ErrorCode, String)>;

/// Works until there is no more to do.
pub(super) fn work(session: &Session) {
    let catalogue = catalogue::in_use().map(|in_use| in_use.catalogue).unwrap_or_else(|error| {
        session.log(&format!("{error}; the catalogue that is built in is used"));
        Catalogue::embedded()
    });
    let mut library = Library::new(Arc::new(catalogue));
    while let Some(work) = session.queue.take() {
        library.refresh(session.world());
        match work {
            Work::Diagnose(uri) => {
                if let Err(panic) = guarded(|| publish(session, &library, &uri)) {
                    session.log(&format!("{}: {panic}", uri.0));
                }
            }
            Work::Answer(request) => {
                let id = request.id.clone();
                let method = request.method.clone();
                let answer = guarded(|| answer(session, &library, &request)).unwrap_or_else(|panic| {
                    session.log(&format!("{method}: {panic}"));
                    Err((ErrorCode::InternalError, panic))
                });
                if session.queue.finish() {
                    session.send(match answer {
                        Ok(value) => Response::new_ok(id, value),
                        Err((code, message)) => Response::new_err(id, code as i32, message),
                    });
                }
            }
        }
    }
}

/// What `work` gives, or why it panicked: a fault of ours in one place is no reason to leave the user without an answer in all others.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic: Box<dyn Any + Send>| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|&said| said.to_owned()));
        format!("a fault of dockeropt: {}", said.unwrap_or_default())
    })
}

/// Says what there is to say of a document at once, and again when registries have answered.
fn publish(session: &Session, library: &Library, uri: &Uri) {
    let Some(view) = session.view(uri, library) else { return };
    let first = diagnostics::diagnostics(&view, Sight::Context);
    session.publish_if_current(uri, &view.document, first.clone());
    if view.sight() == Sight::Registries {
        let better = diagnostics::diagnostics(&view, Sight::Registries);
        if better != first {
            session.publish_if_current(uri, &view.document, better);
        }
    }
}

fn answer(session: &Session, library: &Library, request: &Request) -> Answer {
    match request.method.as_str() {
        "textDocument/codeAction" => {
            let CodeActionParams { text_document, range, context, .. } = params(request)?;
            of_view(session, library, &text_document.uri, |view| {
                let actions = actions::actions(view, range, &context).into_iter();
                json!(actions.map(CodeActionResponse::CodeAction).collect::<Vec<_>>())
            })
        }
        "textDocument/diagnostic" => {
            let DocumentDiagnosticParams { text_document, .. } = params(request)?;
            let report = |items: Vec<Diagnostic>| {
                let report = FullDocumentDiagnosticReport { result_id: None, items };
                let report = RelatedFullDocumentDiagnosticReport {
                    related_documents: None,
                    full_document_diagnostic_report: report,
                };
                json!(gen_lsp_types::DocumentDiagnosticReport::RelatedFullDocumentDiagnosticReport(report))
            };
            if !session.is_open(&text_document.uri) {
                return Ok(report(Vec::new()));
            }
            of_view(session, library, &text_document.uri, |view| report(diagnostics::diagnostics(view, view.sight())))
        }
        "textDocument/formatting" => {
            let DocumentFormattingParams { text_document, .. } = params(request)?;
            of_view(session, library, &text_document.uri, |view| json!(formatted(view)))
        }
        "textDocument/rangeFormatting" => {
            let DocumentRangeFormattingParams { text_document, range, .. } = params(request)?;
            of_view(session, library, &text_document.uri, |view| json!(formatted_lines(view, range)))
        }
        "textDocument/hover" => {
            let HoverParams { text_document_position_params: place, .. } = params(request)?;
            of_view(session, library, &place.text_document.uri, |view| json!(hover::hover(view, place.position)))
        }
        "textDocument/completion" => {
            let CompletionParams { text_document_position_params: place, .. } = params(request)?;
            of_view(session, library, &place.text_document.uri, |view| {
                json!(completion::completion(view, place.position))
            })
        }
        method => Err((ErrorCode::MethodNotFound, format!("{method}: not a method of this server"))),
    }
}

fn params<P: DeserializeOwned>(request: &Request) -> Result<P, (ErrorCode, String)> {
    P::deserialize(&request.params).map_err(|error| (ErrorCode::InvalidParams, format!("{}: {error}", request.method)))
}

/// What `answer` says of the document as it is now: once more if it changed meanwhile.
fn of_view(session: &Session, library: &Library, uri: &Uri, answer: impl Fn(&View<'_>) -> Value) -> Answer {
    for _ in 0..TRIES_MAX {
        let view = session.view(uri, library);
        let view = view.ok_or_else(|| (ErrorCode::InvalidParams, format!("{}: not an open document", uri.0)))?;
        let answer = answer(&view);
        if session.is_current(uri, &view.document) {
            return Ok(answer);
        }
    }
    Err((ErrorCode::ContentModified, format!("{}: it changes faster than it is read", uri.0)))
}

/// The edits of all that is safe. None for a text that BuildKit refuses.
fn formatted(view: &View<'_>) -> Option<Vec<TextEdit>> {
    let outcome = view.safe()?.outcome;
    edits::text_edits(&outcome.before, &outcome.after, view.client.unit)
}

/// The same, but only rewrites that lie within the lines of `range`.
fn formatted_lines(view: &View<'_>, range: Range) -> Option<Vec<TextEdit>> {
    let lines = view.lines_of(&view.lines(), range);
    let safe = view.safe()?;
    let mut is_inside = |proposal: &Proposal<'_>| lines.contains(proposal.range);
    let outcome = safe.chain.run_accepting(view.text().as_bytes(), &safe.facts, &mut is_inside).ok()?;
    edits::text_edits(&outcome.before, &outcome.after, view.client.unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_and_the_work_goes_on() {
        assert_eq!(guarded(|| 1), Ok(1));
        assert_eq!(guarded(|| panic!("no such stage")), Err::<(), _>("a fault of dockeropt: no such stage".to_owned()));
        let stage = 3;
        assert_eq!(guarded(|| panic!("stage {stage}")), Err::<(), _>("a fault of dockeropt: stage 3".to_owned()));
    }
}
