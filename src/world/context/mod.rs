//! The build context of a Dockerfile, as the build gets it: without what `.dockerignore` leaves out, and never beyond its folder.

mod ignore;
mod ignore_files;
mod repository;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub use ignore::{Ignore, NoPattern};
pub use repository::{Around, root};

use crate::world::FACTS;

/// The name of the file that says what is left out.
const IGNORE_NAME: &str = ".dockerignore";

/// Whether a folder of this name has other people's code, or no code at all.
fn is_of_others(folder: &str) -> bool {
    FACTS.has("folder of others", folder)
}

/// The largest file whose text is read, in bytes: manifests and scripts are far smaller.
const TEXT_BYTES_MAX: u64 = 1 << 20;

/// How much of a file is looked at to tell what it is, in bytes: a tar archive is known by its first block.
const START_BYTES: u64 = 512;

/// Most files of a context that are listed.
const FILES_MAX: usize = 50_000;

/// A folder that Docker would be given.
#[derive(Debug)]
pub struct BuildContext {
    folder: Arc<Folder>,
    ignore: Ignore,
}

/// A folder that is the context of one or more Dockerfiles.
#[derive(Debug)]
struct Folder {
    /// Invariant: canonical.
    path: PathBuf,
    /// What it holds, once somebody has asked.
    paths: OnceLock<Option<Arc<Vec<String>>>>,
}

/// The build contexts of many Dockerfiles: a folder that is the context of several is listed once.
#[derive(Debug, Default)]
pub struct Contexts {
    folders: HashMap<PathBuf, Option<Arc<Folder>>>,
    /// The repositories around them, by their roots, once somebody has asked.
    repositories: HashMap<PathBuf, Arc<OnceLock<Arc<Around>>>>,
}

impl Contexts {
    /// The same with nothing but what is read of repositories.
    #[must_use]
    pub fn without_lists(&self) -> Self {
        Self { folders: HashMap::new(), repositories: self.repositories.clone() }
    }

    /// What is read of the repository at `root`, a canonical path; to be filled by [`Around::read`].
    pub fn repository(&mut self, root: &Path) -> Arc<OnceLock<Arc<Around>>> {
        Arc::clone(self.repositories.entry(root.to_owned()).or_default())
    }

    /// The context `folder` of the Dockerfile at `dockerfile`; `None` if it is no folder, or what is left out cannot be told.
    pub fn open(&mut self, folder: &Path, dockerfile: &Path) -> Option<BuildContext> {
        let known = self.folders.entry(folder.to_owned()).or_insert_with(|| Folder::open(folder).map(Arc::new));
        BuildContext::of(known.clone()?, dockerfile)
    }
}

impl Folder {
    fn open(folder: &Path) -> Option<Self> {
        let path = folder.canonicalize().ok().filter(|folder| folder.is_dir())?;
        Some(Self { path, paths: OnceLock::new() })
    }

    /// The paths of all files, whether they are left out or not, sorted; `None` if there are too many, or some folder cannot be read.
    fn paths(&self) -> Option<Arc<Vec<String>>> {
        self.paths.get_or_init(|| self.list().map(Arc::new)).clone()
    }

    fn list(&self) -> Option<Vec<String>> {
        let mut files = Vec::new();
        let mut folders = vec![String::new()];
        let mut looked_at = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.path.join(&folder)).ok()? {
                let entry = entry.ok()?;
                looked_at += 1;
                if looked_at > FILES_MAX {
                    return None;
                }
                let name = entry.file_name().into_string().ok()?;
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                // A link is a file of its own: what it leads to is listed where it is.
                if entry.file_type().ok()?.is_dir() {
                    if path != ".git" {
                        folders.push(path);
                    }
                } else {
                    files.push(path);
                }
            }
        }
        files.sort_unstable();
        Some(files)
    }
}

/// What stands at a path of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing, or something that the build does not get.
    Absent,
    Directory,
    /// A file with its first bytes.
    File {
        start: Vec<u8>,
    },
    /// Something else, or something that cannot be read.
    Other,
}

impl BuildContext {
    /// The context `folder` of the Dockerfile at `dockerfile`; `None` if it is no folder, or what is left out cannot be told.
    #[must_use]
    pub fn open(folder: &Path, dockerfile: &Path) -> Option<Self> {
        Self::of(Arc::new(Folder::open(folder)?), dockerfile)
    }

    fn of(folder: Arc<Folder>, dockerfile: &Path) -> Option<Self> {
        let mut own = OsString::from(dockerfile.as_os_str());
        own.push(IGNORE_NAME);
        let named = [PathBuf::from(own), folder.path.join(IGNORE_NAME)];
        let ignore = match named.iter().find(|path| path.is_file()) {
            Some(path) => Ignore::parse(&String::from_utf8(text(path)?).ok()?).ok()?,
            None => Ignore::default(),
        };
        Some(Self { folder, ignore })
    }

    /// What stands at `path`, as a COPY would find it.
    #[must_use]
    pub fn entry(&self, path: &str) -> Entry {
        let Some(path) = self.resolved(path) else { return Entry::Absent };
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Entry::Directory,
            Ok(metadata) if metadata.is_file() => start(&path).map_or(Entry::Other, |start| Entry::File { start }),
            _ => Entry::Other,
        }
    }

    /// The text of the file at `path`; `None` if there is none, or it is larger than a manifest or a script would be.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Vec<u8>> {
        text(&self.resolved(path)?)
    }

    /// The paths of all files, sorted; `None` if there are too many, or some folder cannot be read.
    #[must_use]
    pub fn files(&self) -> Option<Arc<Vec<String>>> {
        let all = self.folder.paths()?;
        if self.ignore.is_empty() {
            return Some(all);
        }
        Some(Arc::new(all.iter().filter(|path| !self.ignore.leaves_out(path)).cloned().collect()))
    }

    /// How many bytes all files have together, and those at `paths`; a name behind `**/` counts wherever it stands. `None` if there are too many, or some
    /// folder cannot be read.
    #[must_use]
    pub fn bytes(&self, paths: &[String]) -> Option<(u64, u64)> {
        let is_asked = |file: &str| {
            paths.iter().any(|path| match path.strip_prefix("**/") {
                Some(name) => file.split('/').any(|part| part == name),
                None => file.strip_prefix(&**path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            })
        };
        let (mut all, mut of_these, mut looked_at) = (0, 0, 0);
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.folder.path.join(&folder)).ok()? {
                let entry = entry.ok()?;
                looked_at += 1;
                if looked_at > FILES_MAX {
                    return None;
                }
                let name = entry.file_name().into_string().ok()?;
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let metadata = entry.metadata().ok()?;
                if metadata.is_dir() {
                    folders.push(path);
                } else if metadata.is_file() && !self.ignore.leaves_out(&path) {
                    all += metadata.len();
                    of_these += if is_asked(&path) { metadata.len() } else { 0 };
                }
            }
        }
        Some((all, of_these))
    }

    /// Where `path` of a Dockerfile leads, if the build gets it and it does not lead out of the context.
    fn resolved(&self, path: &str) -> Option<PathBuf> {
        let path = ignore::clean(&format!("/{path}"));
        if path == "." {
            return Some(self.folder.path.clone());
        }
        let named = self.folder.path.join(&path);
        // Mostly there is nothing, which costs less to see.
        fs::metadata(&named).ok()?;
        let resolved = named.canonicalize().ok()?;
        let real = resolved.strip_prefix(&self.folder.path).ok()?.to_str()?.to_owned();
        (!self.ignore.leaves_out(&path) && !self.ignore.leaves_out(&real)).then_some(resolved)
    }
}

/// The text of a file that is not too large; a pipe is never opened.
fn text(path: &Path) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > TEXT_BYTES_MAX {
        return None;
    }
    read(path, TEXT_BYTES_MAX)
}

fn start(path: &Path) -> Option<Vec<u8>> {
    read(path, START_BYTES)
}

fn read(path: &Path, bytes_max: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(files: &[(&str, &str)]) -> (tempfile::TempDir, BuildContext) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let context = BuildContext::open(folder.path(), &folder.path().join("Dockerfile")).unwrap();
        (folder, context)
    }

    #[test]
    fn what_is_left_out_is_not_there() {
        let files = [("a/b.txt", "hello"), ("secret/key", "k"), (".dockerignore", "secret\n"), ("Dockerfile", "")];
        let (_folder, context) = context(&files);
        assert_eq!(context.entry("./a//b.txt"), Entry::File { start: b"hello".to_vec() });
        assert_eq!([context.entry("a"), context.entry("/")], [Entry::Directory, Entry::Directory]);
        assert_eq!([context.entry("secret/key"), context.entry("none")], [Entry::Absent, Entry::Absent]);
        assert_eq!((context.text("a/b.txt"), context.text("secret/key")), (Some(b"hello".to_vec()), None));
        assert_eq!(*context.files().unwrap(), [".dockerignore", "Dockerfile", "a/b.txt"]);
    }

    #[test]
    fn what_is_to_be_left_out_is_weighed() {
        let files =
            [("a.py", "123"), ("b/__pycache__/a", "4567"), (".git/x", "89"), ("out", "0"), (".dockerignore", "out")];
        let (_folder, context) = context(&files);
        assert_eq!(context.bytes(&[".git".to_owned(), "**/__pycache__".to_owned()]), Some((12, 6)));
    }

    #[test]
    fn the_file_beside_the_dockerfile_wins() {
        let (folder, _) =
            context(&[(".dockerignore", "a\n"), ("x.Dockerfile.dockerignore", "b\n"), ("a", ""), ("b", "")]);
        let context = BuildContext::open(folder.path(), &folder.path().join("x.Dockerfile")).unwrap();
        assert_eq!((context.entry("a"), context.entry("b")), (Entry::File { start: Vec::new() }, Entry::Absent));
    }

    #[test]
    #[cfg(unix)]
    fn nothing_leads_out_of_it() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let (folder, context) = context(&[("a/in", "i")]);
        let link = |target: &Path, name: &str| std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
        link(outside.path(), "out");
        link(Path::new("a/in"), "to-in");
        link(Path::new("loop"), "loop");
        for path in ["out", "out/secret", "../x", "a/../../x", "loop"] {
            assert_eq!((context.entry(path), context.text(path)), (Entry::Absent, None), "{path}");
        }
        assert_eq!(context.text("to-in"), Some(b"i".to_vec()));
        assert_eq!(*context.files().unwrap(), ["a/in", "loop", "out", "to-in"]);
    }

    #[test]
    fn what_is_left_out_cannot_be_told_from_a_damaged_list() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".dockerignore"), "a[\n").unwrap();
        assert!(BuildContext::open(folder.path(), &folder.path().join("Dockerfile")).is_none());
    }
}
