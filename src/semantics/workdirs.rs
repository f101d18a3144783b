//! Where the instructions of each stage work.

use std::sync::Arc;

use super::paths::joined;
use super::scope::Scopes;
use super::stages::{Base, Stage};
use crate::syntax::{Arguments, EscapeToken, Keyword};

/// The working directories of every stage.
#[derive(Debug)]
pub(super) struct Workdirs {
    stages: Vec<Works>,
}

/// The working directories of one stage.
#[derive(Debug)]
struct Works {
    /// That of the stage it is based on; `None` if only the base image says.
    first: Option<Arc<str>>,
    /// Where each WORKDIR starts, and where the work goes on behind it.
    changes: Vec<(usize, Arc<str>)>,
}

/// Longest path that Linux knows, in bytes (`PATH_MAX`).
const PATH_BYTES_MAX: usize = 4_096;

impl Workdirs {
    pub fn of(stages: &[Stage<'_>], scopes: &Scopes<'_>, escape: EscapeToken) -> Self {
        let mut all: Vec<Works> = Vec::with_capacity(stages.len());
        for (index, stage) in stages.iter().enumerate() {
            let first = match stage.base {
                Base::Stage(base) => all[base].last().cloned(),
                _ => None,
            };
            let mut works = Works { first, changes: Vec::new() };
            for (position, instruction) in stage.instructions.iter().enumerate() {
                let (Keyword::Workdir, Arguments::Text(word)) = (instruction.keyword(), instruction.arguments()) else {
                    continue;
                };
                let value = scopes.value(escape, (index, position), &word.text);
                let directory = below(works.last().map(|last| &**last), &value.text);
                // A build ends at a folder that cannot be: what it would be is of no use to anyone, and would grow with every relative one.
                if directory.len() <= PATH_BYTES_MAX {
                    works.changes.push((instruction.range.start(), directory.into()));
                }
            }
            all.push(works);
        }
        Self { stages: all }
    }

    /// Where what starts at `start` of the file works, in stage `stage`.
    pub fn at(&self, stage: usize, start: usize) -> Option<&Arc<str>> {
        let works = &self.stages[stage];
        let before = works.changes.partition_point(|(change, _)| *change < start);
        before.checked_sub(1).map(|last| &works.changes[last].1).or(works.first.as_ref())
    }
}

impl Works {
    fn last(&self) -> Option<&Arc<str>> {
        self.changes.last().map(|(_, directory)| directory).or(self.first.as_ref())
    }
}

/// `directory` seen from `current`, without `.` and `..` where its start is known.
fn below(current: Option<&str>, directory: &str) -> String {
    match current {
        _ if directory.starts_with('/') => joined("/", directory),
        Some(current) if current.starts_with('/') => joined(current, directory),
        Some(current) => format!("{}/{directory}", current.trim_end_matches('/')),
        None => directory.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::semantics::Build;
    use crate::syntax::Dockerfile;

    fn directory(text: &str) -> Option<String> {
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        build.directory_of(build.stages.len() - 1).map(str::to_owned)
    }

    #[test]
    fn directories_add_up_through_stages() {
        assert_eq!(directory("FROM a\n"), None);
        assert_eq!(directory("FROM a\nWORKDIR /a/\nWORKDIR b/../c\n").as_deref(), Some("/a/c"));
        assert_eq!(directory("FROM a AS b\nWORKDIR \"/a b\"\nFROM b\nWORKDIR c\n").as_deref(), Some("/a b/c"));
        assert_eq!(directory("FROM a\nENV A=/x\nWORKDIR $A\nWORKDIR y\n").as_deref(), Some("/x/y"));
    }

    #[test]
    fn what_only_the_image_says_stays_open() {
        assert_eq!(directory("FROM golang\nWORKDIR src/app\n").as_deref(), Some("src/app"));
        assert_eq!(directory("FROM a\nWORKDIR $HOME\nWORKDIR b\n").as_deref(), Some("$HOME/b"));
    }
}
