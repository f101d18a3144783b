//! One chain over thousands of repositories: each gets a patch, a branch or new text, the text of a pull request, and a row in the journal.
//!
//! Nothing of a repository is kept in memory once its row is written, and nothing in it is trusted.

mod body;
mod change;
mod compose;
mod hook;
mod inspect;
mod journal;
mod mail;
mod markdown;
mod place;
mod report;
mod repository;
mod row;
mod sources;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::examine::inquiry::Sources as Known;
use crate::examine::shard::Shard;
use crate::examine::{ChainChoice, Failure, Files, Images, Rewritten};
use crate::text::hash;
use crate::world::git::{self, GitError, Identity};
use crate::world::interrupt;
use crate::world::progress::Board;

use journal::{Journal, name_hash};
use repository::Done;
pub use row::Outcome;
use sources::Sources;

/// What becomes of a repository that is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Patches,
    Branch,
    InPlace,
}

/// Builds images before and after.
pub trait Prover: Send {
    /// What is left of the change of the Dockerfile at `path`, with its build context if that is not its folder, when only what keeps its promise is kept, and the bytes of the images before and after.
    ///
    /// # Errors
    /// Why nothing can be said; `None` if the process is to end.
    fn prove(&mut self, path: &Path, context: Option<&Path>, rewritten: Rewritten) -> Proven;
}

/// What is left of a change, and the bytes of the images before and after; or why nothing can be said.
pub type Proven = Result<(Rewritten, [u64; 2]), Option<String>>;

/// What a run is told.
pub struct Settings<'a> {
    /// Folders and URLs.
    pub repositories: Vec<String>,
    /// A file with more of them, one a line.
    pub list: Option<PathBuf>,
    pub out: PathBuf,
    /// Where what a URL stands for is kept.
    pub clones: PathBuf,
    pub output: Output,
    pub branch: String,
    pub resume: bool,
    pub allow_dirty: bool,
    pub shard: Option<Shard>,
    pub exec: Option<String>,
    /// Longest time for a repository.
    pub limit: Duration,
    pub jobs: usize,
    pub prover: Option<Mutex<Box<dyn Prover + 'a>>>,
    pub choice: &'a ChainChoice,
    pub images: &'a Images,
    pub files: &'a Files,
    /// All that decides what comes of a repository, in any form.
    pub told: String,
    /// Files for the report, by their suffixes `.html` and `.json`.
    pub reports: Vec<PathBuf>,
}

/// How often each outcome came.
pub type Counts = BTreeMap<Outcome, u64>;

/// A run, as all of its threads see it.
struct Run<'r, 's> {
    settings: &'r Settings<'s>,
    /// The folder of the output, absolute.
    out: PathBuf,
    /// A folder beside it for what is not whole yet. What a killed run has left there is thrown away.
    work: PathBuf,
    sources: Arc<Known>,
    made_by: String,
    identity: OnceLock<Result<Identity, String>>,
}

impl Run<'_, '_> {
    /// Who makes commits and patches.
    fn identity(&self) -> Result<Identity, GitError> {
        let ask = || git::identity().map_err(|error| error.to_string());
        self.identity.get_or_init(ask).clone().map_err(GitError::Unfit)
    }
}

/// Works on all repositories, and gives how often each outcome came. The rest of a run that is interrupted is for the next one.
///
/// # Errors
/// If the journal or a report cannot be written, or the process was asked to end.
pub fn run(settings: &Settings<'_>) -> Result<Counts, Failure> {
    interrupt::note()?;
    std::fs::create_dir_all(&settings.out).map_err(|error| format!("{}: {error}", settings.out.display()))?;
    let out = settings.out.canonicalize().map_err(|error| format!("{}: {error}", settings.out.display()))?;
    let path = out.join(journal_name(settings.shard));
    let journal = Journal::open(&path, settings.resume)?;
    let work = out.join(format!(".{}.work", journal_name(settings.shard)));
    clear(&work).and_then(|()| std::fs::create_dir(&work)).map_err(|error| format!("{}: {error}", work.display()))?;
    let known = Arc::new(Known::new()?);
    let told = hash([settings.told.as_bytes(), known.catalogue_date().to_string().as_bytes()]);
    let run = Run {
        settings,
        out,
        work,
        sources: known,
        made_by: format!("dockeropt {} {told:016x}", env!("CARGO_PKG_VERSION")),
        identity: OnceLock::new(),
    };
    let all = || Sources::new(&settings.repositories, settings.list.as_deref(), settings.shard);
    let board = Board::new(all()?.count(), settings.files.quiet);
    let line = Line { sources: all()?, names: Vec::new(), failure: None, counts: Counts::new() };
    let (journal, line) = (Mutex::new(journal), Mutex::new(line));
    std::thread::scope(|scope| {
        for _ in 0..settings.jobs.max(1) {
            scope.spawn(|| while one(&run, &line, &journal, &board) {});
        }
    });
    board.finish();
    let line = line.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(failure) = line.failure {
        return Err(failure);
    }
    if interrupt::is_wanted() {
        return Err("interrupted: --resume goes on where it stopped".to_owned());
    }
    journal.into_inner().unwrap_or_else(PoisonError::into_inner).finish(&line.names, &run.work)?;
    clear(&run.work).map_err(|error| format!("{}: {error}", run.work.display()))?;
    report::write(&[path], &settings.reports)?;
    Ok(line.counts)
}

/// Takes away a folder and what is in it.
fn clear(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes reports from the journals of earlier runs, such as those of all shards.
///
/// # Errors
/// If one cannot be read or written.
pub fn report(journals: &[PathBuf], reports: &[PathBuf]) -> Result<Counts, Failure> {
    report::write(journals, reports)
}

/// The repositories that wait, and what came of the others.
struct Line<'a> {
    sources: Sources<'a>,
    /// Hashes of the names of all that were taken, in their order.
    names: Vec<u64>,
    failure: Option<Failure>,
    counts: Counts,
}

/// Works on the next repository. Whether there may be more.
fn one(run: &Run<'_, '_>, line: &Mutex<Line<'_>>, journal: &Mutex<Journal>, board: &Board) -> bool {
    let source = {
        let mut line = locked(line);
        if line.failure.is_some() || interrupt::is_wanted() {
            return false;
        }
        let Some(source) = line.sources.next() else { return false };
        line.names.push(name_hash(&source.name));
        source
    };
    let earlier = locked(journal).row(&source.name);
    board.begin(&source.name);
    let note = |row: &row::Row| {
        if let Err(failure) = locked(journal).append(row) {
            locked(line).failure = Some(failure);
        }
    };
    let done = repository::work(&source, run, earlier, &note);
    let row = match done {
        Done::Interrupted => return false,
        Done::Known(row) => row,
        Done::Row(row) => {
            if let Err(failure) = locked(journal).append(&row) {
                locked(line).failure = Some(failure);
                return false;
            }
            row
        }
    };
    *locked(line).counts.entry(row.outcome).or_default() += 1;
    let because = row.because.as_deref().filter(|_| !row.outcome.is_done());
    board.end(&source.name, row.outcome.name(), because, run.settings.files.verbose);
    true
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Each shard has a journal of its own, so that they may share a folder.
fn journal_name(shard: Option<Shard>) -> String {
    match shard {
        Some(shard) => format!("journal-{}.jsonl", shard.to_string().replace('/', "-of-")),
        None => "journal.jsonl".to_owned(),
    }
}
