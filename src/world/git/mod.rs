//! What git knows about a working tree, and repositories that nobody vouches for.

mod checkout;
mod clone;
mod heads;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use checkout::{Change, Checkout, Committed, Identity, identity};
pub use clone::{Remote, fetch};
pub use heads::check_branch;

use super::FACTS;
use super::programs::ProgramError;

/// Git could not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("could not run git in {}: {source}", directory.display())]
    NotRun { directory: PathBuf, source: io::Error },
    #[error("git {command} in {}: {message}", directory.display())]
    Refused { command: &'static str, directory: PathBuf, message: String },
    #[error("git {command}: {source}")]
    NotDone { command: &'static str, source: ProgramError },
    #[error("git {command} took longer than {seconds} s")]
    TooLong { command: &'static str, seconds: u64 },
    /// What the repository is, or does, stands in the way.
    #[error("{0}")]
    Unfit(String),
}

impl GitError {
    /// Whether the process was asked to end.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        matches!(self, Self::NotDone { source: ProgramError::Interrupted, .. })
    }
}

/// The files in `directory` and below that differ from the last commit or are new and not ignored; sorted, each path starting
/// with `directory`. What was deleted is left out.
///
/// # Errors
/// If there is no git, or `directory` is not in a working tree.
pub fn changed_files(directory: &Path) -> Result<Vec<PathBuf>, GitError> {
    let mut prefix = git(directory, "rev-parse", &["--show-prefix"])?;
    prefix.truncate(prefix.trim_ascii_end().len());
    let options: Vec<_> = FACTS.of("option of git status").chain(["--untracked-files=all", "--", "."]).collect();
    let status = git(directory, "status", &options)?;
    // An entry is two letters, a space, and the path from the root of the working tree.
    let below = status.split(|byte| *byte == 0).filter_map(|entry| entry.get(3..)?.strip_prefix(prefix.as_slice()));
    let mut files: Vec<PathBuf> =
        below.map(|path| directory.join(path_of(path))).filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}

/// Runs git so that neither hooks nor a file system monitor of the repository run with it, and its index is not touched.
fn git(directory: &Path, command: &'static str, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let output = Command::new("git")
        .args(["--no-optional-locks", "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", command])
        .args(arguments)
        .current_dir(directory)
        .output()
        .map_err(|source| GitError::NotRun { directory: directory.to_owned(), source })?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(GitError::Refused { command, directory: directory.to_owned(), message });
    }
    Ok(output.stdout)
}

/// What git prints, with a sentence in place of an end that is none.
fn answer_of(
    command: &'static str,
    directory: &Path,
    limit: std::time::Duration,
    answer: Result<super::programs::Answer, ProgramError>,
) -> Result<Vec<u8>, GitError> {
    let answer = answer.map_err(|source| GitError::NotDone { command, source })?;
    match answer.status {
        None => Err(GitError::TooLong { command, seconds: limit.as_secs() }),
        Some(status) if status.success() => Ok(answer.out),
        Some(_) => {
            let message = String::from_utf8_lossy(&answer.err).trim().to_owned();
            Err(GitError::Refused { command, directory: directory.to_owned(), message })
        }
    }
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt as _;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn run(directory: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(directory).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn modified_staged_and_new_files_are_changed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        run(root, &["init", "--quiet"]);
        fs::create_dir(root.join("a b")).unwrap();
        for name in ["same", "modified", "staged", "deleted", "a b/ü \"x\""] {
            fs::write(root.join(name), "before").unwrap();
        }
        fs::write(root.join(".gitignore"), "ignored\n").unwrap();
        run(root, &["add", "."]);
        run(root, &["commit", "--quiet", "-m", "first"]);

        for name in ["modified", "staged", "new", "ignored", "a b/ü \"x\""] {
            fs::write(root.join(name), "after").unwrap();
        }
        run(root, &["add", "staged"]);
        fs::remove_file(root.join("deleted")).unwrap();

        let changed = ["a b/ü \"x\"", "modified", "new", "staged"].map(|name| root.join(name));
        assert_eq!(changed_files(root).unwrap(), changed);
        assert_eq!(changed_files(&root.join("a b")).unwrap(), [root.join("a b/ü \"x\"")]);
    }

    #[test]
    fn a_hook_of_the_repository_is_not_run() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        run(root, &["init", "--quiet"]);
        run(root, &["config", "core.fsmonitor", "touch ran; false"]);
        fs::write(root.join("Dockerfile"), "FROM a\n").unwrap();
        assert_eq!(changed_files(root).unwrap(), [root.join("Dockerfile")]);
        assert!(!root.join("ran").exists());
    }

    #[test]
    fn outside_a_repository_the_error_says_so() {
        let directory = tempfile::tempdir().unwrap();
        assert!(changed_files(directory.path()).unwrap_err().to_string().contains("not a git repository"));
    }
}
