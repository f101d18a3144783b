//! Dockerfiles on disk: finding them, reading them, and writing them so that no one ever sees half a file.

mod error;
mod find;
mod names;
mod read;
mod write;

pub use error::{Because, FileError};
pub use find::{Found, Selection, Skip, find};
pub use names::{Kind, kind};
pub use read::{Fingerprint, SIZE_MAX_BYTES, SourceFile, read};
pub use write::{FileChange, create, write, write_all};
