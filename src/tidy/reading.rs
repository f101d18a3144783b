//! How the files of the repository are read for what is said of them: without comments and tests.

use std::fs;
use std::path::{Path, PathBuf};

use super::ROOT;

/// A Rust file, with its path from the root of the repository.
pub(super) struct RustFile {
    pub path: String,
    pub text: String,
    /// Without comments and tests.
    pub lines: Vec<Line>,
}

pub(super) struct Line {
    /// From 1.
    pub number: usize,
    pub code: String,
}

impl RustFile {
    /// The folder below `src`, or `transforms`. Files directly in `src` belong to no room.
    pub fn room(&self) -> Option<&str> {
        match self.path.split('/').collect::<Vec<_>>().as_slice() {
            // This test is no part of the house.
            ["src", "tidy", ..] => None,
            ["src", room, _, ..] | [room @ "transforms", ..] => Some(room),
            _ => None,
        }
    }

    /// The transform that it is, or is a part of: what stands in the folder of a phase, but for the list of it.
    pub fn transform(&self) -> Option<&str> {
        match self.path.split('/').collect::<Vec<_>>().as_slice() {
            ["transforms", _, "mod.rs"] => None,
            ["transforms", _, file] => file.strip_suffix(".rs"),
            ["transforms", _, folder, ..] => Some(folder),
            _ => None,
        }
    }

    pub fn violations(&self, violations: impl Fn(&Line) -> Vec<String>) -> Vec<String> {
        let with_place =
            |line| violations(line).into_iter().map(|what| format!("{}:{}: {what}", self.path, line.number));
        self.lines.iter().flat_map(with_place).collect()
    }
}

/// Files that exist for tests alone, beside every `tests.rs`.
pub(super) const TEST_FILES: &[&str] =
    &["src/tidy/mod.rs", "src/tidy/lists.rs", "src/tidy/reading.rs", "transforms/matrix.rs", "transforms/pages.rs"];

pub(super) fn rust_files(folders: &[&str]) -> Vec<RustFile> {
    let paths = folders.iter().flat_map(|folder| files_below(folder, "rs"));
    paths
        .map(|path| {
            let text = read(&path);
            let is_test =
                path.starts_with("snapshots/") || path.ends_with("/tests.rs") || TEST_FILES.contains(&path.as_str());
            let lines = if is_test { Vec::new() } else { code_lines(&text) };
            RustFile { path, text, lines }
        })
        .collect()
}

/// The lines outside comments and outside items that are compiled for tests alone.
pub(super) fn code_lines(text: &str) -> Vec<Line> {
    let mut code = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if line.trim().starts_with("#[cfg(") && words(line, "test").next().is_some() {
            let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            let is_block = lines.next().is_some_and(|(_, line)| line.ends_with('{'));
            if is_block {
                lines.by_ref().take_while(|(_, line)| *line != end).for_each(drop);
            }
        } else if !line.trim_start().starts_with("//") {
            let line = line.split_once(" // ").map_or(line, |(code, _)| code);
            code.push(Line { number, code: line.to_owned() });
        }
    }
    code
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files with this suffix, sorted, as paths from the root of the repository with `/`. Hidden folders, `target` and `node_modules` are not searched.
pub(super) fn files_below(folder: &str, suffix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == suffix) {
                let below = path.strip_prefix(ROOT).expect("the walk starts at the root");
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

pub(super) fn kebab(stem: &str) -> String {
    stem.replace('_', "-")
}

pub(super) fn leading_word(text: &str) -> &str {
    &text[..text.find(|c: char| !is_word(c)).unwrap_or(text.len())]
}

pub(super) fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// Where `word` stands in `text` and is not part of a longer word.
pub(super) fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word))
}

/// Whether `code` has a path that starts with `name`.
pub(super) fn has_path(code: &str, name: &str) -> bool {
    words(code, name).any(|at| {
        code[at + name.len()..].starts_with("::") && (!code[..at].ends_with("::") || code[..at].ends_with("super::"))
    })
}
