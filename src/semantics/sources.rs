//! What COPY, ADD and mounts name as what they take.

use std::borrow::Cow;

use super::paths::{is_within, rooted};
use super::patterns::may_meet;
use super::values::Value;
use crate::known::SIGNS;

/// One thing that is brought.
#[derive(Debug)]
pub struct Source<'f> {
    pub value: Value<'f>,
    pub kind: SourceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A path where it is taken from.
    Path,
    /// An address, or a repository of git.
    Remote,
    /// Its text stands in the file.
    Heredoc,
}

/// How a path of what is copied from is taken. Of several ways, the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taken {
    No,
    /// With a folder above it.
    With,
    /// By its name, or that of something in it, or maybe by a pattern or a variable.
    ByName,
}

impl Source<'_> {
    /// The path from the root of what it is taken from, without `.`, `..` and slashes around; empty for all of it. Patterns, and variables that are not
    /// known, stand in it as written.
    #[must_use]
    pub fn path(&self) -> Cow<'_, str> {
        rooted(&self.value.text)
    }

    /// The last name of the path; empty for a folder that is poured out.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.value.text.rsplit('/').next().unwrap_or_default();
        if matches!(name, "." | "..") { "" } else { name }
    }

    /// Whether it may stand for several files.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.value.text.contains(['*', '?', '[', '\\'])
    }

    /// Whether ADD may unpack it, by its name.
    #[must_use]
    pub fn is_archive_by_name(&self) -> bool {
        let path = self.path().to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        const { SIGNS.expect("ending of an archive") }.ending(name).is_some()
            || name.contains(".tar.")
            || name.contains(".tgz")
    }

    /// How it takes `path`, as far as its own text tells.
    #[must_use]
    pub fn takes(&self, path: &str) -> Taken {
        if self.kind != SourceKind::Path {
            return Taken::No;
        }
        let source = self.path();
        let is_named = if source.contains('$') {
            // What a variable stands for may be several names.
            let start = &source[..source.find(['$', '*', '?', '[', '\\']).unwrap_or_default()];
            let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
            parents.chain([path]).any(|path| path.starts_with(start))
        } else if self.is_pattern() {
            may_meet(&source, path)
        } else {
            !source.is_empty() && is_within(&source, path)
        };
        match () {
            () if is_named => Taken::ByName,
            () if source.is_empty() || is_within(path, &source) => Taken::With,
            () => Taken::No,
        }
    }

    /// Whether it is one path, written out.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.kind == SourceKind::Path && self.value.known().is_some() && !self.is_pattern()
    }

    /// Whether it is all of what it is taken from, by its name.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_plain() && self.path().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use crate::semantics::{Build, Taken};
    use crate::syntax::Dockerfile;

    fn taken(source: &str, path: &str) -> Taken {
        let file = Dockerfile::parse(format!("FROM a\nCOPY {source} /x/\n"));
        let build = Build::of(&file);
        let copied = build.copies().next().unwrap();
        copied.takes(path)
    }

    #[test]
    fn a_path_is_taken_by_name_or_with_a_folder() {
        for (source, path, expected) in [
            (".", ".git", Taken::With),
            ("web", "web/a/b", Taken::With),
            ("web", "webs", Taken::No),
            ("web/a", "web", Taken::ByName),
            ("web/", "web", Taken::ByName),
            ("*.js", "a.js", Taken::ByName),
            ("*.js", "web/a.js", Taken::No),
            ("w*", "web/a/b", Taken::ByName),
            ("web/*/c", "web", Taken::ByName),
            ("$A", "b", Taken::ByName),
            ("a/$A.js", "b/c", Taken::No),
            ("https://a/b", "b", Taken::No),
        ] {
            assert_eq!(taken(source, path), expected, "{source} {path}");
        }
    }
}
