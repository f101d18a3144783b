//! An open document: its text as the editor has it, and where it stands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{Position, TextDocumentContentChangeEvent, Uri};

use crate::text::{self, ColumnUnit, LineIndex};

/// A text and its version.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub version: i32,
    pub text: Arc<str>,
}

impl Document {
    /// Whether this is the same text of the same version; after closing and opening a file, versions start anew.
    pub fn is(&self, other: &Self) -> bool {
        self.version == other.version && Arc::ptr_eq(&self.text, &other.text)
    }

    /// Carries out what the user did, change after change.
    pub fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>, unit: ColumnUnit) {
        self.version = version;
        for change in changes {
            self.text = match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => whole.text.into(),
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let lines = LineIndex::for_editors(self.text.as_bytes());
                    let start = offset(&lines, part.range.start, unit);
                    let end = offset(&lines, part.range.end, unit).max(start);
                    [&self.text[..start], &part.text, &self.text[end..]].concat().into()
                }
            };
        }
    }
}

/// The byte at `position`.
pub(super) fn offset(lines: &LineIndex<'_>, position: Position, unit: ColumnUnit) -> usize {
    let (line, column) = (position.line as usize, position.character as usize);
    lines.offset(text::Position { line, column }, unit)
}

/// The position of the byte at `offset`.
pub(super) fn position(lines: &LineIndex<'_>, offset: usize, unit: ColumnUnit) -> Position {
    let text::Position { line, column } = lines.position(offset, unit);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Position { line: number(line), character: number(column) }
}

/// The path of a file; `None` for what is in no file, such as a text that was never saved.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let path = decoded(&rest[rest.find('/')?..])?;
    // `/c:/folder` is a path with a drive.
    let has_drive = cfg!(windows) && path.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if has_drive { &path[1..] } else { &path }))
}

/// The URI of the file at `path` seen from the folder of the document `uri`.
pub(super) fn uri_beside(uri: &Uri, path: &Path) -> Uri {
    let mut parts: Vec<_> = uri.0.split('/').map(str::to_owned).collect();
    parts.pop();
    for part in path.to_string_lossy().split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(encoded(part)),
        }
    }
    Uri(parts.join("/"))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let escaped = behind.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) => {
                bytes.push(escaped);
                rest = &behind[2..];
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

fn encoded(part: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    part.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::{Range, TextDocumentContentChangePartial};

    use super::*;

    #[test]
    fn changes_are_carried_out_one_after_the_other() {
        let mut document = Document { version: 1, text: "FROM ü𝄞\r\nRUN a\r".into() };
        let change = |from: (u32, u32), to: (u32, u32), text: &str| {
            let [start, end] = [from, to].map(|(line, character)| Position { line, character });
            #[allow(deprecated, reason = "the field has to be given")]
            let part = TextDocumentContentChangePartial {
                range: Range { start, end },
                range_length: None,
                text: text.to_owned(),
            };
            TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part)
        };
        let changes = vec![change((0, 6), (0, 8), "b"), change((2, 0), (2, 0), "RUN c"), change((1, 4), (9, 9), "")];
        document.change(2, changes, ColumnUnit::Utf16);
        assert_eq!((document.version, &*document.text), (2, "FROM üb\r\nRUN "));
    }

    #[test]
    fn paths_and_uris_belong_together() {
        let uri = Uri("file:///a%20b/%C3%BC/Dockerfile".to_owned());
        assert_eq!(path_of(&uri), Some(PathBuf::from("/a b/ü/Dockerfile")));
        assert_eq!(uri_beside(&uri, Path::new(".dockerignore")).0, "file:///a%20b/%C3%BC/.dockerignore");
        assert_eq!(uri_beside(&uri, Path::new("../x y")).0, "file:///a%20b/x%20y");
        assert_eq!(path_of(&Uri("untitled:Untitled-1".to_owned())), None);
        assert_eq!(path_of(&Uri("file:///%zz%4".to_owned())), Some(PathBuf::from("/%zz%4")));
    }
}
