//! What the language server promises to editors: every test speaks to the built program as an editor does.

#![cfg(unix)]

#[path = "lsp/clients.rs"]
mod clients;
#[path = "lsp/corpus.rs"]
mod corpus;
#[path = "lsp/editor.rs"]
mod editor;
mod material;
#[path = "lsp/promises.rs"]
mod promises;
#[path = "lsp/session.rs"]
mod session;
#[path = "lsp/snippets.rs"]
mod snippets;

/// Holds `text` against the snapshot called `name`.
fn assert_snapshot(name: &str, text: &str) {
    insta::assert_snapshot!(name, text);
}
