//! The catalogue that is used: the one that is built in, or a newer one that the user has stored.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::clock;
use super::files::{FileError, read};
use crate::catalogue::{Catalogue, CatalogueError};

/// The largest catalogue that is read.
const SIZE_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A catalogue, and the file that it is from; none if it is built in.
#[derive(Debug)]
pub struct InUse {
    pub catalogue: Catalogue,
    pub path: Option<PathBuf>,
}

/// A catalogue that has just been stored.
#[derive(Debug)]
pub struct Stored {
    pub path: PathBuf,
    pub date: Date,
    /// Of its text, in hexadecimal.
    pub sha256: String,
}

/// A catalogue cannot be used or stored.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFileError {
    #[error("{}: {source}; remove this file to use the catalogue that is built in, or store another one with --update", path.display())]
    Damaged { path: PathBuf, source: CatalogueError },
    #[error("{}: {source}", path.display())]
    NoCatalogue { path: PathBuf, source: CatalogueError },
    #[error("{}: it is of {date}, older than the catalogue in use, which is of {in_use}", path.display())]
    Older { path: PathBuf, date: Date, in_use: Date },
    #[error("{}: it is of {date}, a day that is still to come", path.display())]
    Future { path: PathBuf, date: Date },
    #[error(transparent)]
    NotRead(#[from] FileError),
    #[error("{}: could not be stored: {source}", path.display())]
    NotStored { path: PathBuf, source: io::Error },
    #[error("there is no place for a catalogue: neither XDG_DATA_HOME nor HOME is the path of a folder")]
    NoPlace,
}

/// The stored catalogue if it is as new as the one that is built in, else the one that is built in.
///
/// # Errors
/// If there is a stored one that cannot be read or is damaged.
pub fn in_use() -> Result<InUse, CatalogueFileError> {
    let embedded = Catalogue::embedded();
    let Some(path) = place().filter(|path| path.exists()) else {
        return Ok(InUse { catalogue: embedded, path: None });
    };
    match parse(&path)? {
        Ok(catalogue) if catalogue.date() >= embedded.date() => Ok(InUse { catalogue, path: Some(path) }),
        Ok(_) => Ok(InUse { catalogue: embedded, path: None }),
        Err(source) => Err(CatalogueFileError::Damaged { path, source }),
    }
}

/// Stores the catalogue in `file`, so that it is used from now on. One that is damaged gives way.
///
/// # Errors
/// If `file` is no catalogue, an older one than that in use or one of the future, or it cannot be stored.
pub fn update(file: &Path) -> Result<Stored, CatalogueFileError> {
    let catalogue = parse(file)?.map_err(|source| CatalogueFileError::NoCatalogue { path: file.to_owned(), source })?;
    let in_use = in_use().map_or_else(|_| Catalogue::embedded(), |in_use| in_use.catalogue).date();
    let date = catalogue.date();
    if date < in_use {
        return Err(CatalogueFileError::Older { path: file.to_owned(), date, in_use });
    }
    // Elsewhere it may be tomorrow already. One of the future would never grow old, nor give way to a newer one.
    if (date - clock::today()).get_days() > 1 {
        return Err(CatalogueFileError::Future { path: file.to_owned(), date });
    }
    let path = place().ok_or(CatalogueFileError::NoPlace)?;
    let text = catalogue.as_str().as_bytes();
    store(&path, text).map_err(|source| CatalogueFileError::NotStored { path: path.clone(), source })?;
    let sha256 = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Stored { path, date, sha256 })
}

/// Where a stored catalogue is, as <https://specifications.freedesktop.org/basedir-spec/latest/> has it.
fn place() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")))?;
    Some(data.join("dockeropt/catalogue.txt"))
}

fn parse(path: &Path) -> Result<Result<Catalogue, CatalogueError>, FileError> {
    let bytes = read(path, SIZE_MAX_BYTES)?.bytes;
    Ok(String::from_utf8(bytes)
        .map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
            CatalogueError { line, reason: "it is not UTF-8".to_owned() }
        })
        .and_then(Catalogue::parse))
}

/// Whoever looks sees all of the old text or all of the new.
fn store(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}
