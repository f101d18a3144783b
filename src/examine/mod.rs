//! Runs the chain over files: find, read, rewrite, in parallel, with the results in the order of the paths.

pub mod about;
pub mod around;
pub mod findings;
pub mod inquiry;
mod locks;
mod options;
pub mod patch;
pub mod selection;
pub mod shard;

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;
use rayon::prelude::*;

use crate::rewrite::{Chain, Companion, Facts, Outcome, Settling};
use crate::syntax::{Problem, other_frontend};
use crate::world::files::{self, FileChange, FileError, Fingerprint, Found, Selection, SourceFile};
use crate::world::git;
use crate::world::progress::Progress;
use around::ContextTaken;
use findings::Trouble;
use inquiry::{Asked, Inquiry};
pub use options::{ChainChoice, Files, Images};
use selection::{Caution, Chains, Choice};

/// What ends a run with an error: a sentence for the user.
pub type Failure = String;

/// A file, and what came of it.
pub struct Examined {
    /// As it is shown: relative to the current folder where it lies in it.
    pub path: PathBuf,
    /// Its text; empty if it could not be read.
    pub source: Arc<[u8]>,
    pub result: Examination,
}

pub enum Examination {
    Rewritten(Box<Rewritten>),
    /// BuildKit would refuse it.
    Refused(Vec<Problem>),
    Skipped {
        because: String,
    },
    Failed {
        because: String,
    },
    /// Registries did not answer what was asked of them; each line with the reason.
    Unresolved(Vec<Trouble>),
}

impl Examined {
    /// The text after all changes, if there is one.
    #[must_use]
    pub fn after(&self) -> Option<&[u8]> {
        match &self.result {
            Examination::Rewritten(rewritten) => Some(&rewritten.outcome.after),
            Examination::Skipped { .. } => Some(&self.source),
            Examination::Refused(_) | Examination::Failed { .. } | Examination::Unresolved(_) => None,
        }
    }
}

impl Examination {
    /// Whether there is no text to show for it.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Failed { .. } | Self::Unresolved(_))
    }
}

/// A file that was put through a chain; it may have stayed as it is.
pub struct Rewritten {
    pub outcome: Outcome,
    pub chain: Chain,
    /// What the chain knew of the world.
    pub facts: Facts,
    /// What the file was when it was read; standard input has none.
    pub fingerprint: Option<Fingerprint>,
    /// Its build context, where that is not its folder.
    pub context: Option<ContextTaken>,
}

/// Examines everything that the command line names. What its chains want to know of the world is asked of `inquiry`, for all files together.
///
/// # Errors
/// If a path does not exist, or a name or a configuration is wrong.
pub fn files(files: &Files, choice: &ChainChoice, inquiry: &mut Inquiry<'_>) -> Result<Vec<Examined>, Failure> {
    let names_standard_input = files.paths.iter().any(|path| path == Path::new("-"));
    if names_standard_input && !files.is_standard_input() {
        return Err("`-`, standard input, stands alone: there are other paths beside it".to_owned());
    }
    if files.stdin_filename.is_some() && !names_standard_input {
        return Err("--stdin-filename is for standard input: give `-` as the path".to_owned());
    }
    let caution = if names_standard_input { Caution::Editor } else { Caution::Normal };
    let chains = Chains::new(choice, inquiry.renews(), caution)?;
    inquiry.begin(chains.asks_registries(), names_standard_input);
    let started = if names_standard_input {
        vec![standard_input(files, &chains, inquiry)?]
    } else {
        let selection =
            Selection { exclude: GlobSet::empty(), force_exclude: files.force_exclude, ..Selection::default() };
        let mut found = files::find(&files.paths, &selection).map_err(|error| error.to_string())?;
        if files.changed {
            keep_changed(&mut found)?;
        }
        let named: HashSet<_> = files.paths.iter().map(|path| shown(path)).collect();
        let progress = if files.quiet { Progress::hidden(found.len()) } else { Progress::new(found.len(), "files") };
        let work = || {
            found.par_iter().map(|found| {
                let started = start(found, files, &named, &chains, inquiry);
                progress.advance();
                started
            })
        };
        in_parallel(files.jobs, || work().collect())?
    };
    finish(started, files.jobs, inquiry)
}

/// Examines a text as the file at `path`, whatever that file holds on disk.
///
/// # Errors
/// If its configuration cannot be used, or what the chain asks has a damaged file in its way.
pub fn text(path: &Path, source: &[u8], chains: &Chains<'_>, inquiry: &Inquiry<'_>) -> Result<Examined, Failure> {
    let started = start_text(path.to_owned(), source, chains, inquiry)?;
    let examined = finish(vec![started], None, inquiry)?.into_iter().next();
    examined.ok_or_else(|| format!("{}: nothing came of it", path.display()))
}

/// Examines the Dockerfiles `found` in a repository that nobody vouches for. `root` is absolute; no configuration above it counts, and none opens a way to a
/// host. Works in the caller's threads.
///
/// # Errors
/// If a lock file, or the user's configuration of registries, is damaged.
pub fn repository(
    root: &Path,
    found: &[Found],
    files: &Files,
    choice: &ChainChoice,
    inquiry: &Inquiry<'_>,
) -> Result<Vec<Examined>, Failure> {
    let chains = Chains::new(choice, inquiry.renews(), Caution::Normal)?.within(root);
    let named = HashSet::new();
    let started = found.par_iter().map(|found| start(found, files, &named, &chains, inquiry)).collect();
    finish(started, None, inquiry)
}

/// Says what is wrong with a choice of transforms, and with the configuration that it names.
///
/// # Errors
/// If a transform does not exist, or the configuration cannot be used.
pub fn check_choice(choice: &ChainChoice) -> Result<(), Failure> {
    let chains = Chains::new(choice, false, Caution::Normal)?;
    if choice.config.is_some() { chains.of(Path::new("Dockerfile")).map(drop) } else { Ok(()) }
}

/// Does `work` with at most `jobs` threads.
///
/// # Errors
/// If so many threads cannot be had.
pub fn in_parallel<T: Send>(jobs: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let Some(jobs) = jobs else { return Ok(work()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(|error| error.to_string())?;
    Ok(pool.install(work))
}

/// A file on the way: what came of it, or a chain that may still want to know something.
enum Started {
    Examined(Examined),
    Running(Box<Running>),
}

struct Running {
    path: PathBuf,
    source: Arc<[u8]>,
    fingerprint: Option<Fingerprint>,
    settling: Settling,
}

impl Running {
    fn examined(self, inquiry: &Inquiry<'_>) -> Examined {
        let Self { path, source, fingerprint, settling } = self;
        let chain = settling.chain.clone();
        let (outcome, facts) = settling.end();
        let result = match outcome {
            Err(diverged) => Examination::Failed { because: diverged.to_string() },
            Ok(outcome) if !outcome.problems.is_empty() => Examination::Refused(outcome.problems),
            Ok(outcome) => {
                let unresolved = inquiry.unresolved(&outcome, &facts);
                if unresolved.is_empty() {
                    let context = inquiry.context_taken(&path);
                    Examination::Rewritten(Box::new(Rewritten { outcome, chain, facts, fingerprint, context }))
                } else {
                    Examination::Unresolved(unresolved)
                }
            }
        };
        Examined { path, source, result }
    }
}

/// Asks what all chains still want to know, and lets those go on that asked, until none asks anything more.
fn finish(mut started: Vec<Started>, jobs: Option<usize>, inquiry: &Inquiry<'_>) -> Result<Vec<Examined>, Failure> {
    loop {
        let running = started.iter_mut().filter_map(|file| match file {
            Started::Running(running) => Some(&mut **running),
            Started::Examined(_) => None,
        });
        let mut paused: Vec<_> = running.filter(|running| !running.settling.open().is_empty()).collect();
        if paused.is_empty() {
            break;
        }
        let asked: Vec<_> =
            paused.iter().map(|running| Asked { path: &running.path, questions: running.settling.open() }).collect();
        let answers = inquiry.answer(&asked)?;
        in_parallel(jobs, || {
            paused.par_iter_mut().zip(answers).for_each(|(Running { path, source, settling, .. }, answers)| {
                settling.resume(answers, &mut inquiry.oracle(path, source));
            });
        })?;
    }
    let examined = started.into_iter().map(|file| match file {
        Started::Examined(examined) => examined,
        Started::Running(running) => running.examined(inquiry),
    });
    Ok(examined.collect())
}

fn keep_changed(found: &mut Vec<Found>) -> Result<(), Failure> {
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    let changed = git::changed_files(&here).map_err(|error| error.to_string())?;
    let changed: HashSet<_> = changed.iter().filter_map(|path| path.canonicalize().ok()).collect();
    found.retain(|found| found.path().canonicalize().is_ok_and(|path| changed.contains(&path)));
    Ok(())
}

fn start(
    found: &Found,
    files: &Files,
    named: &HashSet<PathBuf>,
    chains: &Chains<'_>,
    inquiry: &Inquiry<'_>,
) -> Started {
    let path = shown(found.path());
    let without_source = |result| Started::Examined(Examined { path: path.clone(), source: Arc::default(), result });
    let file = match found {
        Found::Skipped { because, .. } => {
            return without_source(Examination::Skipped { because: because.to_string() });
        }
        Found::File(file) => file,
    };
    match files::read(file, files.max_file_size) {
        Ok(SourceFile { bytes, fingerprint }) => {
            let named = named.contains(&path) && !files.force_exclude;
            let result = match chains.of(file) {
                Ok(Choice::Excluded(_)) if !named => excluded(),
                Ok(Choice::Run(chain) | Choice::Excluded(chain)) => {
                    return run(path, &bytes, Some(fingerprint), chain, inquiry);
                }
                Err(because) => Examination::Failed { because },
            };
            Started::Examined(Examined { path, source: bytes.into(), result })
        }
        Err(error) => {
            let hint = if matches!(error.because, files::Because::TooLarge { .. }) {
                "; --max-file-size sets the limit"
            } else {
                ""
            };
            without_source(Examination::Failed { because: format!("{}{hint}", error.because) })
        }
    }
}

fn standard_input(files: &Files, chains: &Chains<'_>, inquiry: &Inquiry<'_>) -> Result<Started, Failure> {
    let mut source = Vec::new();
    std::io::stdin().lock().read_to_end(&mut source).map_err(|error| format!("standard input: {error}"))?;
    let path = files.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("Dockerfile"));
    start_text(path, &source, chains, inquiry)
}

/// A text that is read from no file.
fn start_text(path: PathBuf, source: &[u8], chains: &Chains<'_>, inquiry: &Inquiry<'_>) -> Result<Started, Failure> {
    let is_template = path.file_name().is_some_and(|name| files::kind(name) == files::Kind::Template);
    let result = match chains.of(&path)? {
        _ if is_template => Examination::Skipped { because: "template".to_owned() },
        Choice::Excluded(_) => excluded(),
        Choice::Run(chain) => return Ok(run(path, source, None, chain, inquiry)),
    };
    Ok(Started::Examined(Examined { path, source: source.into(), result }))
}

fn excluded() -> Examination {
    Examination::Skipped { because: "excluded by the configuration".to_owned() }
}

/// Runs the chain until all that it wants to know of the build context is known.
fn run(path: PathBuf, source: &[u8], fingerprint: Option<Fingerprint>, chain: Chain, inquiry: &Inquiry<'_>) -> Started {
    if let Some(frontend) = other_frontend(source) {
        let because = format!("`{frontend}`, which `# syntax=` names, reads it in its own way");
        return Started::Examined(Examined { path, source: source.into(), result: Examination::Skipped { because } });
    }
    let facts = inquiry.facts(&chain);
    let settling = Settling::start(chain, source, facts, &mut inquiry.oracle(&path, source));
    let source = settling.source();
    Started::Running(Box::new(Running { path, source, fingerprint, settling }))
}

/// Writes the Dockerfile and the files that belong to the change, all or none.
///
/// # Errors
/// The first file that cannot be written.
pub fn write(path: &Path, fingerprint: &Fingerprint, outcome: &Outcome) -> Result<(), FileError> {
    files::write_all(&file_changes(path, fingerprint, outcome))
}

/// The files that are written with the change of the Dockerfile at `path`, and that itself behind them.
pub fn file_changes<'o>(path: &Path, fingerprint: &'o Fingerprint, outcome: &'o Outcome) -> Vec<FileChange<'o>> {
    let beside = outcome.companions().into_iter().map(|companion| FileChange {
        path: companion_path(path, companion),
        seen: None,
        before: companion.before.as_deref(),
        after: &companion.after,
    });
    let (before, after) = (Some(&*outcome.before), &*outcome.after);
    let own = FileChange { path: path.to_owned(), seen: Some(fingerprint), before, after };
    beside.chain((outcome.before != outcome.after).then_some(own)).collect()
}

/// Where a file stands that belongs to the change of the Dockerfile at `path`.
pub fn companion_path(path: &Path, companion: &Companion) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).join(&companion.path)
}

/// `path` relative to the current folder where it lies in it, and without a leading `./`.
pub fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
