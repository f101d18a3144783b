//! Comments that switch transforms off: ours, and those of hadolint, BuildKit, Checkov and Trivy.

use std::cell::Cell;
use std::collections::HashMap;

use memchr::{memchr, memchr_iter};

use super::scanners;
use super::transform::Transform;
use crate::syntax::{Dockerfile, ItemKind};
use crate::text::Edit;

/// Everything that comments of a file switch off.
#[derive(Debug, Default)]
pub(super) struct Suppressions {
    for_file: Vec<Suppression>,
    /// By the first line of the instruction below the comment.
    for_instruction: HashMap<usize, Vec<Suppression>>,
}

/// What one comment switches off.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Suppression {
    /// From 1.
    line: usize,
    names: Names,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Names {
    All,
    /// Transforms of ours, or rules of others.
    These(Vec<String>),
}

impl Suppressions {
    pub fn of(file: &Dockerfile) -> Self {
        let mut suppressions = Self::default();
        let mut above = Vec::new();
        // Lines are counted on from the last place at which the number was asked for.
        let counted = Cell::new((0, 1));
        for item in file.items() {
            let text = || file.slice(item.range);
            let line = || {
                let (from, line) = counted.get();
                let start = item.range.start();
                let line = line + memchr_iter(b'\n', &file.source()[from..start]).count();
                counted.set((start, line));
                line
            };
            match &item.kind {
                ItemKind::Directive(_) => suppressions.for_file.extend(check_directive(text(), line)),
                ItemKind::Comment => match comment(text(), line) {
                    Some((Reach::File, suppression)) => suppressions.for_file.push(suppression),
                    Some((Reach::Instruction, suppression)) => above.push(suppression),
                    None => {}
                },
                ItemKind::Instruction(instruction) if !above.is_empty() => {
                    suppressions.for_instruction.insert(instruction.first_line, std::mem::take(&mut above));
                }
                _ => {}
            }
        }
        suppressions
    }

    /// The line of the comment that switches `transform` off for one of the instructions that `edits` touch.
    pub fn line_that_stops(&self, transform: &Transform, edits: &[Edit], file: &Dockerfile) -> Option<usize> {
        if let Some(suppression) = self.for_file.iter().find(|suppression| suppression.names.include(transform)) {
            return Some(suppression.line);
        }
        if self.for_instruction.is_empty() {
            return None;
        }
        edits.iter().filter_map(|edit| self.line_that_stops_edit(transform, edit, file)).min()
    }

    /// The same for one edit. Comments stand in the order of their instructions, so that the least line is that of the first one.
    fn line_that_stops_edit(&self, transform: &Transform, edit: &Edit, file: &Dockerfile) -> Option<usize> {
        let touched = file.items_behind(edit.range.start());
        touched
            .iter()
            .take_while(|item| item.range.start() <= edit.range.end())
            .filter_map(|item| self.for_instruction.get(&item.instruction()?.first_line))
            .flatten()
            .find(|suppression| suppression.names.include(transform))
            .map(|suppression| suppression.line)
    }
}

impl Names {
    fn include(&self, transform: &Transform) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.iter().any(|name| {
                name.eq_ignore_ascii_case(transform.id)
                    || transform.rules.iter().any(|rule| rule.eq_ignore_ascii_case(name))
            }),
        }
    }
}

enum Reach {
    File,
    Instruction,
}

/// What the comment line `text` switches off; its number is counted only if it does.
fn comment(text: &[u8], line: impl Fn() -> usize) -> Option<(Reach, Suppression)> {
    // Nearly all comments are for people.
    let first = text[memchr(b'#', text)? + 1..].trim_ascii_start().first();
    if first.is_none_or(|byte| byte.is_ascii() && !b"bcCdhknt".contains(byte)) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?.trim().strip_prefix('#')?.trim();
    if let Some(ours) = text.strip_prefix("dockeropt") {
        let ours = ours.trim_start_matches(':').trim_start();
        let (reach, rest) = match ours.strip_prefix("ignore-file") {
            Some(rest) => (Reach::File, rest),
            None => (Reach::Instruction, ours.strip_prefix("ignore")?),
        };
        let names = match rest.trim_start().strip_prefix('=') {
            Some(names) => Names::These(list(names.split_whitespace().next().unwrap_or_default())),
            None if rest.is_empty() || rest.starts_with(char::is_whitespace) => Names::All,
            None => return None,
        };
        return Some((reach, Suppression { line: line(), names }));
    }
    if let Some(hadolint) = text.strip_prefix("hadolint") {
        let hadolint = hadolint.trim_start();
        let (reach, rest) = match hadolint.strip_prefix("global") {
            Some(rest) => (Reach::File, rest.trim_start()),
            None => (Reach::Instruction, hadolint),
        };
        let names = rest.strip_prefix("ignore")?.trim_start().strip_prefix('=')?;
        return Some((reach, Suppression { line: line(), names: Names::These(list(names)) }));
    }
    if let Some(names) = scanners::skipped(text) {
        return Some((Reach::File, Suppression { line: line(), names: Names::These(names) }));
    }
    let names = skipped_checks(text)?;
    Some((Reach::Instruction, Suppression { line: line(), names }))
}

fn check_directive(text: &[u8], line: impl Fn() -> usize) -> Option<Suppression> {
    let text = std::str::from_utf8(text).ok()?.trim().strip_prefix('#')?.trim();
    let names = skipped_checks(text)?;
    Some(Suppression { line: line(), names })
}

/// The rules that `check=skip=A,B;error=true` names.
fn skipped_checks(text: &str) -> Option<Names> {
    const KEY: &str = "check";
    let (key, rest) = text.split_at_checked(KEY.len())?;
    let options = rest.trim_start().strip_prefix('=').filter(|_| key.eq_ignore_ascii_case(KEY))?;
    let skip = options.split(';').find_map(|option| {
        let (key, names) = option.split_once('=')?;
        key.trim().eq_ignore_ascii_case("skip").then_some(names)
    })?;
    // Behind the first blank of a name stands what people are told: `skip=MaintainerDeprecated // old tools read it`.
    let names: Vec<_> =
        list(skip).iter().filter_map(|name| name.split_whitespace().next().map(str::to_owned)).collect();
    let is_all = names.iter().any(|name| name.eq_ignore_ascii_case("all"));
    Some(if is_all { Names::All } else { Names::These(names) })
}

fn list(names: &str) -> Vec<String> {
    names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Names> {
        comment(text.as_bytes(), || 1).map(|(_, suppression)| suppression.names)
    }

    #[test]
    fn comments_of_three_tools_are_read() {
        let these = |names: &[&str]| Some(Names::These(names.iter().map(|&name| name.to_owned()).collect()));
        assert_eq!(
            names("# dockeropt: ignore=merge-runs,pip-no-cache they are cached apart\n"),
            these(&["merge-runs", "pip-no-cache"])
        );
        assert_eq!(names("# dockeropt: ignore"), Some(Names::All));
        assert_eq!(names("# hadolint ignore=DL3009, SC2086"), these(&["DL3009", "SC2086"]));
        assert_eq!(
            names("# check=skip=MaintainerDeprecated,Other;error=true"),
            these(&["MaintainerDeprecated", "Other"])
        );
        assert_eq!(names("# check=skip=DL3002, Other // see #12"), these(&["DL3002", "Other"]));
        assert_eq!(names("# check=skip=all // generated"), Some(Names::All));
        assert_eq!(names("# dockeropt is a tool"), None);
        assert_eq!(names("# ignore=x"), None);
    }
}
