//! One chain over thousands of repositories: each gets a patch, a branch or new text, the text of a pull request, and a row in the journal.
//!
//! Nothing of a repository is kept in memory once its row is written, and nothing in it is trusted.

mod body;
mod change;
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
use crate::world::progress::{Board, Voice};

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
    /// What is left of the change of the Dockerfile at `path`, when only what keeps its promise is kept, and the bytes of the images before and after.
    ///
    /// # Errors
    /// Why nothing can be said; `None` if the process is to end.
    fn prove(&mut self, path: &Path, rewritten: Rewritten) -> Proven;
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
    pub voice: Voice,
    /// All that decides what comes of a repository, in any form.
    pub told: String,
    /// Files for the report, by their suffixes `.html` and `.json`.
    pub reports: Vec<PathBuf>,
}

/// How often each outcome came.
pub type Counts = BTreeMap<Outcome, u64>;

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub outcomes: Counts,
    /// Dockerfiles that BuildKit would refuse, or with which something went wrong.
    pub files_failed: u64,
    /// How many repositories there are in all shards together.
    pub of_all_shards: u64,
}

impl Totals {
    fn add(&mut self, row: &row::Row) {
        *self.outcomes.entry(row.outcome).or_default() += 1;
        self.files_failed += row.files_failed;
    }
}

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

/// Works on all repositories, and gives what came of them. The rest of a run that is interrupted is for the next one.
///
/// # Errors
/// If there is no repository, the journal or a report cannot be written, or the process was asked to end.
pub fn run(settings: &Settings<'_>) -> Result<Totals, Failure> {
    interrupt::note()?;
    let own = [settings.out.as_path(), settings.clones.as_path()];
    let all = || {
        let sources = Sources::new(&settings.repositories, settings.list.as_deref(), settings.shard);
        sources.map(|sources| sources.without(&own))
    };
    let mut counted = all()?;
    let total = counted.by_ref().count();
    if counted.found() == 0 {
        return Err("--repos-from: the list names no repository".to_owned());
    }
    let totals = Totals { of_all_shards: counted.found(), ..Totals::default() };
    std::fs::create_dir_all(&settings.out).map_err(|error| format!("{}: {error}", settings.out.display()))?;
    let out = settings.out.canonicalize().map_err(|error| format!("{}: {error}", settings.out.display()))?;
    let path = out.join(journal_name(settings.shard));
    let work = out.join(format!(".{}.work", journal_name(settings.shard)));
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
    // What is the same for all repositories is said once, and before the work.
    if settings.output != Output::InPlace {
        run.identity().map_err(|error| error.to_string())?;
    }
    if settings.output == Output::Branch {
        git::check_branch(&settings.branch).map_err(|error| format!("--branch: {error}"))?;
    }
    let journal = Journal::open(&path, settings.resume)?;
    let fail = |error: std::io::Error| format!("{}: {error}", run.work.display());
    clear(&run.work).and_then(|()| std::fs::create_dir(&run.work)).map_err(fail)?;
    let board = Board::new(total, settings.voice);
    let line = Line { sources: all()?, names: Vec::new(), failure: None, totals };
    let (journal, line) = (Mutex::new(journal), Mutex::new(line));
    board.during(|| {
        std::thread::scope(|scope| {
            for _ in 0..settings.jobs.max(1) {
                scope.spawn(|| while one(&run, &line, &journal, &board) {});
            }
        });
    });
    let line = line.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(failure) = line.failure {
        return Err(failure);
    }
    if interrupt::is_wanted() {
        return Err("interrupted: --resume goes on where it stopped".to_owned());
    }
    journal.into_inner().unwrap_or_else(PoisonError::into_inner).finish(&line.names, &run.work)?;
    clear(&run.work).map_err(fail)?;
    report::write(&[path], &settings.reports)?;
    Ok(line.totals)
}

/// Takes away a folder and what is in it.
fn clear(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Checks that reports can be told apart by their names.
///
/// # Errors
/// If one cannot.
pub fn check_reports(reports: &[PathBuf]) -> Result<(), Failure> {
    reports.iter().try_for_each(|path| report::Form::of(path).map(drop))
}

/// Writes reports from the journals of earlier runs, such as those of all shards.
///
/// # Errors
/// If one cannot be read or written.
pub fn report(journals: &[PathBuf], reports: &[PathBuf]) -> Result<Totals, Failure> {
    report::write(journals, reports)
}

/// The repositories that wait, and what came of the others.
struct Line<'a> {
    sources: Sources<'a>,
    /// Hashes of the names of all that were taken, in their order.
    names: Vec<u64>,
    failure: Option<Failure>,
    totals: Totals,
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
    locked(line).totals.add(&row);
    board.end(&source.name, row.outcome.name(), row.because.as_deref());
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
