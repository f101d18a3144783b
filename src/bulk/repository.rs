//! One repository: looked at, rewritten, and what came of it written down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::{Instant, UNIX_EPOCH};

use super::body::{self, TITLE};
use super::change::{File, LockText, all_texts, committed, diff, texts};
use super::inspect::{inspect, reason_to_leave};
use super::row::{Declined, Outcome, Row, SENTENCES_MAX};
use super::sources::{Place, Source};
use super::{Output, Run, hook, mail, place};
use crate::examine::findings::{Kind, changes, findings, slashed, troubles};
use crate::examine::inquiry::Inquiry;
use crate::examine::patch::diff_path;
use crate::examine::{self, Examination, Examined};
use crate::surroundings::Spot;
use crate::text::diff::lines_changed;
use crate::text::hash;
use crate::world::context::Around;
use crate::world::files::{self, FileChange, Found, Selection};
use crate::world::git::{self, Change, Checkout, GitError};

/// Most bytes of Dockerfiles that are held at a time.
const BYTES_MAX: u64 = 64 << 20;

/// Why a repository comes to nothing.
pub(super) struct Stop {
    outcome: Outcome,
    because: String,
    is_interrupt: bool,
}

impl Stop {
    fn refused(because: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, because: because.into(), is_interrupt: false }
    }

    fn failed(because: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, because: because.into(), is_interrupt: false }
    }
}

impl From<GitError> for Stop {
    fn from(error: GitError) -> Self {
        let outcome = if matches!(error, GitError::Unfit(_)) { Outcome::Refused } else { Outcome::Failed };
        Self { outcome, because: error.to_string(), is_interrupt: error.is_interrupt() }
    }
}

/// What came of a repository, unless that is known already or the process is to end.
pub(super) enum Done {
    Known(Row),
    Row(Row),
    Interrupted,
}

/// Works on one repository. `note` writes a row before files of the repository are written.
pub(super) fn work(source: &Source, run: &Run<'_, '_>, earlier: Option<Row>, note: &dyn Fn(&Row)) -> Done {
    let mut work = Work {
        run,
        source,
        row: Row::new(&source.name, source.shown(), &run.made_by),
        folder: PathBuf::new(),
        deadline: Instant::now() + run.settings.limit,
        earlier,
        note,
    };
    match work.all() {
        Ok(true) => return Done::Known(work.earlier.unwrap_or(work.row)),
        Ok(false) => {}
        Err(stop) if stop.is_interrupt => return Done::Interrupted,
        Err(stop) => {
            work.row.outcome = stop.outcome;
            work.row.because = Some(stop.because);
            // What is known of a branch of ours stays known.
            if let Some(earlier) = &work.earlier {
                (work.row.branch, work.row.commit) = (earlier.branch.clone(), earlier.commit.clone());
            }
        }
    }
    if let Some(command) = &run.settings.exec {
        let told = hook::Told { row: &work.row, folder: &work.folder, out: &run.out, title: TITLE };
        if let Err(because) = hook::run(command, &told, run.settings.limit) {
            if crate::world::interrupt::is_wanted() {
                return Done::Interrupted;
            }
            work.row.outcome = Outcome::Failed;
            work.row.because = Some(because);
        }
    }
    Done::Row(work.row)
}

struct Work<'w, 's> {
    run: &'w Run<'w, 's>,
    source: &'w Source,
    row: Row,
    folder: PathBuf,
    deadline: Instant,
    earlier: Option<Row>,
    note: &'w dyn Fn(&Row),
}

impl<'s> Work<'_, 's> {
    /// Whether the earlier row holds still; if not, the row says what came of it.
    fn all(&mut self) -> Result<bool, Stop> {
        self.folder = self.fetched()?;
        inspect(&self.folder).map_err(Stop::refused)?;
        let checkout = self.checkout()?;
        let dirty = self.read_state(checkout.as_ref())?;
        if self.is_known(checkout.as_ref()) {
            return Ok(true);
        }
        self.check_clean(&dirty)?;
        let (files, mut inquiry) = self.examined()?;
        let files = match &checkout {
            Some(checkout) if self.run.settings.output != Output::InPlace => committed(files, checkout)?,
            _ => files,
        };
        let files = self.proven(files)?;
        let locks = self.locks(&files, &mut inquiry)?;
        if let Some(begun) = self.begun() {
            // What is left to write is written; what there was to say was said with the text as it was.
            self.write_files(&files, &locks)?;
            self.row = Row { outcome: Outcome::Changed, ..begun };
            return self.read_state(checkout.as_ref()).map(|_| false);
        }
        self.count(&files);
        if self.row.files_changed == 0 {
            return self.leave(&files).map(|()| false);
        }
        self.in_time()?;
        let written = match (self.run.settings.output, &checkout) {
            (Output::InPlace, _) => self.write_in_place(&files, &locks, checkout.as_ref()),
            (Output::Patches, Some(checkout)) => self.write_patch(&files, &locks, checkout),
            (Output::Branch, Some(checkout)) => self.write_branch(&files, &locks, checkout),
            (_, None) => Err(Stop::refused("not a git repository")),
        };
        written.map(|()| false)
    }

    fn in_time(&self) -> Result<(), Stop> {
        let seconds = self.run.settings.limit.as_secs();
        let is_late = Instant::now() > self.deadline;
        if is_late { Err(Stop::failed(format!("it took longer than {seconds} s"))) } else { Ok(()) }
    }

    /// The folder of the repository, made if it lies elsewhere.
    fn fetched(&self) -> Result<PathBuf, Stop> {
        let folder = match &self.source.place {
            Place::Nowhere(because) => return Err(Stop::failed(because.clone())),
            Place::Folder(folder) => folder.clone(),
            Place::Remote(remote) => {
                let folder = self.run.settings.clones.join(place::path_of(&self.source.name));
                let is_done = self.earlier.as_ref().is_some_and(Row::is_done);
                if !(is_done && folder.join(".git").is_dir()) {
                    git::fetch(remote, &folder, self.run.settings.limit)
                        .map_err(|error| Stop { outcome: Outcome::Failed, ..Stop::from(error) })?;
                }
                folder
            }
        };
        fs::canonicalize(&folder).map_err(|error| Stop::failed(format!("{}: {error}", folder.display())))
    }

    fn checkout(&mut self) -> Result<Option<Checkout>, Stop> {
        let has_git = fs::symlink_metadata(self.folder.join(".git")).is_ok();
        if self.run.settings.output == Output::InPlace && !has_git {
            return Ok(None);
        }
        let checkout = Checkout::open(&self.folder, &self.run.work, self.run.settings.limit)?;
        self.row.head = Some(checkout.head().to_owned());
        Ok(Some(checkout))
    }

    /// Notes what the outcome depends on, and says which paths differ from the commit.
    fn read_state(&mut self, checkout: Option<&Checkout>) -> Result<Vec<Vec<u8>>, Stop> {
        let Some(checkout) = checkout else { return Ok(Vec::new()) };
        let status = checkout.status()?;
        let mut parts = vec![checkout.head().as_bytes().to_vec()];
        let mut dirty = Vec::new();
        // Who starts the program in a checkout gets the folder of the output in it.
        let own = self.run.out.strip_prefix(&self.folder).ok().map(|own| format!("?? {}/", slashed(own)).into_bytes());
        let entries = status.split(|byte| *byte == 0).filter(|entry| entry.len() > 3);
        for entry in entries.filter(|entry| Some(*entry) != own.as_deref()) {
            let path = entry[3..].to_vec();
            parts.push(entry.to_vec());
            let metadata = fs::symlink_metadata(self.folder.join(String::from_utf8_lossy(&path).as_ref())).ok();
            let modified = metadata.as_ref().and_then(|found| found.modified().ok()?.duration_since(UNIX_EPOCH).ok());
            let size = metadata.map_or(0, |found| found.len());
            parts.push(format!("{size} {:?}", modified.unwrap_or_default()).into_bytes());
            dirty.push(path);
        }
        self.row.state = format!("{:016x}", hash(parts.iter().map(Vec::as_slice)));
        Ok(dirty)
    }

    /// Whether an earlier run has done all of this already, and it is still there.
    fn is_known(&self, checkout: Option<&Checkout>) -> bool {
        let Some(earlier) = &self.earlier else { return false };
        // In place, Dockerfiles beside one that failed hold our text by now: another run would take them for changes of somebody else.
        let is_done = earlier.is_done() || (self.run.settings.output == Output::InPlace && earlier.outcome.is_done());
        let is_same = is_done && earlier.made_by == self.row.made_by && earlier.state == self.row.state;
        let is_there = |path: &Option<String>| path.as_ref().is_none_or(|path| self.run.out.join(path).is_file());
        let has_branch = || match (&earlier.branch, checkout) {
            (Some(branch), Some(checkout)) => checkout.branch(branch).is_ok_and(|now| now == earlier.commit),
            (branch, _) => branch.is_none(),
        };
        is_same && checkout.is_some() && is_there(&earlier.patch) && is_there(&earlier.body) && has_branch()
    }

    /// The row of a run that was killed while it wrote files of the repository.
    fn begun(&self) -> Option<Row> {
        let is_ours = |row: &&Row| row.outcome == Outcome::Begun && row.made_by == self.row.made_by;
        self.earlier.as_ref().filter(is_ours).cloned()
    }

    fn check_clean(&self, dirty: &[Vec<u8>]) -> Result<(), Stop> {
        let may_be_dirty = self.run.settings.allow_dirty || self.begun().is_some();
        let Some(first) = dirty.first().filter(|_| !may_be_dirty) else { return Ok(()) };
        let first = String::from_utf8_lossy(first);
        let more = if dirty.len() > 1 { format!(" and {} more", dirty.len() - 1) } else { String::new() };
        Err(Stop::refused(format!("not clean: `{first}`{more} is not what was committed")))
    }

    /// Runs the chain over the Dockerfiles.
    fn examined(&mut self) -> Result<(Vec<File>, Inquiry<'s>), Stop> {
        let settings = self.run.settings;
        let mut inquiry =
            Inquiry::sharing(settings.images, settings.files, self.run.sources.clone()).map_err(Stop::failed)?;
        inquiry.set_root(self.folder.clone());
        let named = self.named(&inquiry.around_root());
        let found = self.found(&named)?;
        let examined = examine::repository(&self.folder, &found, settings.files, settings.choice, &inquiry);
        let examined = examined.map_err(Stop::failed)?;
        let root = examine::shown(&self.folder);
        let files = examined.into_iter().map(|examined| {
            let relative = examined.path.strip_prefix(&root).unwrap_or(&examined.path).to_owned();
            File { shown: slashed(&relative), relative, examined }
        });
        Ok((files.collect(), inquiry))
    }

    /// The Dockerfiles that somebody builds by name, from the root; what of it cannot be told is a trouble.
    fn named(&mut self, around: &Around) -> BTreeSet<PathBuf> {
        let repository = &around.repository;
        for (place, because) in repository.unread() {
            self.row.troubles.push(format!("{}: not read for Dockerfiles: {because}", place.path));
        }
        for build in repository.builds().filter(|build| build.leads_out()) {
            let name =
                build.services.first().map(String::as_str).unwrap_or("an image").chars().take(100).collect::<String>();
            self.row.troubles.push(format!("{}: the build of `{name}` leads out of the repository", build.place.path));
        }
        let named = repository.builds().filter(|build| !build.is_inline).filter_map(|build| match &build.dockerfile {
            Spot::Here(path) => Some(PathBuf::from(path)),
            _ => None,
        });
        named.collect()
    }

    /// The lock files of the repository that learn something with these changes.
    fn locks(&self, files: &[File], inquiry: &mut Inquiry<'_>) -> Result<Vec<LockText>, Stop> {
        let examined: Vec<&Examined> = files.iter().map(|file| &file.examined).collect();
        let changes = inquiry.lock_changes(&examined).map_err(Stop::failed)?;
        let inside = changes.into_iter().filter_map(|change| {
            let path = change.path.strip_prefix(&self.folder).ok()?.to_owned();
            reason_to_leave(&self.folder, &path).is_none().then_some((path, change.before, change.after))
        });
        Ok(inside.collect())
    }

    /// The Dockerfiles: those with a usual name, and those that are `named` where they are built.
    fn found(&mut self, named: &BTreeSet<PathBuf>) -> Result<Vec<Found>, Stop> {
        let found = files::find(std::slice::from_ref(&self.folder), &Selection::default());
        let found = found.map_err(|error| Stop::failed(error.to_string()))?;
        let mut kept: BTreeMap<PathBuf, Found> = BTreeMap::new();
        for found in found {
            kept.insert(found.path().to_owned(), found);
        }
        for file in named {
            let path = self.folder.join(file);
            if fs::symlink_metadata(&path).is_ok() {
                kept.insert(path.clone(), Found::File(path));
            }
        }
        let mut bytes = 0;
        let mut files = Vec::new();
        for (path, found) in kept {
            let relative = path.strip_prefix(&self.folder).unwrap_or(&path).to_owned();
            let because = match &found {
                Found::Skipped { because, .. } => Some(because.to_string()),
                Found::File(_) => reason_to_leave(&self.folder, &relative),
            };
            if let Some(because) = because {
                self.trouble(format!("{}: passed over: {because}", slashed(&relative)));
                continue;
            }
            bytes += fs::metadata(&path).map_or(0, |found| found.len().min(self.run.settings.files.max_file_size));
            if bytes > BYTES_MAX {
                return Err(Stop::refused(format!("its Dockerfiles have more than {BYTES_MAX} bytes")));
            }
            files.push(found);
        }
        Ok(files)
    }

    fn trouble(&mut self, text: String) {
        if self.row.troubles.len() < SENTENCES_MAX {
            self.row.troubles.push(text);
        }
    }

    /// The files with what is left of their changes after builds have shown what keeps its promise.
    fn proven(&mut self, files: Vec<File>) -> Result<Vec<File>, Stop> {
        let Some(prover) = &self.run.settings.prover else { return Ok(files) };
        let mut prover = prover.lock().unwrap_or_else(PoisonError::into_inner);
        let mut proven = Vec::new();
        for file in files {
            self.in_time()?;
            let is_changed = file.is_changed();
            let File { examined: Examined { path, source, result }, relative, shown } = file;
            let result = match result {
                Examination::Rewritten(rewritten) if is_changed => {
                    match prover.prove(&self.folder.join(&relative), *rewritten) {
                        Ok((rewritten, bytes)) => {
                            let sum = self.row.image_bytes.get_or_insert_default();
                            sum[0] += bytes[0];
                            sum[1] += bytes[1];
                            Examination::Rewritten(Box::new(rewritten))
                        }
                        Err(None) => return Err(Stop { is_interrupt: true, ..Stop::failed("interrupted") }),
                        Err(Some(because)) => Examination::Failed { because: format!("not proven: {because}") },
                    }
                }
                result => result,
            };
            proven.push(File { examined: Examined { path, source, result }, relative, shown });
        }
        Ok(proven)
    }

    fn count(&mut self, files: &[File]) {
        let mut declined: BTreeMap<(&str, String), u64> = BTreeMap::new();
        let row = &mut self.row;
        row.files = files.len() as u64;
        let mut failures = files.iter().filter_map(File::failure);
        row.because = failures.next();
        row.files_failed = u64::from(row.because.is_some()) + failures.count() as u64;
        for file in files {
            for trouble in troubles(&file.examined) {
                let line = trouble.line.map(|line| format!(":{line}")).unwrap_or_default();
                if row.troubles.len() < SENTENCES_MAX {
                    row.troubles.push(format!("{}{line}: {}", file.shown, trouble.message));
                }
            }
            if let Examination::Skipped { because } = &file.examined.result {
                row.troubles.push(format!("{}: passed over: {because}", file.shown));
            }
            for change in changes(&file.examined) {
                *row.changes.entry(change.transform.id.to_owned()).or_default() += 1;
            }
            for finding in findings(&file.examined).iter().filter(|finding| finding.kind == Kind::Declined) {
                *declined.entry((finding.transform.id, finding.message.to_owned())).or_default() += 1;
            }
            let Some(rewritten) = file.rewritten().filter(|_| file.is_changed()) else { continue };
            row.files_changed += 1;
            for (_, before, after) in texts(file, rewritten) {
                let lines = lines_changed(before.unwrap_or_default(), after);
                row.lines_added += lines.added as u64;
                row.lines_removed += lines.removed as u64;
            }
        }
        let declined = declined.into_iter().take(SENTENCES_MAX);
        row.declined = declined
            .map(|((transform, because), places)| Declined { transform: transform.to_owned(), because, places })
            .collect();
    }

    /// Nothing is to be written. What an earlier run has written is no longer true.
    fn leave(&mut self, files: &[File]) -> Result<(), Stop> {
        let is_refused = |file: &File| matches!(file.examined.result, Examination::Refused(_));
        self.row.outcome = if files.is_empty() {
            Outcome::NoDockerfile
        } else if self.row.files_failed == 0 {
            Outcome::Unchanged
        } else if files.iter().filter(|file| file.failure().is_some()).all(is_refused) {
            Outcome::Refused
        } else {
            Outcome::Failed
        };
        if self.earlier.is_some() {
            for (folder, suffix) in [("patches", "patch"), ("bodies", "md")] {
                place::remove(&self.run.out.join(self.output(folder, suffix))).map_err(Stop::failed)?;
            }
        }
        Ok(())
    }

    /// The path of an output, from the folder of all of them.
    fn output(&self, folder: &str, suffix: &str) -> String {
        format!("{folder}/{}.{suffix}", place::path_of(&self.source.name))
    }

    fn write_body(&mut self, files: &[File], diff: &[u8]) -> Result<(), Stop> {
        let path = self.output("bodies", "md");
        let body = body::body(files, &self.row.troubles, diff, self.row.image_bytes);
        place::put(&self.run.work, &self.run.out.join(&path), body.as_bytes()).map_err(Stop::failed)?;
        self.row.body = Some(path);
        self.row.outcome = Outcome::Changed;
        Ok(())
    }

    fn write_patch(&mut self, files: &[File], locks: &[LockText], checkout: &Checkout) -> Result<(), Stop> {
        let diff = diff(files, locks);
        let mail = mail::mail(&self.run.identity()?, checkout.time()?, TITLE, &body::message(files), &diff);
        let path = self.output("patches", "patch");
        place::put(&self.run.work, &self.run.out.join(&path), &mail).map_err(Stop::failed)?;
        self.row.patch = Some(path);
        self.write_body(files, &diff)
    }

    fn write_branch(&mut self, files: &[File], locks: &[LockText], checkout: &Checkout) -> Result<(), Stop> {
        let name = &self.run.settings.branch;
        let now = checkout.branch(name)?;
        let texts = all_texts(files, locks);
        let paths: Vec<Vec<u8>> = texts.iter().map(|(path, ..)| diff_path(path)).collect();
        let changes: Vec<_> =
            paths.iter().zip(&texts).map(|(path, (_, _, after))| Change { path, text: after }).collect();
        let message = format!("{TITLE}\n\n{}", body::message(files));
        let commit = checkout.commit(&changes, &message, &self.run.identity()?, checkout.time()?)?;
        // A branch that an earlier run has made is moved; anything else is somebody's work.
        let earlier = self.earlier.as_ref().and_then(|row| row.commit.clone());
        if now.as_ref() != Some(&commit) {
            if now.is_some() && now != earlier {
                return Err(Stop::refused(format!(
                    "there is a branch `{name}` already that holds something else; --branch names another"
                )));
            }
            checkout.set_branch(name, now.as_deref(), &commit)?;
        }
        self.row.branch = Some(name.clone());
        self.row.commit = Some(commit);
        self.write_body(files, &diff(files, locks))
    }

    fn write_in_place(&mut self, files: &[File], locks: &[LockText], checkout: Option<&Checkout>) -> Result<(), Stop> {
        for (path, ..) in all_texts(files, locks) {
            if let Some(because) = reason_to_leave(&self.folder, &path) {
                return Err(Stop::refused(format!("{}: {because}", slashed(&path))));
            }
        }
        self.write_body(files, &diff(files, locks))?;
        (self.note)(&Row { outcome: Outcome::Begun, ..self.row.clone() });
        self.write_files(files, locks)?;
        self.read_state(checkout).map(drop)
    }

    /// Writes all files of the change, or none.
    fn write_files(&self, files: &[File], locks: &[LockText]) -> Result<(), Stop> {
        let changed = files.iter().filter(|file| file.is_changed()).filter_map(|file| {
            let rewritten = file.rewritten()?;
            Some((self.folder.join(&file.relative), rewritten.fingerprint.as_ref()?, &rewritten.outcome))
        });
        let own = changed.flat_map(|(path, fingerprint, outcome)| examine::file_changes(&path, fingerprint, outcome));
        let locks = locks.iter().map(|(path, before, after)| {
            let path = self.folder.join(path);
            FileChange { path, seen: None, before: before.as_deref(), after }
        });
        let mut changes: Vec<FileChange<'_>> = Vec::new();
        for change in own.chain(locks) {
            // Two Dockerfiles may have one companion.
            if !changes.iter().any(|other| other.path == change.path) {
                changes.push(change);
            }
        }
        files::write_all(&changes).map_err(|error| Stop::failed(error.to_string()))
    }
}
