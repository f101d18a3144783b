//! Writing a file so that whoever looks, whenever, sees all of the old text or all of the new.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::read::{SIZE_MAX_BYTES, try_read};
use super::{Because, FileError, Fingerprint};

/// What the names of files that exist only while writing start with; no Dockerfile's does.
const TEMPORARY_PREFIX: &str = ".dockeropt-";

/// Replaces the text of `path` by `after`, if it is still the file that `seen` was taken of. A link stays a link, and mode, owner
/// and group stay what they are.
///
/// The new text takes the place of the old at once. Where that would break a hard link, or the directory or the owner does not
/// allow it, the file is overwritten instead while a copy of it is kept.
///
/// # Errors
/// If the file is read-only, is not what it was when it was read, or cannot be written.
pub fn write(path: &Path, seen: &Fingerprint, after: &[u8]) -> Result<(), FileError> {
    try_write(path, seen, after).map_err(|because| because.at(path))
}

/// Makes a file with the text `text`, whole or not at all.
///
/// # Errors
/// If there is one already, or it cannot be made.
pub fn create(path: &Path, text: &[u8]) -> Result<(), FileError> {
    let create = || {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = with_usual_mode(tempfile::Builder::new().prefix(TEMPORARY_PREFIX)).tempfile_in(directory)?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|refused| refused.error)
    };
    match create() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Because::ChangedOnDisk.at(path)),
        Err(error) => Err(Because::io("be written")(error).at(path)),
    }
}

/// Gives the file at `path` the text `after` if it still holds `before`, or makes it if there was none. A link is never followed.
///
/// # Errors
/// If the file is a link, is read-only, is not what it was, or cannot be written.
fn put(path: &Path, before: Option<&[u8]>, after: &[u8]) -> Result<(), FileError> {
    let Some(before) = before else { return create(path, after) };
    write(path, &still_there(path, before)?, after)
}

/// A file of a change that is made whole or not at all.
#[derive(Clone, Debug)]
pub struct FileChange<'t> {
    pub path: PathBuf,
    /// What the file was when it was read; a link to it is followed then.
    pub seen: Option<&'t Fingerprint>,
    /// `None` if there was no such file.
    pub before: Option<&'t [u8]>,
    pub after: &'t [u8],
}

impl FileChange<'_> {
    fn make(&self) -> Result<(), FileError> {
        match self.seen {
            Some(seen) => write(&self.path, seen, self.after),
            None => put(&self.path, self.before, self.after),
        }
    }

    fn take_back(&self) -> Result<(), FileError> {
        match (self.seen, self.before) {
            (Some(_), Some(before)) => {
                let now = try_read(&self.path, SIZE_MAX_BYTES).map_err(|because| because.at(&self.path))?;
                if now.bytes != self.after {
                    return Err(Because::ChangedOnDisk.at(&self.path));
                }
                write(&self.path, &now.fingerprint, before)
            }
            (_, before) => take_back(&self.path, before, self.after),
        }
    }
}

/// Makes all of `changes`, or none: if one cannot be made, those before it are taken back.
///
/// # Errors
/// The first that cannot be made, as [`write`] and [`put`].
pub fn write_all(changes: &[FileChange<'_>]) -> Result<(), FileError> {
    for (index, change) in changes.iter().enumerate() {
        if let Err(error) = change.make() {
            // What cannot be taken back either is no reason to hide the first failure.
            for made in changes[..index].iter().rev() {
                let _ = made.take_back();
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Undoes [`put`] with the same arguments.
fn take_back(path: &Path, before: Option<&[u8]>, after: &[u8]) -> Result<(), FileError> {
    if let Some(before) = before {
        return put(path, Some(after), before);
    }
    still_there(path, after)?;
    fs::remove_file(path).map_err(|error| Because::io("be removed")(error).at(path))
}

/// What the file at `path` is, if it is none other than one with the text `text`.
fn still_there(path: &Path, text: &[u8]) -> Result<Fingerprint, FileError> {
    let metadata = fs::symlink_metadata(path).map_err(|error| Because::io("be read")(error).at(path))?;
    if metadata.is_symlink() {
        return Err(Because::Link.at(path));
    }
    match try_read(path, SIZE_MAX_BYTES) {
        Ok(now) if now.bytes == text => Ok(now.fingerprint),
        Ok(_) => Err(Because::ChangedOnDisk.at(path)),
        Err(because) => Err(because.at(path)),
    }
}

fn try_write(path: &Path, seen: &Fingerprint, after: &[u8]) -> Result<(), Because> {
    let path = &fs::canonicalize(path).map_err(Because::io("be found"))?;
    unchanged(path, seen)?;
    let metadata = fs::metadata(path).map_err(Because::io("be read"))?;
    // Asked of the mode, since a superuser may open what nobody is meant to write.
    if metadata.permissions().readonly() {
        return Err(Because::ReadOnly);
    }
    let target = OpenOptions::new().write(true).open(path).map_err(Because::io("be opened for writing"))?;
    if hard_links(&metadata) > 1 {
        return overwrite(path, target, seen, after);
    }
    let Some(directory) = path.parent() else { return Err(Because::NotRegular) };
    match successor(directory, &metadata, after) {
        Ok(successor) => replace(path, successor, seen),
        Err(_) => overwrite(path, target, seen, after),
    }
}

/// A file with the new text, beside the old, and like it in all but its name.
fn successor(directory: &Path, metadata: &Metadata, after: &[u8]) -> io::Result<NamedTempFile> {
    let mut successor = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(directory)?;
    successor.write_all(after)?;
    keep_owner(successor.as_file(), metadata)?;
    successor.as_file().set_permissions(metadata.permissions())?;
    successor.as_file().sync_all()?;
    Ok(successor)
}

fn replace(path: &Path, successor: NamedTempFile, seen: &Fingerprint) -> Result<(), Because> {
    unchanged(path, seen)?;
    successor.persist(path).map_err(|refused| Because::Io { attempted: "be replaced", source: refused.error })?;
    sync_directory(path);
    Ok(())
}

/// Writes over the text in place. The copy goes away when all is well, and stays if the process is killed half-way.
fn overwrite(path: &Path, mut target: File, seen: &Fingerprint, after: &[u8]) -> Result<(), Because> {
    let before = try_read(path, seen.size_bytes())?;
    let copy = copy(path, &before.bytes).map_err(Because::io("be copied before it is written"))?;
    unchanged(path, seen)?;
    let Err(source) = fill(&mut target, after) else { return Ok(()) };
    match fs::write(path, &before.bytes) {
        Ok(()) => Err(Because::Io { attempted: "be written", source }),
        Err(_) => match copy.keep() {
            Ok((_, copy)) => Err(Because::HalfWritten { copy, source }),
            Err(lost) => Err(Because::HalfWritten { copy: lost.file.path().to_owned(), source }),
        },
    }
}

fn copy(path: &Path, before: &[u8]) -> io::Result<NamedTempFile> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY_PREFIX).suffix(".copy");
        builder
    };
    let beside = path.parent().map(|directory| builder().tempfile_in(directory));
    let mut copy = match beside {
        Some(Ok(copy)) => copy,
        _ => builder().tempfile()?,
    };
    copy.write_all(before)?;
    copy.as_file().sync_all()?;
    Ok(copy)
}

fn fill(target: &mut File, text: &[u8]) -> io::Result<()> {
    target.write_all(text)?;
    target.set_len(text.len() as u64)?;
    target.sync_all()
}

fn unchanged(path: &Path, seen: &Fingerprint) -> Result<(), Because> {
    match try_read(path, seen.size_bytes()) {
        Ok(now) if now.fingerprint == *seen => Ok(()),
        Ok(_) | Err(Because::TooLarge { .. } | Because::NotRegular) => Err(Because::ChangedOnDisk),
        Err(because) => Err(because),
    }
}

/// Makes the rename itself survive a power cut, where the file system knows how; the file is whole in any case.
#[cfg(unix)]
fn sync_directory(path: &Path) {
    if let Some(Ok(directory)) = path.parent().map(File::open) {
        let _ = directory.sync_all();
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) {}

/// The mode that new files of the user have, where temporary ones are for nobody else.
#[cfg(unix)]
fn with_usual_mode<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn with_usual_mode<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    builder
}

#[cfg(unix)]
fn hard_links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn hard_links(_: &Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn keep_owner(file: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::world::files::{SIZE_MAX_BYTES, read};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    use std::path::PathBuf;
    use tempfile::TempDir;

    fn dockerfile() -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("Dockerfile");
        fs::write(&path, "before, and longer\n").unwrap();
        (directory, path)
    }

    fn rewrite(path: &Path) -> Result<(), FileError> {
        write(path, &read(path, SIZE_MAX_BYTES).unwrap().fingerprint, b"after\n")
    }

    fn names(directory: &Path) -> usize {
        fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn the_text_is_replaced_and_nothing_else_is_left() {
        let (directory, path) = dockerfile();
        rewrite(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"after\n");
        assert_eq!(names(directory.path()), 1);
    }

    #[test]
    fn mode_is_kept() {
        for mode in [0o600, 0o644, 0o755, 0o664] {
            let (_directory, path) = dockerfile();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            rewrite(&path).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, mode);
        }
    }

    #[test]
    fn owner_and_group_are_kept() {
        let (_directory, path) = dockerfile();
        if chown(&path, Some(1234), Some(2345)).is_err() {
            return; // Only a superuser can set the scene.
        }
        rewrite(&path).unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (1234, 2345));
    }

    #[test]
    fn a_link_stays_a_link() {
        let (directory, path) = dockerfile();
        let link = directory.path().join("link");
        symlink("Dockerfile", &link).unwrap();
        rewrite(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"after\n");
    }

    #[test]
    fn a_hard_link_still_shares_its_text() {
        let (directory, path) = dockerfile();
        let other = directory.path().join("other");
        fs::hard_link(&path, &other).unwrap();
        rewrite(&path).unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"after\n");
        assert_eq!(names(directory.path()), 2);
    }

    #[test]
    fn a_read_only_file_is_refused() {
        let (_directory, path) = dockerfile();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(matches!(rewrite(&path).unwrap_err().because, Because::ReadOnly));
        assert_eq!(fs::read(&path).unwrap(), b"before, and longer\n");
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_refused() {
        for meanwhile in ["", "before, but longer\n", "before, and longer\nand more"] {
            let (directory, path) = dockerfile();
            let seen = read(&path, SIZE_MAX_BYTES).unwrap().fingerprint;
            fs::write(&path, meanwhile).unwrap();
            assert!(matches!(write(&path, &seen, b"after\n").unwrap_err().because, Because::ChangedOnDisk));
            assert_eq!(fs::read_to_string(&path).unwrap(), meanwhile);
            assert_eq!(names(directory.path()), 1);
        }
    }

    #[test]
    fn a_file_whose_directory_is_closed_is_overwritten() {
        let (_directory, path) = dockerfile();
        let seen = read(&path, SIZE_MAX_BYTES).unwrap().fingerprint;
        let target = OpenOptions::new().write(true).open(&path).unwrap();
        overwrite(&path, target, &seen, b"after\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"after\n");
    }

    #[test]
    fn all_of_a_change_is_made_or_none() {
        let (directory, path) = dockerfile();
        let seen = read(&path, SIZE_MAX_BYTES).unwrap().fingerprint;
        let (new, lock) = (directory.path().join("new"), directory.path().join("lock"));
        fs::write(&lock, "a\r\n").unwrap();
        let change = |before: &'static [u8]| {
            let (text, first) = (b"after\n".as_slice(), Some(b"before, and longer\n".as_slice()));
            write_all(&[
                FileChange { path: new.clone(), seen: None, before: None, after: text },
                FileChange { path: path.clone(), seen: Some(&seen), before: first, after: text },
                FileChange { path: lock.clone(), seen: None, before: Some(before), after: b"b\r\n" },
            ])
        };
        assert!(matches!(change(b"other\n").unwrap_err().because, Because::ChangedOnDisk));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), new.exists()), ("before, and longer\n", false));
        let seen_again = read(&path, SIZE_MAX_BYTES).unwrap().fingerprint;
        assert_eq!((names(directory.path()), seen_again == seen), (2, false));
    }
}
