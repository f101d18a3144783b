//! Why a text is no catalogue.

/// A text that cannot be used as a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct CatalogueError {
    /// From 1.
    pub line: usize,
    pub reason: String,
}
