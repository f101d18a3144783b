//! Whether ADD unpacks or fetches what it adds.

use crate::known;
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::{Source, SourceKind};

/// Why ADD may do more with `source` than COPY would.
pub(super) fn obstacle(cx: &Context<'_>, source: &Source<'_>) -> Option<String> {
    let written = source.value.written;
    match source.kind {
        SourceKind::Heredoc => return None,
        SourceKind::Remote => return Some(format!("`{written}` is downloaded")),
        SourceKind::Path if source.value.known().is_none() => {
            return Some(format!("`{written}` is only known when the image is built"));
        }
        SourceKind::Path => {}
    }
    if source.is_archive_by_name() {
        return Some(format!("`{written}` is an archive by its name, which ADD unpacks"));
    }
    if !source.is_pattern() {
        match cx.facts.answer(Question::ContextEntry(source.path().into_owned())) {
            Answer::Directory => return None,
            Answer::File { start } if !is_archive(start) => return None,
            Answer::File { .. } => return Some(format!("`{written}` is an archive, which ADD unpacks")),
            _ => {}
        }
    }
    if is_folder(&source.value.text) || is_plain_name(&source.name().to_ascii_lowercase()) {
        return None;
    }
    Some(format!("`{written}` may be an archive, which ADD unpacks whatever its name; only the build context can tell"))
}

fn is_folder(source: &str) -> bool {
    source == "." || source == ".." || source.ends_with('/') || source.ends_with("/.")
}

/// Whether a file of this name is text or a format that ADD does not unpack.
fn is_plain_name(name: &str) -> bool {
    let has_ending = |(_, ending): (&str, &str)| known::FILES.has("ending of no archive", ending);
    known::FILES.has("name of no archive", name) || name.rsplit_once('.').is_some_and(has_ending)
}

/// Whether a file that starts like this may be an archive that ADD unpacks: tar, also packed with gzip, bzip2, xz or zstd (`pkg/archive`).
fn is_archive(start: &[u8]) -> bool {
    const PACKED: &[&[u8]] = &[b"\x1F\x8B", b"BZh", b"\xFD7zXZ\0", b"\x28\xB5\x2F\xFD"];
    PACKED.iter().any(|magic| start.starts_with(magic))
        || start.get(257..262) == Some(b"ustar")
        || (start.len() >= 512 && start.contains(&0))
}
