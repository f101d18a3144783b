//! Runs the chain over files: find, read, rewrite, in parallel, with the results in the order of the paths.

use std::io::Read;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use rayon::prelude::*;

use super::Failure;
use super::arguments::{ChainChoice, Files};
use super::progress::Progress;
use super::selection::{Caution, Chains, Choice};
use crate::rewrite::{Chain, Facts, Outcome, Silent};
use crate::syntax::{Dockerfile, Problem};
use crate::world::files::{self, Fingerprint, Found, Selection, SourceFile};
use crate::world::git;

/// A file, and what came of it.
pub(super) struct Examined {
    /// As it is shown: relative to the current folder where it lies in it.
    pub path: PathBuf,
    /// Its text; empty if it could not be read.
    pub source: Vec<u8>,
    pub result: Examination,
}

pub(super) enum Examination {
    Rewritten(Box<Rewritten>),
    /// BuildKit would refuse it.
    Refused(Vec<Problem>),
    Skipped {
        because: String,
    },
    Failed {
        because: String,
    },
}

/// A file that was put through a chain; it may have stayed as it is.
pub(super) struct Rewritten {
    pub outcome: Outcome,
    pub chain: Chain,
    /// What the file was when it was read; standard input has none.
    pub fingerprint: Option<Fingerprint>,
}

/// Examines everything that the command line names.
///
/// # Errors
/// If a path does not exist, or a name or a configuration is wrong.
pub(super) fn files(files: &Files, choice: &ChainChoice) -> Result<Vec<Examined>, Failure> {
    let names_standard_input = files.paths.iter().any(|path| path == Path::new("-"));
    if names_standard_input && !files.is_standard_input() {
        return Err("`-`, standard input, stands alone: there are other paths beside it".to_owned());
    }
    if files.stdin_filename.is_some() && !names_standard_input {
        return Err("--stdin-filename is for standard input: give `-` as the path".to_owned());
    }
    if names_standard_input {
        return Ok(vec![standard_input(files, &Chains::new(choice, Caution::Editor)?)?]);
    }
    let chains = Chains::new(choice, Caution::Normal)?;
    let selection = Selection { exclude: GlobSet::empty(), force_exclude: files.force_exclude, ..Selection::default() };
    let mut found = files::find(&files.paths, &selection).map_err(|error| error.to_string())?;
    if files.changed {
        keep_changed(&mut found)?;
    }
    let progress = Progress::new(found.len(), "files");
    let work = || {
        found
            .par_iter()
            .map(|found| {
                let examined = examine(found, files, &chains);
                progress.advance();
                examined
            })
            .collect()
    };
    match files.jobs {
        None => Ok(work()),
        Some(jobs) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(|error| error.to_string())?;
            Ok(pool.install(work))
        }
    }
}

fn keep_changed(found: &mut Vec<Found>) -> Result<(), Failure> {
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    let changed = git::changed_files(&here).map_err(|error| error.to_string())?;
    let changed: std::collections::HashSet<_> = changed.iter().filter_map(|path| path.canonicalize().ok()).collect();
    found.retain(|found| found.path().canonicalize().is_ok_and(|path| changed.contains(&path)));
    Ok(())
}

fn examine(found: &Found, files: &Files, chains: &Chains<'_>) -> Examined {
    let path = shown(found.path());
    let file = match found {
        Found::Skipped { because, .. } => {
            return Examined {
                path,
                source: Vec::new(),
                result: Examination::Skipped { because: because.to_string() },
            };
        }
        Found::File(file) => file,
    };
    match files::read(file, files.max_file_size) {
        Ok(SourceFile { bytes, fingerprint }) => {
            let named = files.paths.iter().any(|path| shown(path) == shown(file)) && !files.force_exclude;
            let result = match chains.of(file) {
                Ok(Choice::Excluded(_)) if !named => excluded(),
                Ok(Choice::Run(chain) | Choice::Excluded(chain)) => rewritten(chain, &bytes, Some(fingerprint)),
                Err(because) => Examination::Failed { because },
            };
            Examined { path, source: bytes, result }
        }
        Err(error) => {
            let hint = if matches!(error.because, files::Because::TooLarge { .. }) {
                "; --max-file-size sets the limit"
            } else {
                ""
            };
            let because = format!("{}{hint}", error.because);
            Examined { path, source: Vec::new(), result: Examination::Failed { because } }
        }
    }
}

fn standard_input(files: &Files, chains: &Chains<'_>) -> Result<Examined, Failure> {
    let mut source = Vec::new();
    std::io::stdin().lock().read_to_end(&mut source).map_err(|error| format!("standard input: {error}"))?;
    let path = files.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("Dockerfile"));
    let is_template = path.file_name().is_some_and(|name| files::kind(name) == files::Kind::Template);
    let result = match chains.of(&path)? {
        _ if is_template => Examination::Skipped { because: "template".to_owned() },
        Choice::Excluded(_) => excluded(),
        Choice::Run(chain) => rewritten(chain, &source, None),
    };
    Ok(Examined { path, source, result })
}

fn excluded() -> Examination {
    Examination::Skipped { because: "excluded by the configuration".to_owned() }
}

fn rewritten(chain: Chain, source: &[u8], fingerprint: Option<Fingerprint>) -> Examination {
    let problems = Dockerfile::parse(source).problems().to_vec();
    if !problems.is_empty() {
        return Examination::Refused(problems);
    }
    match chain.settle(source, &mut Facts::default(), &mut Silent) {
        Ok(outcome) => Examination::Rewritten(Box::new(Rewritten { outcome, chain, fingerprint })),
        Err(diverged) => Examination::Failed { because: diverged.to_string() },
    }
}

/// `path` relative to the current folder where it lies in it, and without a leading `./`.
pub(super) fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
