//! Why a shell text is left unread.

/// A text that is not read, because something in it is not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{because}")]
pub struct Opaque {
    /// One of a fixed set of short reasons.
    pub because: &'static str,
}

impl Opaque {
    pub(super) const fn because(reason: &'static str) -> Self {
        Self { because: reason }
    }
}
