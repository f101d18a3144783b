//! The references of a repository, read and written as git keeps them in files, without any of its configuration.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::GitError;

/// Most bytes of a reference that are read.
const REFERENCE_BYTES_MAX: u64 = 4096;

/// Most bytes of the file of packed references that are read.
const PACKED_BYTES_MAX: u64 = 256 << 20;

/// How often one reference may name another.
const LINKS_MAX: usize = 5;

/// What is checked out.
pub(super) struct Head {
    pub id: String,
    /// None if it is a commit by itself.
    pub branch: Option<String>,
}

/// What is checked out in the repository at `git`.
pub(super) fn head(git: &Path) -> Result<Head, GitError> {
    let text = reference_text(&git.join("HEAD"))?.ok_or_else(|| unfit("`.git/HEAD` is not there"))?;
    let Some(name) = text.strip_prefix("ref:").map(str::trim) else {
        return if is_id(&text) {
            Ok(Head { id: text, branch: None })
        } else {
            Err(unfit("`.git/HEAD` names no commit"))
        };
    };
    if name.ends_with(".invalid") {
        return Err(unfit("its references are in a format that is not read here: reftable"));
    }
    let id = resolved(git, name)?.ok_or_else(|| unfit("it has no commit"))?;
    Ok(Head { id, branch: name.strip_prefix("refs/heads/").map(str::to_owned) })
}

/// The commit of a branch.
pub(super) fn branch(git: &Path, name: &str) -> Result<Option<String>, GitError> {
    resolved(git, &format!("refs/heads/{name}"))
}

/// Writes a branch as git does: a file is locked, written and renamed, if the branch is still where it was.
pub(super) fn set_branch(git: &Path, name: &str, from: Option<&str>, to: &str) -> Result<(), GitError> {
    let full = format!("refs/heads/{name}");
    let path = place(git, &full)?;
    let folder = path.parent().unwrap_or(git);
    let not_written = |error: std::io::Error| unfit(&format!("the branch `{name}` could not be written: {error}"));
    fs::create_dir_all(folder).map_err(not_written)?;
    place(git, &full)?;
    let mut lock = path.clone().into_os_string();
    lock.push(".lock");
    let lock = PathBuf::from(lock);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&lock).map_err(not_written)?;
    let written = resolved(git, &full).and_then(|now| {
        if now.as_deref() != from {
            return Err(unfit(&format!("the branch `{name}` is there already and holds something else")));
        }
        let written = file.write_all(format!("{to}\n").as_bytes()).and_then(|()| file.sync_all());
        written.and_then(|()| fs::rename(&lock, &path)).map_err(not_written)
    });
    if written.is_err() {
        let _ = fs::remove_file(&lock);
    }
    written
}

/// Whether `text` is the name of an object in full.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The object that the reference `name` leads to.
fn resolved(git: &Path, name: &str) -> Result<Option<String>, GitError> {
    let mut name = name.to_owned();
    for _ in 0..LINKS_MAX {
        let Some(text) = reference_text(&place(git, &name)?)? else { return packed(git, &name) };
        match text.strip_prefix("ref:") {
            Some(next) => next.trim().clone_into(&mut name),
            None if is_id(&text) => return Ok(Some(text)),
            None => return Err(unfit(&format!("the reference `{name}` names no object"))),
        }
    }
    Err(unfit("its references name each other"))
}

/// Checks that a branch may be called so.
///
/// # Errors
/// If none may.
pub fn check_branch(branch: &str) -> Result<(), GitError> {
    check_name(&format!("refs/heads/{branch}"))
}

fn check_name(name: &str) -> Result<(), GitError> {
    let is_plain = |part: &str| {
        let is_dotted = part.is_empty() || part.starts_with('.') || part.ends_with(".lock") || part.contains("..");
        let is_odd = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
        !is_dotted && !part.contains(is_odd) && !part.contains("@{") && !part.ends_with('.')
    };
    let is_name = name.starts_with("refs/") && name.split('/').all(is_plain);
    if is_name { Ok(()) } else { Err(unfit(&format!("`{name}` is no name of a reference"))) }
}

/// Where the reference `name` is kept, if no link on the way leads elsewhere.
fn place(git: &Path, name: &str) -> Result<PathBuf, GitError> {
    check_name(name)?;
    let mut path = git.to_owned();
    for part in name.split('/') {
        path.push(part);
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Err(unfit(&format!("`.git/{name}`: a part of it is a symbolic link")));
        }
    }
    Ok(path)
}

/// The text of a reference; `None` if there is no such file.
fn reference_text(path: &Path) -> Result<Option<String>, GitError> {
    let shown = || format!("`.git/{}`", path.file_name().unwrap_or_default().to_string_lossy());
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(found) if found.is_dir() => return Ok(None),
        Ok(_) => return Err(unfit(&format!("{} is not a file", shown()))),
        Err(_) => return Ok(None),
    }
    let mut text = String::new();
    let file = fs::File::open(path).map_err(|error| unfit(&format!("{}: {error}", shown())))?;
    let read = file.take(REFERENCE_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| unfit(&format!("{}: {error}", shown())))?;
    Ok(Some(text.trim_end().to_owned()))
}

/// The object of a reference among those that git has packed.
fn packed(git: &Path, name: &str) -> Result<Option<String>, GitError> {
    let path = git.join("packed-refs");
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() && found.len() <= PACKED_BYTES_MAX => {}
        Ok(_) => return Err(unfit("`.git/packed-refs` is not a file, or too large")),
        Err(_) => return Ok(None),
    }
    let file = fs::File::open(&path).map_err(|error| unfit(&format!("`.git/packed-refs`: {error}")))?;
    let mut lines = BufReader::new(file.take(PACKED_BYTES_MAX));
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut lines).take(REFERENCE_BYTES_MAX).read_until(b'\n', &mut line);
        if read.map_err(|error| unfit(&format!("`.git/packed-refs`: {error}")))? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        if let Some((id, of)) = text.trim_end().split_once(' ')
            && of == name
            && is_id(id)
        {
            return Ok(Some(id.to_owned()));
        }
    }
}

fn unfit(because: &str) -> GitError {
    GitError::Unfit(because.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn a_branch_is_written_only_from_where_it_is() {
        let git = tempfile::tempdir().unwrap();
        let set = |from, to| set_branch(git.path(), "a/b", from, to).is_ok();
        let other = ID.replace('0', "a");
        assert!(set(None, ID) && !set(None, &other) && set(Some(ID), &other));
        assert_eq!(branch(git.path(), "a/b").unwrap(), Some(other));
        assert_eq!(fs::read_dir(git.path().join("refs/heads/a")).unwrap().count(), 1);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let git = tempfile::tempdir().unwrap();
        for name in ["../x", "a/../../x", "a//b", "a.lock", "a b", ".a", "a..b", "a\n"] {
            assert!(set_branch(git.path(), name, None, ID).is_err(), "{name:?}");
        }
        fs::create_dir_all(git.path().join("refs")).unwrap();
        #[cfg(unix)]
        {
            let outside = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink(outside.path(), git.path().join("refs/heads")).unwrap();
            assert!(set_branch(git.path(), "a", None, ID).is_err());
            assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn packed_references_are_found() {
        let git = tempfile::tempdir().unwrap();
        fs::write(git.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert!(head(git.path()).is_err_and(|error| error.to_string() == "it has no commit"));
        fs::write(git.path().join("packed-refs"), format!("# pack-refs with: peeled\n{ID} refs/heads/main\n")).unwrap();
        let head = head(git.path()).unwrap();
        assert_eq!((head.id.as_str(), head.branch.as_deref()), (ID, Some("main")));
    }
}
