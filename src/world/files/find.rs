//! Finding the Dockerfiles that a user means by a list of paths.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::GlobSet;
use ignore::{DirEntry, WalkBuilder};

use super::{Because, FileError, Kind, kind};
use crate::text::nearest;
use crate::world::FACTS;

/// Ignores files in the syntax of `.gitignore`, for this tool alone.
const IGNORE_FILE: &str = ".dockeroptignore";

/// Which of the files that are there should be found.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Files to leave out, and directories with all that is in them; matched from the directory that is searched, and from the
    /// current one.
    pub exclude: GlobSet,
    /// Whether a file named by the user is left out for the same reasons as one that is found; for hooks, which name every file.
    pub force_exclude: bool,
    /// Whether directories of vendored code, examples and tests are searched like any other.
    pub all_directories: bool,
}

/// A file with the name of a Dockerfile, or one that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    File(PathBuf),
    Skipped { path: PathBuf, because: Skip },
}

impl Found {
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Skipped { path, .. } => path,
        }
    }
}

/// Why a file that was found is left alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    #[error("template")]
    Template,
    #[error("excluded")]
    Excluded,
    #[error("in a directory of vendored code, examples or tests: `{0}`")]
    Aside(String),
    #[error("symlink leaves the tree")]
    LinkLeavesTree,
    #[error("symlink to nothing")]
    LinkToNothing,
    #[error("the same file as {}", .0.display())]
    SameFile(PathBuf),
    #[error("could not be searched: {0}")]
    Unreadable(String),
}

/// Directories whose files are written by others, to be looked at, or to stay as they are.
#[rustfmt::skip]
/// The Dockerfiles that `paths` stand for, sorted by path, each file once: a directory for those in it and below, as far as git
/// does not ignore them, a file for itself whatever its name.
///
/// # Errors
/// If one of `paths` does not exist or may not be looked at.
pub fn find(paths: &[PathBuf], selection: &Selection) -> Result<Vec<Found>, FileError> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut search = Search { selection, here, found: BTreeMap::new() };
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing(path),
            _ => Because::Io { attempted: "be looked at", source: error }.at(path),
        })?;
        if metadata.is_dir() {
            search.directory(path);
        } else {
            search.named(path);
        }
    }
    let mut found = once_each(search.found);
    found.sort_by(|one, other| one.path().cmp(other.path()));
    Ok(found)
}

struct Search<'a> {
    selection: &'a Selection,
    here: PathBuf,
    /// By real directory and name, so that a file is the same however its path is written.
    found: BTreeMap<PathBuf, Found>,
}

impl Search<'_> {
    fn named(&mut self, path: &Path) {
        let below = self.path_from_here(path).unwrap_or(Path::new(path.file_name().unwrap_or_default()));
        let skip = if self.selection.force_exclude { self.reason_to_skip(path, below) } else { None };
        self.add(path, skip);
    }

    fn directory(&mut self, root: &Path) {
        let mut walk = WalkBuilder::new(root);
        // Outside a repository, an ignore file further up was not written with this tree in mind.
        walk.hidden(false).require_git(false).parents(is_below_a_root(root)).add_custom_ignore_filename(IGNORE_FILE);
        walk.filter_entry(|entry| entry.file_name() != ".git");
        for entry in walk.build() {
            match entry {
                Ok(entry) => self.entry(root, &entry),
                Err(error) => self.add(place(&error).unwrap_or(root), Some(Skip::Unreadable(error.to_string()))),
            }
        }
    }

    fn entry(&mut self, root: &Path, entry: &DirEntry) {
        let path = entry.path();
        if kind(entry.file_name()) == Kind::Other || path.is_dir() {
            return;
        }
        let below = path.strip_prefix(root).unwrap_or(path);
        let is_link = entry.path_is_symlink();
        let skip =
            self.reason_to_skip(path, below).or_else(|| if is_link { reason_to_skip_link(root, path) } else { None });
        self.add(path, skip);
    }

    /// Why the file at `path` is not to be touched, `below` being the part of it that the user did not name.
    fn reason_to_skip(&self, path: &Path, below: &Path) -> Option<Skip> {
        let mut parts = below.ancestors().chain(self.path_from_here(path).into_iter().flat_map(Path::ancestors));
        if parts.any(|part| self.selection.exclude.is_match(part)) {
            return Some(Skip::Excluded);
        }
        if path.file_name().is_some_and(|name| kind(name) == Kind::Template) {
            return Some(Skip::Template);
        }
        if self.selection.all_directories { None } else { directory_aside(below).map(Skip::Aside) }
    }

    /// The path from the current directory; none if it is an absolute path to somewhere else.
    fn path_from_here<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let path = path.strip_prefix(&self.here).unwrap_or(path);
        path.is_relative().then(|| path.strip_prefix(".").unwrap_or(path))
    }

    /// A path that was taken once stays taken, whatever else leads to it.
    fn add(&mut self, path: &Path, skip: Option<Skip>) {
        let path = path.strip_prefix(".").unwrap_or(path).to_owned();
        let key = real_directory(&path).join(path.file_name().unwrap_or_default());
        match skip {
            Some(because) => drop(self.found.entry(key).or_insert(Found::Skipped { path, because })),
            None => drop(self.found.insert(key, Found::File(path))),
        }
    }
}

/// Skips every symlink to a file that is found without it.
fn once_each(found: BTreeMap<PathBuf, Found>) -> Vec<Found> {
    let (links, files): (Vec<_>, Vec<_>) = found.into_iter().partition(|(path, _)| path.is_symlink());
    let mut taken: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let mut result = Vec::new();
    for (key, found) in files.into_iter().chain(links) {
        let Found::File(path) = found else {
            result.push(found);
            continue;
        };
        let target = fs::canonicalize(&path).unwrap_or(key);
        match taken.get(&target) {
            Some(same) => result.push(Found::Skipped { path, because: Skip::SameFile(same.clone()) }),
            None => {
                taken.insert(target, path.clone());
                result.push(Found::File(path));
            }
        }
    }
    result
}

fn reason_to_skip_link(root: &Path, link: &Path) -> Option<Skip> {
    let (Ok(root), Ok(target)) = (fs::canonicalize(root), fs::canonicalize(link)) else {
        return Some(Skip::LinkToNothing);
    };
    let below = target.strip_prefix(root).ok();
    let inside =
        below.is_some_and(|below| below.components().all(|part| part != Component::Normal(OsStr::new(".git"))));
    (!inside).then_some(Skip::LinkLeavesTree)
}

fn directory_aside(below: &Path) -> Option<String> {
    let directories = below.parent()?.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    directories.into_iter().find(|name| FACTS.has("folder aside", &name.to_lowercase()))
}

/// Where a walk met an error.
fn place(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place(err),
        _ => None,
    }
}

/// Whether a folder above belongs to the same repository. What stands above its root is another matter.
fn is_below_a_root(directory: &Path) -> bool {
    let Ok(directory) = fs::canonicalize(directory) else { return false };
    let is_root = |folder: &Path| folder.join(".git").exists();
    !is_root(&directory) && directory.ancestors().any(is_root)
}

fn real_directory(path: &Path) -> PathBuf {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned())
}

fn missing(path: &Path) -> FileError {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let siblings = fs::read_dir(real_directory(path)).into_iter().flatten().flatten();
    let siblings: Vec<String> = siblings.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let siblings: Vec<&str> = siblings.iter().map(String::as_str).collect();
    let suggestion = nearest(&name, &siblings).map(|name| path.with_file_name(name));
    Because::Missing { suggestion }.at(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use globset::{Glob, GlobSetBuilder};
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    fn tree(files: &[&str]) -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "FROM a\n").unwrap();
        }
        directory
    }

    fn excluding(glob: &str) -> Selection {
        let exclude = GlobSetBuilder::new().add(Glob::new(glob).unwrap()).build().unwrap();
        Selection { exclude, ..Selection::default() }
    }

    /// What is found of `names` in the tree, one line each.
    fn found(tree: &TempDir, names: &[&str], selection: &Selection) -> Vec<String> {
        let paths: Vec<PathBuf> = names.iter().map(|name| tree.path().join(name)).collect();
        let below = |path: &Path| path.strip_prefix(tree.path()).unwrap().display().to_string();
        let found = find(&paths, selection).unwrap();
        let lines = found.iter().map(|found| match found {
            Found::File(path) => below(path),
            Found::Skipped { path, because: Skip::SameFile(same) } => {
                format!("{}: same as {}", below(path), below(same))
            }
            Found::Skipped { path, because } => format!("{}: {because}", below(path)),
        });
        lines.collect()
    }

    fn everything(tree: &TempDir) -> Vec<String> {
        found(tree, &[""], &Selection::default())
    }

    #[test]
    fn a_directory_stands_for_its_dockerfiles_in_order() {
        let tree =
            tree(&["b/Dockerfile", "a/x.dockerfile", "README.md", ".ci/Dockerfile", ".git/Dockerfile", "Dockerfile"]);
        assert_eq!(everything(&tree), [".ci/Dockerfile", "Dockerfile", "a/x.dockerfile", "b/Dockerfile"]);
    }

    #[test]
    fn what_git_ignores_is_not_found_even_outside_a_repository() {
        let tree = tree(&["a/Dockerfile", "b/Dockerfile", "c/Dockerfile"]);
        fs::write(tree.path().join(".gitignore"), "/a\n").unwrap();
        fs::write(tree.path().join(IGNORE_FILE), "c/*\n").unwrap();
        assert_eq!(everything(&tree), ["b/Dockerfile"]);
    }

    #[test]
    fn an_ignore_file_above_counts_only_within_a_repository() {
        let tree = tree(&["home/project/Dockerfile"]);
        fs::write(tree.path().join("home/.gitignore"), "*\n").unwrap();
        assert_eq!(found(&tree, &["home/project"], &Selection::default()), ["home/project/Dockerfile"]);
        fs::create_dir(tree.path().join("home/.git")).unwrap();
        assert!(found(&tree, &["home/project"], &Selection::default()).is_empty());
    }

    #[test]
    fn templates_and_files_put_aside_are_skipped_with_a_reason() {
        let tree = tree(&["Dockerfile.j2", "a/Examples/b/Dockerfile", "vendor/Dockerfile"]);
        assert_eq!(
            everything(&tree),
            [
                "Dockerfile.j2: template",
                "a/Examples/b/Dockerfile: in a directory of vendored code, examples or tests: `Examples`",
                "vendor/Dockerfile: in a directory of vendored code, examples or tests: `vendor`",
            ]
        );
        let all = Selection { all_directories: true, ..Selection::default() };
        assert_eq!(found(&tree, &["a", "vendor"], &all), ["a/Examples/b/Dockerfile", "vendor/Dockerfile"]);
    }

    #[test]
    fn what_is_named_is_taken_and_taken_once() {
        let tree = tree(&["vendor/Dockerfile", "Dockerfile.j2", "odd"]);
        let names = ["vendor", "", "odd", "Dockerfile.j2", "vendor/../odd"];
        assert_eq!(found(&tree, &names[..4], &Selection::default()), ["Dockerfile.j2", "odd", "vendor/Dockerfile"]);
        assert_eq!(find(&names.map(|name| tree.path().join(name)), &Selection::default()).unwrap().len(), 3);
    }

    #[test]
    fn a_named_file_is_excluded_only_by_force() {
        let tree = tree(&["old/Dockerfile", "Dockerfile.j2"]);
        let names = ["old/Dockerfile", "Dockerfile.j2"];
        let selection = excluding("**/Dockerfile");
        assert_eq!(found(&tree, &names, &selection), ["Dockerfile.j2", "old/Dockerfile"]);
        let forced = Selection { force_exclude: true, ..selection };
        assert_eq!(found(&tree, &names, &forced), ["Dockerfile.j2: template", "old/Dockerfile: excluded"]);
    }

    #[test]
    fn an_excluded_directory_is_excluded_with_all_in_it() {
        let tree = tree(&["old/a/Dockerfile", "new/Dockerfile"]);
        assert_eq!(found(&tree, &[""], &excluding("old")), ["new/Dockerfile", "old/a/Dockerfile: excluded"]);
    }

    #[test]
    fn a_symlink_is_taken_only_to_a_file_of_the_tree_not_found_otherwise() {
        let tree = tree(&["outside", "in/Dockerfile", "in/text", "in/directory/x"]);
        let links = [("../outside", "Dockerfile.a"), ("Dockerfile", "Dockerfile.b"), ("text", "Dockerfile.c")];
        let more = [("text", "Dockerfile.d"), ("nothing", "Dockerfile.e"), ("directory", "Dockerfile.f"), ("..", "up")];
        for (target, link) in links.into_iter().chain(more) {
            symlink(target, tree.path().join("in").join(link)).unwrap();
        }
        assert_eq!(
            found(&tree, &["in"], &Selection::default()),
            [
                "in/Dockerfile",
                "in/Dockerfile.a: symlink leaves the tree",
                "in/Dockerfile.b: same as in/Dockerfile",
                "in/Dockerfile.c",
                "in/Dockerfile.d: same as in/Dockerfile.c",
                "in/Dockerfile.e: symlink to nothing",
            ]
        );
    }

    #[test]
    fn a_missing_path_names_what_was_probably_meant() {
        let tree = tree(&["Dockerfile", "Makefile"]);
        let error = find(&[tree.path().join("Dockerfle")], &Selection::default()).unwrap_err().to_string();
        let meant = tree.path().join("Dockerfile");
        assert!(error.ends_with(&format!("no such file or directory, did you mean {}?", meant.display())), "{error}");
    }
}
