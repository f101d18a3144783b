//! The lock files of a run: each Dockerfile has the nearest one above it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::options::Files;
use super::selection::CONFIG_NAMES;
use super::{Examination, Examined, Failure};
use crate::semantics::{Build, Named};
use crate::syntax::Dockerfile;
use crate::world::lock::{LOCK_NAME, Lock, LockedImage};

/// How often a lock file is written anew because another run was faster.
const WRITES_MAX: usize = 20;

/// What a lock file holds, and what it is to hold.
pub struct LockChange {
    /// Absolute.
    pub path: PathBuf,
    /// None if there is no such file.
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
}

/// Lock files, each opened when it is first asked for.
pub struct Locks<'a> {
    /// The one that the command line names.
    named: Option<&'a Path>,
    files: &'a Files,
    /// By the folder of a Dockerfile.
    paths: BTreeMap<PathBuf, PathBuf>,
    open: BTreeMap<PathBuf, Lock>,
    /// What was learnt in this run, by lock file and reference.
    learnt: BTreeMap<PathBuf, BTreeMap<String, LockedImage>>,
}

impl<'a> Locks<'a> {
    pub fn new(named: Option<&'a Path>, files: &'a Files) -> Self {
        Self { named, files, paths: BTreeMap::new(), open: BTreeMap::new(), learnt: BTreeMap::new() }
    }

    /// The lock file of the Dockerfile at `file`.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn of(&mut self, file: &Path) -> Result<&Lock, Failure> {
        let path = self.path_of(file);
        self.opened(&path).map(|lock| &*lock)
    }

    /// Notes what an image of the Dockerfile at `file` was resolved to.
    pub fn learn(&mut self, file: &Path, image: LockedImage) {
        let path = self.path_of(file);
        self.learnt.entry(path).or_default().insert(image.reference.clone(), image);
    }

    /// Writes what was learnt, and drops what no Dockerfile below a lock file names any more if all of them were looked at.
    ///
    /// # Errors
    /// If a lock file is damaged or cannot be written.
    pub fn keep(&mut self, examined: &[Examined]) -> Result<(), Failure> {
        let mut of_lock: BTreeMap<PathBuf, Vec<&Examined>> = BTreeMap::new();
        for file in examined {
            of_lock.entry(self.path_of(&file.path)).or_default().push(file);
        }
        for (path, examined) in of_lock {
            let used: BTreeSet<_> = examined.iter().flat_map(|file| references(file)).collect();
            let sees_all = self.sees_all(&path, &examined);
            let learnt = self.learnt.remove(&path).unwrap_or_default();
            for last in (0..WRITES_MAX).rev() {
                let lock = self.opened(&path)?;
                if sees_all {
                    lock.keep_only(&used);
                }
                let learnt = learnt.values().filter(|image| used.contains(&image.reference));
                learnt.for_each(|image| lock.put(image.clone()));
                match lock.write() {
                    Ok(()) => break,
                    // Another run wrote it meanwhile: what this one learnt is added to that.
                    Err(error) if error.is_changed_on_disk() && last > 0 => drop(self.open.remove(&path)),
                    Err(error) => return Err(error.to_string()),
                }
            }
        }
        Ok(())
    }

    /// What lock files would become by what was learnt of images that the Dockerfiles name. Nothing is written.
    ///
    /// # Errors
    /// If a lock file is damaged.
    pub fn changes(&mut self, examined: &[&Examined]) -> Result<Vec<LockChange>, Failure> {
        let mut of_lock: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for file in examined {
            of_lock.entry(self.path_of(&file.path)).or_default().extend(references(file));
        }
        let mut changes = Vec::new();
        for (path, used) in of_lock {
            let learnt = self.learnt.remove(&path).unwrap_or_default();
            let lock = self.opened(&path)?;
            learnt.into_values().filter(|image| used.contains(&image.reference)).for_each(|image| lock.put(image));
            changes.extend(lock.change().map(|(before, after)| LockChange { path, before, after }));
        }
        Ok(changes)
    }

    /// Whether every Dockerfile that the lock file at `path` is for was read.
    fn sees_all(&self, path: &Path, examined: &[&Examined]) -> bool {
        let folder = path.parent().unwrap_or(path);
        let covers = self.files.paths.iter().any(|named| named.is_dir() && folder.starts_with(absolute(named)));
        let is_read = |file: &&Examined| !matches!(file.result, Examination::Failed { .. });
        covers && !self.files.changed && examined.iter().all(is_read)
    }

    fn opened(&mut self, path: &Path) -> Result<&mut Lock, Failure> {
        if !self.open.contains_key(path) {
            let lock = Lock::open(path.to_owned()).map_err(|error| error.to_string())?;
            self.open.insert(path.to_owned(), lock);
        }
        self.open.get_mut(path).ok_or_else(|| format!("{}: it is not open", path.display()))
    }

    /// The lock file named, else the nearest one, else a new one beside the configuration or in the folder of the repository.
    fn path_of(&mut self, file: &Path) -> PathBuf {
        if let Some(named) = self.named {
            return named.to_owned();
        }
        let file = absolute(file);
        let folder = file.parent().unwrap_or(&file).to_owned();
        if let Some(path) = self.paths.get(&folder) {
            return path.clone();
        }
        let holds = |folder: &Path, names: &[&str]| names.iter().any(|name| folder.join(name).exists());
        let existing = folder.ancestors().find(|folder| holds(folder, &[LOCK_NAME]));
        let roots = [CONFIG_NAMES[0], CONFIG_NAMES[1], ".git"];
        let root = || folder.ancestors().find(|folder| holds(folder, &roots));
        let path = match existing.or_else(root) {
            Some(folder) => folder.join(LOCK_NAME),
            None => self.named_folder(&folder).join(LOCK_NAME),
        };
        self.paths.insert(folder, path.clone());
        path
    }

    /// The folder on the command line that `folder` was found in.
    fn named_folder(&self, folder: &Path) -> PathBuf {
        let named = self.files.paths.iter().filter(|path| path.is_dir()).map(|path| absolute(path));
        named.filter(|named| folder.starts_with(named)).min().unwrap_or_else(|| folder.to_owned())
    }
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// The references in full that a file names in the end.
fn references(file: &Examined) -> Vec<String> {
    let text = match &file.result {
        Examination::Rewritten(rewritten) => &rewritten.outcome.after,
        _ => &file.source,
    };
    let file = Dockerfile::parse(&**text);
    let build = Build::of(&file);
    let references = build.image_uses().iter().filter_map(|image| match &image.named {
        Named::Image(reference) | Named::PossibleContext(reference) => Some(reference.canonical()),
        Named::Variable(argument) => argument.as_ref().map(|argument| argument.reference.canonical()),
    });
    references.collect()
}
