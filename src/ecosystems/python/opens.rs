//! How code in Python opens files, and what it imports from `os` by name.

use super::FACTS;

/// What a call of `open`, or of what is called so, does with its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opening {
    Reads,
    /// It writes, or how it opens is not written out.
    MayWrite,
}

/// The most that is done with a file by a call of `open` in `text`.
pub(crate) fn opening(text: &str) -> Option<Opening> {
    text.match_indices("open").filter_map(|(at, word)| opening_at(&text[..at], &text[at + word.len()..])).max()
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What is done where `open` stands between `before` and `behind`.
fn opening_at(before: &str, behind: &str) -> Option<Opening> {
    if behind.starts_with(is_of_name) {
        return None;
    }
    let start = before.trim_end_matches(is_of_name);
    match &before[start.len()..] {
        "" => {}
        start if FACTS.has("start of a function that opens no file", start) => return None,
        // Another function, whose name ends so.
        _ => return behind.starts_with('(').then_some(Opening::MayWrite),
    }
    if before.ends_with("def ") || before.ends_with("webbrowser.") || before.ends_with("os.") {
        return None;
    }
    let Some(arguments) = behind.trim_start_matches(' ').strip_prefix('(') else {
        // The function itself is given away, or another name.
        let ahead = behind.trim_start_matches(' ').chars().next();
        let is_value = before.trim_end_matches(' ').ends_with(['=', '(', ',', '['])
            && ahead.is_none_or(|next| ",)\n\r]".contains(next));
        return (is_value || behind.starts_with(" as ")).then_some(Opening::MayWrite);
    };
    let is_method = before.ends_with('.');
    let Some(arguments) = arguments_of(arguments) else { return Some(Opening::MayWrite) };
    let mut mode = None;
    for (index, argument) in arguments.iter().map(|argument| argument.trim()).enumerate() {
        let named = argument.split_once('=').filter(|(name, value)| {
            !name.trim().is_empty() && name.trim().chars().all(is_of_name) && !value.starts_with('=')
        });
        match named {
            _ if argument.starts_with('*') => return Some(Opening::MayWrite),
            Some((name, value)) if name.trim() == "mode" => mode = Some(value.trim()),
            Some(_) => {}
            None if index == 1 => mode = Some(argument),
            // A path is opened by its own method, with the mode alone.
            None if index == 0 && is_method && looks_like_mode(argument) => mode = Some(argument),
            None => {}
        }
    }
    match mode {
        None => Some(Opening::Reads),
        Some(mode) if looks_like_mode(mode) && !mode.contains(['a', 'w', 'x', '+']) => Some(Opening::Reads),
        Some(_) => Some(Opening::MayWrite),
    }
}

/// Whether `text` is a string such as `"rb"`.
fn looks_like_mode(text: &str) -> bool {
    let inside = text.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
    inside.is_some_and(|mode| !mode.is_empty() && mode.len() <= 4 && mode.chars().all(|c| "rwaxbtU+".contains(c)))
}

/// The arguments of a call, up to its closing parenthesis; `None` if there is none.
fn arguments_of(text: &str) -> Option<Vec<&str>> {
    let mut arguments = Vec::new();
    let (mut depth, mut start, mut quote) = (0_u32, 0, None);
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => {
                arguments.push(&text[start..at]);
                return Some(arguments);
            }
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, ',') if depth == 0 => {
                arguments.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// What `text` imports from the module `os` by name; `*` for all of it.
pub(super) fn imported_from_os(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("from") {
        let is_word = !text[..at].ends_with(|c: char| is_of_name(c) || c == '.');
        let words =
            text[at + "from".len()..].strip_prefix([' ', '\t']).map(|rest| rest.trim_start_matches([' ', '\t']));
        let words = words.and_then(|rest| rest.strip_prefix("os")?.strip_prefix([' ', '\t']));
        let rest = words.and_then(|rest| rest.trim_start_matches([' ', '\t']).strip_prefix("import"));
        let Some(rest) = rest.filter(|_| is_word).map(|rest| rest.trim_start_matches([' ', '\t'])) else { continue };
        let list = match rest.strip_prefix('(') {
            Some(rest) => rest.split(')').next().unwrap_or(rest),
            None => {
                let end = rest.match_indices('\n').find(|(at, _)| !rest[..*at].trim_end().ends_with('\\'));
                rest[..end.map_or(rest.len(), |(at, _)| at)].split(';').next().unwrap_or_default()
            }
        };
        let parts = list.lines().flat_map(|line| line.split('#').next().unwrap_or_default().split(','));
        let parts = parts.map(|part| part.trim_matches(|c: char| !is_of_name(c) && c != '*'));
        names.extend(parts.filter_map(|part| part.split([' ', '\t']).next()).filter(|name| !name.is_empty()));
    }
    names
}

/// Whether `text` gives the module `os` another name.
pub(super) fn renames_os(text: &str) -> bool {
    let lists = text.lines().filter_map(|line| line.trim().strip_prefix("import "));
    let mut names = lists.flat_map(|list| list.split([',', ';']));
    names.any(|name| name.split_whitespace().take(2).eq(["os", "as"]))
}

#[cfg(test)]
mod tests {
    use super::{Opening, imported_from_os, opening, renames_os};

    #[test]
    fn a_file_that_is_opened_to_be_read_is_not_written() {
        for text in [
            "open(name)",
            "open(name, 'r')",
            "open(join(a, 'b(1).txt'), \"rb\")",
            "open('a', encoding='utf-8')",
            "open('a', mode='rt')",
            "Image.open(path)",
            "io.open(path, newline='')",
        ] {
            assert_eq!(opening(text), Some(Opening::Reads), "{text}");
        }
        for text in [
            "open(name, 'w')",
            "open(name, mode)",
            "open(name, encoding='x', mode='a')",
            "open(name, **options)",
            "open(\n    name,\n    'x',\n)",
            "open(name, 'r+')",
            "path.open('w')",
            "safe_open(name)",
            "function = open",
            "partial(open, mode='w')",
            "from io import open as o",
            "open(name",
        ] {
            assert_eq!(opening(text), Some(Opening::MayWrite), "{text}");
        }
        for text in [
            "urlopen(address, data)",
            "# open the door",
            "is_open(x)",
            "webbrowser.open(a)",
            "def open(self):",
            "reopen()",
        ] {
            assert_eq!(opening(text), None, "{text}");
        }
    }

    #[test]
    fn os_may_have_another_name() {
        assert!(renames_os("import sys, os as o") && renames_os("  import os as system"));
        assert!(!renames_os("import os") && !renames_os("import os.path as path"));
    }

    #[test]
    fn names_are_imported_from_os() {
        for (text, names) in [
            ("from os import environ, getenv as g", vec!["environ", "getenv"]),
            ("from  os\timport (\n    path,  # paths\n    system,\n)", vec!["path", "system"]),
            ("from os import path, \\\n    popen\nimport sys", vec!["path", "popen"]),
            ("from os import *", vec!["*"]),
            ("from os.path import join", vec![]),
            ("from oslo import a", vec![]),
        ] {
            assert_eq!(imported_from_os(text), names, "{text}");
        }
    }
}
