//! A checkout that nobody vouches for: what was committed, whether the working tree is that, and new commits beside it.
//!
//! Git never reads the configuration of the repository, which could name programs to run. It gets a folder of our own as the repository, and of the checkout only
//! the objects, the index and the files.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::heads::{self, Head};
use super::{GitError, answer_of};
use crate::world::{FACTS, programs};

/// Most bytes of a file of git's own that are read.
const OWN_FILE_BYTES_MAX: u64 = 1 << 20;

/// Lets git find what it works on by itself.
pub(super) fn clear(git: &mut Command) {
    for name in FACTS.of("variable that leads git elsewhere") {
        git.env_remove(name);
    }
}

/// Who makes a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub email: String,
}

/// A checkout with a commit.
pub struct Checkout {
    folder: PathBuf,
    git: PathBuf,
    head: Head,
    /// What git is told the repository is.
    own: TempDir,
    /// Longest time that git may take.
    limit: Duration,
}

/// What a commit has at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    Nothing,
    File(Vec<u8>),
    /// A folder, or a repository in the repository.
    Other,
}

/// What a file is to hold in a new commit.
pub struct Change<'c> {
    /// From the root of the repository, with `/`.
    pub path: &'c [u8],
    pub text: &'c [u8],
}

/// Who the user is, as the user's own configuration of git says.
///
/// # Errors
/// If it does not.
pub fn identity() -> Result<Identity, GitError> {
    let nowhere = tempfile::tempdir().map_err(|source| not_made(Path::new("."), source))?;
    let limit = Duration::from_secs(30);
    let mut command = Command::new("git");
    clear(&mut command);
    command.args(["var", "GIT_AUTHOR_IDENT"]).current_dir(nowhere.path()).env("GIT_CEILING_DIRECTORIES", "/");
    let unknown =
        "git does not know who you are: set user.name and user.email, or GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL";
    let said = match answer_of("var GIT_AUTHOR_IDENT", nowhere.path(), limit, programs::ask(&mut command, limit)) {
        Err(GitError::Refused { .. }) => return Err(GitError::Unfit(unknown.to_owned())),
        said => said?,
    };
    let said = String::from_utf8_lossy(&said);
    let parts = said.split_once(" <").and_then(|(name, rest)| Some((name, rest.split_once('>')?.0)));
    let (name, email) = parts.ok_or_else(|| GitError::Unfit("git does not say who you are".to_owned()))?;
    let clean = |text: &str| text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>();
    Ok(Identity { name: clean(name).trim().to_owned(), email: clean(email).trim().to_owned() })
}

impl Checkout {
    /// The checkout at `folder`. What git needs beside it is kept in the folder `work`.
    ///
    /// # Errors
    /// If there is none, or it is of a kind that leads elsewhere, or has no commit.
    pub fn open(folder: &Path, work: &Path, limit: Duration) -> Result<Self, GitError> {
        let git = folder.join(".git");
        let metadata = fs::symlink_metadata(&git)
            .map_err(|_| GitError::Unfit("not a git repository: it has no folder `.git`".to_owned()))?;
        if !metadata.is_dir() {
            return Err(unfit(
                "`.git` is not a folder but leads elsewhere, as in a submodule or a linked working tree",
            ));
        }
        if fs::symlink_metadata(git.join("commondir")).is_ok() {
            return Err(unfit("`.git/commondir` leads elsewhere"));
        }
        for name in FACTS.of("folder of a repository") {
            if fs::symlink_metadata(git.join(name)).is_ok_and(|found| !found.is_dir()) {
                return Err(unfit(&format!("`.git/{name}` is not a folder")));
            }
        }
        let index = fs::symlink_metadata(git.join("index"));
        if index.is_ok_and(|found| !found.is_file()) {
            return Err(unfit("`.git/index` is not a file"));
        }
        let head = heads::head(&git)?;
        let own = own_repository(&git, &head.id, work).map_err(|source| not_made(folder, source))?;
        Ok(Self { folder: folder.to_owned(), git, head, own, limit })
    }

    /// The commit that is checked out.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head.id
    }

    /// What differs from the commit that is checked out: `git status --porcelain=v1 -z`, without what is in submodules.
    ///
    /// # Errors
    /// If git cannot tell.
    pub fn status(&self) -> Result<Vec<u8>, GitError> {
        let options: Vec<_> = FACTS.of("option of git status").chain(["--untracked-files=normal"]).collect();
        let mut command = self.git("status", &options);
        command.env("GIT_INDEX_FILE", self.git.join("index"));
        self.answer("status", programs::ask(&mut command, self.limit))
    }

    /// What the commit that is checked out has at each of `paths`.
    ///
    /// # Errors
    /// If git cannot tell.
    pub fn committed(&self, paths: &[&[u8]]) -> Result<Vec<Committed>, GitError> {
        let names: Vec<Vec<u8>> =
            paths.iter().map(|path| [self.head.id.as_bytes(), b":".as_slice(), path].concat()).collect();
        let out = self.objects(&names)?;
        let mut rest = out.as_slice();
        let answers = names.iter().map(|name| object(&mut rest, name)).collect::<Option<Vec<_>>>();
        let answers = answers.ok_or_else(|| unfit("git says less of its objects than it was asked"))?;
        Ok(answers.into_iter().map(|(kind, text)| committed(&kind, text)).collect())
    }

    /// When the commit that is checked out was made, in seconds since 1970.
    ///
    /// # Errors
    /// If git cannot tell.
    pub fn time(&self) -> Result<i64, GitError> {
        let name = self.head.id.clone().into_bytes();
        let out = self.objects(std::slice::from_ref(&name))?;
        let (kind, text) = object(&mut out.as_slice(), &name).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let line = text.lines().take_while(|line| !line.is_empty()).find(|line| line.starts_with("committer "));
        let seconds = line.and_then(|line| line.rsplit(' ').nth(1)?.parse().ok());
        seconds
            .filter(|_| kind == "commit")
            .ok_or_else(|| unfit(&format!("the commit {} cannot be read", self.head.id)))
    }

    /// Makes a commit that has `changes` on top of the one that is checked out. Working tree, index and references stay as they are.
    ///
    /// # Errors
    /// If git cannot make it.
    pub fn commit(
        &self,
        changes: &[Change<'_>],
        message: &str,
        by: &Identity,
        seconds: i64,
    ) -> Result<String, GitError> {
        self.check_objects()?;
        let modes = self.modes(changes)?;
        let mut stream = Vec::new();
        let Identity { name, email } = by;
        let who = format!("{name} <{email}> {seconds} +0000");
        let _ = write!(stream, "feature done\ncommit refs/heads/new\nmark :1\nauthor {who}\ncommitter {who}\n");
        let _ = write!(stream, "data {}\n{message}\nfrom {}\n", message.len(), self.head.id);
        for (change, mode) in changes.iter().zip(modes) {
            let _ = write!(stream, "M {mode} inline {}\ndata {}\n", quoted(change.path), change.text.len());
            stream.extend(change.text);
            stream.push(b'\n');
        }
        stream.extend(b"get-mark :1\ndone\n");
        let mut command = self.git("fast-import", &["--quiet", "--force", "--date-format=raw-permissive"]);
        let out = self.answer("fast-import", programs::ask_with(&mut command, stream, self.limit))?;
        let id = String::from_utf8_lossy(&out).trim().to_owned();
        if heads::is_id(&id) { Ok(id) } else { Err(unfit("git made no commit")) }
    }

    /// The commit of a branch.
    ///
    /// # Errors
    /// If its name is none, or it cannot be read.
    pub fn branch(&self, name: &str) -> Result<Option<String>, GitError> {
        heads::branch(&self.git, name)
    }

    /// Lets the branch `name`, which is at `from`, be at the commit `to`. It cannot be the one that is checked out.
    ///
    /// # Errors
    /// If it is not at `from`, or cannot be written.
    pub fn set_branch(&self, name: &str, from: Option<&str>, to: &str) -> Result<(), GitError> {
        if self.head.branch.as_deref() == Some(name) {
            return Err(unfit(&format!("the branch `{name}` is checked out")));
        }
        heads::set_branch(&self.git, name, from, to)
    }

    /// Whether each file of `changes` is to be executable; as the commit has it.
    fn modes(&self, changes: &[Change<'_>]) -> Result<Vec<&'static str>, GitError> {
        let mut command = self.git("ls-tree", &["-z", "--full-tree", &self.head.id, "--"]);
        command.args(changes.iter().map(|change| super::path_of(change.path)));
        let out = self.answer("ls-tree", programs::ask(&mut command, self.limit))?;
        let entries: Vec<_> = out.split(|byte| *byte == 0).collect();
        let mode = |change: &Change<'_>| {
            let is_it = |entry: &&&[u8]| entry.splitn(2, |byte| *byte == b'\t').nth(1) == Some(change.path);
            let entry = entries.iter().find(is_it);
            if entry.is_some_and(|entry| entry.starts_with(b"100755")) { "100755" } else { "100644" }
        };
        Ok(changes.iter().map(mode).collect())
    }

    /// Nothing that is written to the objects may land elsewhere.
    fn check_objects(&self) -> Result<(), GitError> {
        let objects = self.git.join("objects");
        let entries = fs::read_dir(&objects).map_err(|source| not_made(&objects, source))?;
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                let name = entry.file_name();
                return Err(unfit(&format!("`.git/objects/{}` is a symbolic link", name.to_string_lossy())));
            }
        }
        Ok(())
    }

    /// What `git cat-file --batch` says of `names`.
    fn objects(&self, names: &[Vec<u8>]) -> Result<Vec<u8>, GitError> {
        let input = names.iter().flat_map(|name| name.iter().copied().chain([0])).collect();
        let mut command = self.git("cat-file", &["--batch", "-z"]);
        self.answer("cat-file", programs::ask_with(&mut command, input, self.limit))
    }

    /// A command of git that knows the objects and the files of the checkout, and no configuration but ours.
    fn git(&self, command: &str, arguments: &[&str]) -> Command {
        let mut git = Command::new("git");
        clear(&mut git);
        git.arg("--no-optional-locks").arg(command).args(arguments).current_dir(&self.folder);
        git.env("GIT_DIR", self.own.path()).env("GIT_WORK_TREE", &self.folder);
        git.env("GIT_OBJECT_DIRECTORY", self.git.join("objects"));
        git.envs(FACTS.of("variable for git").filter_map(|variable| variable.split_once('=')));
        git.env("LC_ALL", "C");
        git
    }

    fn answer(
        &self,
        command: &'static str,
        answer: Result<programs::Answer, programs::ProgramError>,
    ) -> Result<Vec<u8>, GitError> {
        answer_of(command, &self.folder, self.limit, answer)
    }
}

/// A repository in the folder `work` without a thing in it, at the commit `head`.
fn own_repository(git: &Path, head: &str, work: &Path) -> io::Result<TempDir> {
    let own = tempfile::Builder::new().prefix("git-").tempdir_in(work)?;
    let at = |name: &str| own.path().join(name);
    for folder in ["info", "objects", "refs"] {
        fs::create_dir(at(folder))?;
    }
    fs::write(at("HEAD"), format!("{head}\n"))?;
    let format =
        if head.len() == 64 { "\trepositoryFormatVersion = 1\n[extensions]\n\tobjectFormat = sha256\n" } else { "" };
    fs::write(
        at("config"),
        format!(
            "[core]\n\tbare = false\n\tfileMode = false\n\tfsmonitor = false\n\thooksPath = /dev/null\n\
             \tattributesFile = /dev/null\n\texcludesFile = /dev/null\n\tquotePath = false\n[protocol]\n\tallow = never\n\
             [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[core]\n{format}"
        ),
    )?;
    // What the user keeps out of the repository without telling others.
    let exclude = git.join("info/exclude");
    if fs::symlink_metadata(&exclude).is_ok_and(|found| found.is_file() && found.len() <= OWN_FILE_BYTES_MAX) {
        fs::copy(&exclude, at("info/exclude"))?;
    }
    Ok(own)
}

/// The next object in what `cat-file --batch` prints, which was asked for by `name`: its kind and its text.
fn object(rest: &mut &[u8], name: &[u8]) -> Option<(String, Vec<u8>)> {
    let missing = [name, b" missing\n".as_slice()].concat();
    if let Some(after) = rest.strip_prefix(missing.as_slice()) {
        *rest = after;
        return Some(Default::default());
    }
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let head = String::from_utf8_lossy(&rest[..end]).into_owned();
    let mut words = head.split(' ');
    let (_, kind, size) = (words.next()?, words.next()?, words.next()?.parse::<usize>().ok()?);
    let start = end + 1;
    let text = rest.get(start..start.checked_add(size)?)?.to_vec();
    *rest = rest.get(start + size + 1..)?;
    Some((kind.to_owned(), text))
}

fn committed(kind: &str, text: Vec<u8>) -> Committed {
    match kind {
        "" => Committed::Nothing,
        "blob" => Committed::File(text),
        _ => Committed::Other,
    }
}

/// A path as `git fast-import` reads it.
fn quoted(path: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in path {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}

fn unfit(because: &str) -> GitError {
    GitError::Unfit(because.to_owned())
}

fn not_made(directory: &Path, source: io::Error) -> GitError {
    GitError::NotRun { directory: directory.to_owned(), source }
}
