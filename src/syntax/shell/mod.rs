//! The lossless reading of shell text: what a `RUN` hands to `sh` or `bash`.
//!
//! A text is read wholly and with certainty, or not at all. `plain` reads most texts; of the whole grammar, `adapter`
//! asks a library. `cursor` makes sure that each byte of the text is accounted for by either.

mod adapter;
mod cursor;
mod opaque;
mod plain;
mod tree;
mod walk;
mod word;

pub use opaque::Opaque;
pub use tree::*;
pub use walk::{Step, Visit};

/// Longest text read, in bytes: the longest line that `BuildKit` takes (`bufio.MaxScanTokenSize`).
const LENGTH_MAX: usize = 64 * 1024;

/// Most `{` in a text read: the time that the library takes grows with their square.
const BRACES_MAX: usize = 2000;

/// The grammar a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `sh`, known to be nothing more: `[[` is refused.
    Posix,
    /// `bash`, and every `sh` text too.
    Bash,
}

/// Reads what the shell gets: Docker's own continuations are already joined.
///
/// # Errors
/// Whenever something in the text is not certain; nothing is said about the rest of it then.
pub fn parse(text: &str, dialect: Dialect) -> Result<Script, Opaque> {
    if text.len() > LENGTH_MAX {
        return Err(Opaque::because("it is longer than 64 KiB"));
    }
    if memchr::memchr2(b'\r', b'\0', text.as_bytes()).is_some() {
        return Err(Opaque::because("it holds a carriage return or a zero byte"));
    }
    if text.bytes().filter(|byte| *byte == b'{').count() > BRACES_MAX {
        return Err(Opaque::because("it holds too many braces"));
    }
    plain::read(text).map_or_else(|| adapter::read(text, dialect), Ok)
}

#[cfg(test)]
mod tests;
