//! The language server: listens to an editor, and lets one worker do what takes time, so that it hears at once what is no longer wanted.

mod actions;
mod client;
mod completion;
mod diagnostics;
mod document;
mod edits;
mod hover;
mod queue;
mod session;
mod view;
mod worker;

use std::sync::Arc;

use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProvider, CompletionOptions, DiagnosticOptions, DiagnosticProvider,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentFormattingProvider,
    DocumentRangeFormattingProvider, HoverProvider, InitializeParams, Save, ServerCapabilities, TextDocumentSync,
    TextDocumentSyncKind, TextDocumentSyncOptions, WorkDoneProgressOptions,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::examine::Failure;
use client::{Client, Settings};
use document::Document;
use session::Session;

/// The request for the settings, which the client answers.
const SETTINGS_ID: &str = "dockeropt-settings";

/// Serves one client over standard input and output until it says goodbye.
///
/// # Errors
/// If the client does not keep to the protocol, or is gone without a word.
pub(crate) fn run(allows_network: bool) -> Result<(), Failure> {
    let (connection, _) = Connection::stdio();
    let session = Arc::new(start(connection, allows_network)?);
    let working = Arc::clone(&session);
    // Nobody waits for its end: what is not done when the client says goodbye is for nobody.
    std::thread::spawn(move || worker::work(&working));
    let end = listen(&session);
    session.queue.close();
    end
}

/// Shakes hands.
fn start(connection: Connection, allows_network: bool) -> Result<Session, Failure> {
    let (id, params) = connection.initialize_start().map_err(not_greeted)?;
    let params = InitializeParams::deserialize(&params).map_err(|error| format!("initialize: {error}"))?;
    let client = Client::of(&params.capabilities);
    let answer = json!({
        "capabilities": capabilities(&client),
        "serverInfo": { "name": "dockeropt", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, answer).map_err(not_greeted)?;
    let settings = Settings::read(&params.initialization_options.unwrap_or_default());
    let session = Session::new(connection, client, settings.clone().unwrap_or_default(), allows_network);
    if let Err(error) = settings {
        session.log(&error);
    }
    Ok(session)
}

/// Why there was no handshake, also for somebody who has started the server by hand.
fn not_greeted(error: ProtocolError) -> String {
    if error.channel_is_disconnected() {
        return "standard input ended before the client said hello: an editor starts this command and talks to it"
            .to_owned();
    }
    error.to_string()
}

fn capabilities(client: &Client) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(Save::Bool(true)),
        ..TextDocumentSyncOptions::default()
    };
    let kinds = [CodeActionKind::QuickFix, actions::FIX_SAFE.into(), actions::FIX_ALL.into()];
    ServerCapabilities {
        position_encoding: Some(client.encoding()),
        text_document_sync: Some(TextDocumentSync::Options(sync)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(completion::TRIGGERS.map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(kinds.to_vec()),
            ..CodeActionOptions::default()
        })),
        document_formatting_provider: Some(DocumentFormattingProvider::Bool(true)),
        document_range_formatting_provider: Some(DocumentRangeFormattingProvider::Bool(true)),
        diagnostic_provider: Some(DiagnosticProvider::DiagnosticOptions(DiagnosticOptions {
            identifier: Some("dockeropt".to_owned()),
            inter_file_dependencies: true,
            workspace_diagnostics: false,
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        ..ServerCapabilities::default()
    }
}

/// Hears what the client says until it says goodbye.
fn listen(session: &Session) -> Result<(), Failure> {
    ask_client(session);
    let mut is_shut_down = false;
    while let Some(message) = session.hear() {
        match message {
            Message::Request(request) if is_shut_down => {
                let because = "the server is shut down".to_owned();
                session.send(Response::new_err(request.id, ErrorCode::InvalidRequest as i32, because));
            }
            Message::Request(Request { id, method, .. }) if method == "shutdown" => {
                is_shut_down = true;
                session.send(Response::new_ok(id, ()));
            }
            Message::Request(request) => session.queue.ask(request),
            Message::Notification(notification) if notification.method == "exit" => {
                return if is_shut_down { Ok(()) } else { Err("the editor ended without a shutdown".to_owned()) };
            }
            Message::Notification(Notification { method, params }) => {
                if let Err(error) = hear(session, &method, params) {
                    session.log(&format!("{method}: {error}"));
                }
            }
            Message::Response(response) => take_settings(session, response),
        }
    }
    Err("the editor is gone without a word".to_owned())
}

/// Asks the client for what it does not say unasked: its settings, and changes of configurations and of what belongs to a build.
fn ask_client(session: &Session) {
    if session.client.watches {
        let globs = ["**/dockeropt.toml", "**/.dockeropt.toml", "**/dockeropt.lock", "**/*.dockerignore"];
        let watchers = globs.map(|glob| json!({ "globPattern": glob }));
        let registration = json!({
            "id": "dockeropt-files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        let params = json!({ "registrations": [registration] });
        session.send(Request::new(own_id("dockeropt-register"), "client/registerCapability".to_owned(), params));
    }
    ask_settings(session);
}

fn ask_settings(session: &Session) {
    if session.client.tells_settings {
        let params = json!({ "items": [{ "section": "dockeropt" }] });
        session.send(Request::new(own_id(SETTINGS_ID), "workspace/configuration".to_owned(), params));
    }
}

fn own_id(name: &str) -> RequestId {
    RequestId::from(name.to_owned())
}

fn take_settings(session: &Session, response: Response) {
    if response.id != own_id(SETTINGS_ID) {
        return;
    }
    let Ok(answer) = response.response_result else { return };
    // A client that has nothing set says `null`: what it said when it started still holds.
    match answer.get(0).filter(|settings| !settings.is_null()).map(Settings::read) {
        Some(Ok(settings)) => {
            session.set(settings);
            look_again(session);
        }
        Some(Err(error)) => session.log(&error),
        None => {}
    }
}

/// Acts upon something that the client tells.
fn hear(session: &Session, method: &str, params: Value) -> Result<(), String> {
    match method {
        "textDocument/didOpen" => {
            let DidOpenTextDocumentParams { text_document: opened } = read(params)?;
            let document = Document { version: opened.version, text: opened.text.into() };
            session.documents().insert(opened.uri.clone(), document);
            changed(session, opened.uri);
        }
        "textDocument/didChange" => {
            let DidChangeTextDocumentParams { text_document, content_changes } = read(params)?;
            let uri = text_document.text_document_identifier.uri;
            match session.documents().get_mut(&uri) {
                Some(document) => document.change(text_document.version, content_changes, session.client.unit),
                None => return Err(format!("{}: not an open document", uri.0)),
            }
            changed(session, uri);
        }
        "textDocument/didClose" => {
            let DidCloseTextDocumentParams { text_document } = read(params)?;
            let closed = session.documents().remove(&text_document.uri);
            if let Some(closed) = closed.filter(|_| !session.client.pulls) {
                session.publish(text_document.uri, closed.version, Vec::new());
            }
        }
        "textDocument/didSave" => session.turn_world(),
        "workspace/didChangeWatchedFiles" => look_again(session),
        "workspace/didChangeConfiguration" => {
            if session.client.tells_settings {
                ask_settings(session);
            } else {
                session.set(Settings::read(params.get("settings").unwrap_or(&Value::Null))?);
            }
            look_again(session);
        }
        "$/cancelRequest" => {
            let id: RequestId = read(params.get("id").cloned().unwrap_or_default())?;
            if session.queue.cancel(&id) {
                let because = "no longer wanted".to_owned();
                session.send(Response::new_err(id, ErrorCode::RequestCanceled as i32, because));
            }
        }
        _ => {}
    }
    Ok(())
}

fn read<P: for<'p> Deserialize<'p>>(params: Value) -> Result<P, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}

/// Lets the diagnostics of a document follow, unless the client asks for them itself.
fn changed(session: &Session, uri: gen_lsp_types::Uri) {
    if !session.client.pulls {
        session.queue.diagnose(uri);
    }
}

/// What was said of documents may be otherwise now.
fn look_again(session: &Session) {
    session.turn_world();
    if session.client.pulls {
        if session.client.refreshes {
            let method = "workspace/diagnostic/refresh".to_owned();
            session.send(Request::new(own_id("dockeropt-refresh"), method, Value::Null));
        }
        return;
    }
    let open: Vec<_> = session.documents().keys().cloned().collect();
    open.into_iter().for_each(|uri| changed(session, uri));
}
