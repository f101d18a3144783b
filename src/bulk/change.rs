//! What the Dockerfiles of a repository become, with the files beside them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::examine::findings::{slashed, troubles};
use crate::examine::patch::diff_path;
use crate::examine::{self, Examination, Examined, Rewritten};
use crate::text::diff::{unified, unified_new_file};
use crate::world::git::{Checkout, Committed, GitError};

/// A Dockerfile of the repository.
pub(super) struct File {
    pub examined: Examined,
    /// From the root of the repository.
    pub relative: PathBuf,
    /// The same for people, with `/`.
    pub shown: String,
}

impl File {
    pub fn is_changed(&self) -> bool {
        self.rewritten().is_some_and(|rewritten| rewritten.outcome.is_changed())
    }

    /// What went wrong with it, if anything did. Its name stands in backticks, so that the same reason is seen to be the same in many files.
    pub fn failure(&self) -> Option<String> {
        let trouble = troubles(&self.examined).into_iter().next()?;
        let line = trouble.line.map(|line| format!(":{line}")).unwrap_or_default();
        Some(format!("`{}{line}`: {}", self.shown, trouble.message))
    }

    pub fn rewritten(&self) -> Option<&Rewritten> {
        match &self.examined.result {
            Examination::Rewritten(rewritten) => Some(rewritten),
            _ => None,
        }
    }
}

/// A file that becomes another: its path from the root, its text before and after.
pub(super) type Text<'f> = (PathBuf, Option<&'f [u8]>, &'f [u8]);

/// The texts that the change of a Dockerfile is about: its own, and those beside it.
pub(super) fn texts<'f>(file: &'f File, rewritten: &'f Rewritten) -> Vec<Text<'f>> {
    let outcome = &rewritten.outcome;
    let mut texts: Vec<Text<'f>> = Vec::new();
    if outcome.before != outcome.after {
        texts.push((file.relative.clone(), Some(&outcome.before), &outcome.after));
    }
    for companion in outcome.companions() {
        let path = examine::companion_path(&file.relative, companion);
        texts.push((path, companion.before.as_deref(), &companion.after));
    }
    texts
}

pub(super) fn all_texts<'f>(files: &'f [File], locks: &'f [LockText]) -> Vec<Text<'f>> {
    let mut seen = BTreeSet::new();
    let all = files.iter().filter_map(|file| Some((file, file.rewritten()?)));
    let texts = all.flat_map(|(file, rewritten)| texts(file, rewritten));
    let locks = locks.iter().map(|(path, before, after)| (path.clone(), before.as_deref(), after.as_slice()));
    texts.chain(locks).filter(|(path, ..)| seen.insert(path.clone())).collect()
}

pub(super) fn diff(files: &[File], locks: &[LockText]) -> Vec<u8> {
    let text = |(path, before, after): Text<'_>| {
        let path = diff_path(&path);
        before.map_or_else(|| unified_new_file(&path, after), |before| unified(&path, before, after))
    };
    all_texts(files, locks).into_iter().flat_map(text).collect()
}

/// A lock file: its path from the root, its text before and after.
pub(super) type LockText = (PathBuf, Option<Vec<u8>>, Vec<u8>);

/// A patch or a commit stands on what was committed, so that has to be what was read, byte by byte; other files are passed over.
pub(super) fn committed(mut files: Vec<File>, checkout: &Checkout) -> Result<Vec<File>, GitError> {
    let texts_of = |file: &File| file.rewritten().map_or(0, |rewritten| texts(file, rewritten).len());
    let all = files.iter().filter_map(|file| Some(texts(file, file.rewritten()?))).flatten();
    let paths: Vec<Vec<u8>> = all.map(|(path, ..)| diff_path(&path)).collect();
    if paths.is_empty() {
        return Ok(files);
    }
    let mut now = checkout.committed(&paths.iter().map(Vec::as_slice).collect::<Vec<_>>())?.into_iter();
    for file in &mut files {
        let now: Vec<Committed> = now.by_ref().take(texts_of(file)).collect();
        if let Some(because) = difference(file, &now) {
            file.examined.result = Examination::Skipped { because };
        }
    }
    Ok(files)
}

/// Why the file cannot stand on what was committed.
fn difference(file: &File, now: &[Committed]) -> Option<String> {
    let texts = texts(file, file.rewritten()?);
    let is_same = |before: Option<&[u8]>, now: &Committed| match (before, now) {
        (None, Committed::Nothing) => true,
        (Some(before), Committed::File(text)) => before == text,
        _ => false,
    };
    let ((path, ..), now) = texts.iter().zip(now).find(|((_, before, _), now)| !is_same(*before, now))?;
    let path = slashed(path);
    Some(match now {
        Committed::Nothing => format!("`{path}` was never committed"),
        _ => format!("`{path}` is not byte by byte what was committed; a filter or `core.autocrlf` may change it"),
    })
}
