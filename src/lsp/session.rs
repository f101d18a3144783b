//! What the one who listens and the one who works share: the open documents, the settings, and the line to the client.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gen_lsp_types::{Diagnostic, LogMessageParams, MessageType, PublishDiagnosticsParams, Uri};
use lsp_server::{Connection, Message, Notification};

use super::client::{Client, Settings};
use super::document::Document;
use super::queue::Queue;
use super::view::{Library, View};
use crate::world::terminal::tell;

pub(super) struct Session {
    connection: Connection,
    pub client: Client,
    pub queue: Queue,
    documents: Mutex<HashMap<Uri, Document>>,
    settings: Mutex<Arc<Settings>>,
    allows_network: bool,
    /// Counts how often something outside the documents was said to have changed.
    world: AtomicUsize,
}

impl Session {
    pub fn new(connection: Connection, client: Client, settings: Settings, allows_network: bool) -> Self {
        Self {
            connection,
            client,
            queue: Queue::default(),
            documents: Mutex::default(),
            settings: Mutex::new(Arc::new(settings)),
            allows_network,
            world: AtomicUsize::new(0),
        }
    }

    pub fn documents(&self) -> MutexGuard<'_, HashMap<Uri, Document>> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    pub fn world(&self) -> usize {
        self.world.load(Ordering::Relaxed)
    }

    /// Notes that something outside the documents may have changed.
    pub fn turn_world(&self) {
        self.world.fetch_add(1, Ordering::Relaxed);
    }

    pub fn is_open(&self, uri: &Uri) -> bool {
        self.documents().contains_key(uri)
    }

    /// Whether `document` is still what is open.
    pub fn is_current(&self, uri: &Uri, document: &Document) -> bool {
        self.documents().get(uri).is_some_and(|now| now.is(document))
    }

    /// The document as it is now, if it is open.
    pub fn view<'a>(&'a self, uri: &'a Uri, library: &'a Library) -> Option<View<'a>> {
        let document = self.documents().get(uri)?.clone();
        let settings = Arc::clone(&self.settings.lock().unwrap_or_else(PoisonError::into_inner));
        Some(View { uri, document, settings, client: &self.client, library, allows_network: self.allows_network })
    }

    /// Sends what nobody has to receive: a client that is gone hears nothing.
    pub fn send(&self, message: impl Into<Message>) {
        let _ = self.connection.sender.send(message.into());
    }

    /// The next message of the client; `None` if it is gone.
    pub fn hear(&self) -> Option<Message> {
        self.connection.receiver.recv().ok()
    }

    pub fn publish(&self, uri: Uri, version: i32, diagnostics: Vec<Diagnostic>) {
        let params = PublishDiagnosticsParams { uri, version: Some(version), diagnostics };
        self.send(Notification::new("textDocument/publishDiagnostics".to_owned(), params));
    }

    /// The same if `document` is still what is open: what comes too late would stay, since nothing comes after it.
    pub fn publish_if_current(&self, uri: &Uri, document: &Document, diagnostics: Vec<Diagnostic>) {
        let documents = self.documents();
        if documents.get(uri).is_some_and(|now| now.is(document)) {
            self.publish(uri.clone(), document.version, diagnostics);
        }
    }

    /// Tells of a failure that is about no place in a document.
    pub fn log(&self, message: &str) {
        tell(message);
        let params = LogMessageParams { kind: MessageType::Error, message: message.to_owned() };
        self.send(Notification::new("window/logMessage".to_owned(), params));
    }
}
