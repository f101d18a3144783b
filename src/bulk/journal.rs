//! The journal of a run: a JSON line for each repository, written when all that belongs to it is written.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::row::Row;
use crate::examine::Failure;
use crate::text::hash;

/// Most bytes of a line; rows are far smaller.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// A journal that nobody else writes to.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the last row of each repository starts, by the hash of its name.
    rows: HashMap<u64, u64>,
    end: u64,
}

impl Journal {
    /// Opens the journal at `path`. What a killed run left half-written at its end is dropped.
    ///
    /// # Errors
    /// If another run has it, it is damaged, or there is one already although this is no `resume`.
    pub fn open(path: &Path, resume: bool) -> Result<Self, Failure> {
        let shown = path.display();
        let fail = |error: std::io::Error| format!("{shown}: {error}");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(format!("{shown}: another run is writing it")),
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        if !resume && file.metadata().map_err(fail)?.len() > 0 {
            return Err(format!(
                "{shown}: there is one of an earlier run; --resume goes on with it, --out names another folder"
            ));
        }
        let mut journal = Self { path: path.to_owned(), file, rows: HashMap::new(), end: 0 };
        let mut rows = HashMap::new();
        let end = read(path, |at, row| {
            rows.insert(name_hash(&row.repository), at);
        })?;
        journal.file.set_len(end).map_err(fail)?;
        journal.file.seek(SeekFrom::Start(end)).map_err(fail)?;
        journal.rows = rows;
        journal.end = end;
        Ok(journal)
    }

    /// What an earlier run has noted of a repository.
    pub fn row(&self, repository: &str) -> Option<Row> {
        let at = *self.rows.get(&name_hash(repository))?;
        let row: Row = serde_json::from_str(&self.line_at(at).ok()?).ok()?;
        (row.repository == repository).then_some(row)
    }

    /// Notes what came of a repository.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&mut self, row: &Row) -> Result<(), Failure> {
        let mut line = serde_json::to_string(row).map_err(|error| error.to_string())?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(|error| format!("{}: {error}", self.path.display()))?;
        self.rows.insert(name_hash(&row.repository), self.end);
        self.end += line.len() as u64;
        Ok(())
    }

    /// Writes the journal anew, by way of the folder `work`: each repository once, those in the order of `names` first.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self, names: &[u64], work: &Path) -> Result<(), Failure> {
        let fail = |error: std::io::Error| format!("{}: {error}", self.path.display());
        let mut others: HashMap<u64, u64> = self.rows.clone();
        let first: Vec<u64> = names.iter().filter_map(|name| others.remove(name)).collect();
        let mut others: Vec<u64> = others.into_values().collect();
        others.sort_unstable();
        let temporary = tempfile::Builder::new().tempfile_in(work).map_err(fail)?;
        let mut out = BufWriter::new(temporary);
        for at in first.into_iter().chain(others) {
            out.write_all(self.line_at(at).map_err(fail)?.as_bytes()).map_err(fail)?;
        }
        let out = out.into_inner().map_err(|error| fail(error.into_error()))?;
        #[cfg(unix)]
        out.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(fail)?;
        out.as_file().sync_all().map_err(fail)?;
        out.persist(&self.path).map_err(|refused| fail(refused.error))?;
        Ok(())
    }

    fn line_at(&self, at: u64) -> std::io::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(at))?;
        let mut line = String::new();
        BufReader::new(file.take(LINE_BYTES_MAX)).read_line(&mut line)?;
        Ok(line)
    }
}

pub(super) fn name_hash(repository: &str) -> u64 {
    hash([repository.as_bytes()])
}

/// Gives each row of the journal at `path` with the place where it starts, and says where the last whole one ends.
///
/// # Errors
/// If it cannot be read, or a line that is not the last one is no row.
pub(super) fn read(path: &Path, mut each: impl FnMut(u64, Row)) -> Result<u64, Failure> {
    let shown = path.display();
    let fail = |error: std::io::Error| format!("{shown}: {error}");
    let mut lines = BufReader::new(File::open(path).map_err(fail)?);
    let (mut at, mut number, mut line) = (0, 0, Vec::new());
    loop {
        line.clear();
        number += 1;
        let length = (&mut lines).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(fail)? as u64;
        if length == 0 {
            return Ok(at);
        }
        let row = serde_json::from_slice(&line).ok().filter(|_| line.ends_with(b"\n"));
        let Some(row) = row else {
            if line.ends_with(b"\n") && !lines.fill_buf().map_err(fail)?.is_empty() {
                return Err(format!("{shown}:{number}: not a line of a journal"));
            }
            return Ok(at);
        };
        each(at, row);
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn row(name: &str) -> Row {
        Row::new(name, String::new(), "a")
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_a_damaged_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, false).unwrap();
        journal.append(&row("a")).unwrap();
        journal.append(&row("b")).unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        for cut in [1, 2, 20] {
            fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let journal = Journal::open(&path, true).unwrap();
            assert!(journal.row("a").is_some() && journal.row("b").is_none());
            assert_eq!(fs::metadata(&path).unwrap().len() as usize, whole.len() / 2);
        }
        fs::write(&path, [b"{}\n", whole.as_slice()].concat()).unwrap();
        assert!(Journal::open(&path, true).is_err_and(|error| error.ends_with("journal:1: not a line of a journal")));
    }

    #[test]
    fn in_the_end_each_repository_stands_there_once_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, false).unwrap();
        for name in ["old", "b", "a", "b"] {
            journal.append(&row(name)).unwrap();
        }
        assert!(Journal::open(&path, true).is_err_and(|error| error.contains("another run")));
        journal.finish(&["a", "b"].map(name_hash), folder.path()).unwrap();
        let mut names = Vec::new();
        read(&path, |_, row| names.push(row.repository)).unwrap();
        assert_eq!(names, ["a", "b", "old"]);
        assert!(Journal::open(&path, false).is_err());
    }
}
