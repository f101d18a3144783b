//! Why a file could not be found, read or written.

use std::io;
use std::path::{Path, PathBuf};

/// A file that could not be used. It is as it was before, but for [`Because::HalfWritten`].
#[derive(Debug, thiserror::Error)]
#[error("{}: {because}", path.display())]
pub struct FileError {
    pub path: PathBuf,
    #[source]
    pub because: Because,
}

/// What stood in the way of a [`FileError`].
#[derive(Debug, thiserror::Error)]
pub enum Because {
    #[error("no such file or directory{}", suggestion.as_ref().map(|path| format!(", did you mean {}?", path.display())).unwrap_or_default())]
    Missing { suggestion: Option<PathBuf> },
    #[error("not a regular file")]
    NotRegular,
    #[error("larger than {size_max_bytes} bytes")]
    TooLarge { size_max_bytes: u64 },
    #[error("read-only, left as it is")]
    ReadOnly,
    #[error("a symbolic link, left as it is")]
    Link,
    #[error("changed on disk since it was read")]
    ChangedOnDisk,
    /// The one case in which the file is damaged; `copy` holds what it held.
    #[error("could not be written, and its text before is now in {}: {source}", copy.display())]
    HalfWritten { copy: PathBuf, source: io::Error },
    #[error("could not {attempted}: {source}")]
    Io { attempted: &'static str, source: io::Error },
}

impl Because {
    pub(super) fn at(self, path: &Path) -> FileError {
        FileError { path: path.to_owned(), because: self }
    }

    /// Makes an error of the operating system out of what was attempted; for `map_err`.
    pub(super) fn io(attempted: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { attempted, source }
    }
}
