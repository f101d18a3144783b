//! What a request is answered from: one version of a document, the settings, and the chains over it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gen_lsp_types::{Position, Range, Uri};

use super::client::{Client, Settings};
use super::document::{self, Document};
use crate::catalogue::Catalogue;
use crate::examine::inquiry::{Inquiry, Sources};
use crate::examine::selection::{Caution, Chains};
use crate::examine::{self, ChainChoice, Examination, Examined, Failure, Files, Images, Rewritten};
use crate::text::{LineIndex, TextRange};
use crate::world::context::Contexts;

/// How long the files of a build context count as known: a folder may hold thousands, and a user types ten times a second.
const CONTEXT_AGE_MAX: Duration = Duration::from_secs(3);

/// How long it counts as known who builds and runs the images of a repository: to see it, the texts of thousands of files may have to be read.
const REPOSITORY_AGE_MAX: Duration = Duration::from_secs(60);

/// How long a registry is waited for, in seconds: somebody is looking.
const REGISTRY_SECONDS: u64 = 5;

/// How far a chain sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// The text and its configuration, as `dockeropt fix -` does.
    Text,
    /// The build context too.
    Context,
    /// Registries too, where the options ask for what only they know.
    Registries,
}

/// What is kept from one request to the next.
pub(super) struct Library {
    pub catalogue: Arc<Catalogue>,
    contexts: Arc<Mutex<Contexts>>,
    since: Instant,
    /// Since when what the repositories around say counts as known.
    repositories_since: Instant,
    /// The state of the world that `contexts` are of.
    world: usize,
}

impl Library {
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        let now = Instant::now();
        Self { catalogue, contexts: Arc::default(), since: now, repositories_since: now, world: 0 }
    }

    /// Forgets what may be otherwise by now.
    pub fn refresh(&mut self, world: usize) {
        let now = Instant::now();
        if self.world != world || now - self.repositories_since > REPOSITORY_AGE_MAX {
            (self.contexts, self.since, self.repositories_since, self.world) = (Arc::default(), now, now, world);
        } else if now - self.since > CONTEXT_AGE_MAX {
            let contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner).without_lists();
            (self.contexts, self.since) = (Arc::new(Mutex::new(contexts)), now);
        }
    }
}

/// A document as it is now.
pub(super) struct View<'a> {
    pub uri: &'a Uri,
    pub document: Document,
    pub settings: Arc<Settings>,
    pub client: &'a Client,
    pub library: &'a Library,
    /// Whether registries may be asked, by whoever started the program.
    pub allows_network: bool,
}

impl View<'_> {
    pub fn text(&self) -> &str {
        &self.document.text
    }

    pub fn lines(&self) -> LineIndex<'_> {
        LineIndex::for_editors(self.text().as_bytes())
    }

    pub fn range(&self, lines: &LineIndex<'_>, range: TextRange) -> Range {
        let position = |offset| document::position(lines, offset, self.client.unit);
        Range { start: position(range.start()), end: position(range.end()) }
    }

    pub fn offset(&self, lines: &LineIndex<'_>, position: Position) -> usize {
        document::offset(lines, position, self.client.unit)
    }

    /// From the start of the first line of `range` to the end of its last one.
    pub fn lines_of(&self, lines: &LineIndex<'_>, range: Range) -> TextRange {
        let end_of = |line: u32| lines.line(line as usize).map_or(self.text().len(), TextRange::end);
        let start = self.offset(lines, Position { line: range.start.line, character: 0 });
        // A selection of whole lines ends at the start of the line behind them.
        let is_whole = range.end.character == 0 && range.end.line > range.start.line;
        let last = if is_whole { range.end.line - 1 } else { range.end.line };
        TextRange::new(start, end_of(last).max(start))
    }

    /// As far as the user lets us see.
    pub fn sight(&self) -> Sight {
        if self.allows_network || self.settings.allows_network() { Sight::Registries } else { Sight::Context }
    }

    /// What `dockeropt check` would say.
    ///
    /// # Errors
    /// If the configuration or the settings cannot be used.
    pub fn whole(&self, sight: Sight) -> Result<Examined, Failure> {
        self.examine(&self.settings.choice(), sight)
    }

    /// What `dockeropt fix --safe -` would do; `None` if that is nothing, or it may not do anything.
    pub fn safe(&self) -> Option<Rewritten> {
        rewritten(self.examine(&ChainChoice { safe: true, ..self.settings.choice() }, Sight::Text))
    }

    /// What `dockeropt fix --select ID` would do.
    pub fn alone(&self, id: &str) -> Option<Rewritten> {
        let choice = ChainChoice { select: Some(vec![id.to_owned()]), ..self.settings.choice() };
        rewritten(self.examine(&choice, self.sight()))
    }

    fn examine(&self, choice: &ChainChoice, sight: Sight) -> Result<Examined, Failure> {
        let place = document::path_of(self.uri);
        let path = place.clone().unwrap_or_else(|| PathBuf::from("Dockerfile"));
        let named = if place.is_some() && sight != Sight::Text { path.clone() } else { PathBuf::from("-") };
        let files = Files { force_exclude: true, ..Files::of(vec![named]) };
        let is_offline = sight != Sight::Registries;
        let images = Images { offline: is_offline, timeout: REGISTRY_SECONDS, ..Images::default() };
        let Library { catalogue, contexts, .. } = self.library;
        let mut inquiry = Inquiry::sharing(&images, &files, Arc::new(Sources::of(Arc::clone(catalogue))))?
            .in_contexts(Arc::clone(contexts));
        inquiry.begin(false, is_offline);
        // Configurations are read anew each time: that takes microseconds, and what is read is never old.
        let chains = Chains::new(choice, false, Caution::Normal)?;
        examine::text(Path::new(&path), self.text().as_bytes(), &chains, &inquiry)
    }
}

fn rewritten(examined: Result<Examined, Failure>) -> Option<Rewritten> {
    match examined.ok()?.result {
        Examination::Rewritten(rewritten) => Some(*rewritten),
        _ => None,
    }
}
