//! Which repositories are meant, one after the other: folders, what lies below them, lists, URLs.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use super::place::path_of;
use crate::examine::Failure;
use crate::examine::shard::Shard;
use crate::text::hash;
use crate::world::git::Remote;

/// How deep below a folder repositories are looked for.
const DEPTH_MAX: usize = 8;

/// A repository.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// What it is called everywhere; no two are called the same.
    pub name: String,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Place {
    Folder(PathBuf),
    Remote(Remote),
    /// None at all, and why.
    Nowhere(String),
}

impl Source {
    /// The place for people.
    pub fn shown(&self) -> String {
        match &self.place {
            Place::Folder(folder) => folder.to_string_lossy().into_owned(),
            Place::Remote(remote) => remote.shown(),
            Place::Nowhere(_) => self.name.clone(),
        }
    }
}

/// All repositories, each once. Nothing is kept of them but hashes.
pub(super) struct Sources<'a> {
    arguments: std::slice::Iter<'a, String>,
    list: Option<BufReader<File>>,
    shard: Option<Shard>,
    /// Folders that are still to be searched, the next one last: its root, and how deep it lies.
    folders: Vec<(PathBuf, PathBuf, usize)>,
    /// Whether a repository was found below the argument that is searched.
    is_found: bool,
    /// Folders that are not searched.
    own: Vec<PathBuf>,
    /// The places that there were, and the paths for what belongs to them.
    seen: HashSet<u64>,
    /// How many repositories there were, in all shards.
    found: u64,
}

impl<'a> Sources<'a> {
    /// # Errors
    /// If the list cannot be read.
    pub fn new(arguments: &'a [String], list: Option<&Path>, shard: Option<Shard>) -> Result<Self, Failure> {
        let open = |path: &Path| File::open(path).map_err(|error| format!("--repos-from {}: {error}", path.display()));
        let list = list.map(open).transpose()?.map(BufReader::new);
        let arguments = arguments.iter();
        Ok(Self {
            arguments,
            list,
            shard,
            folders: Vec::new(),
            is_found: false,
            own: Vec::new(),
            seen: HashSet::new(),
            found: 0,
        })
    }

    /// The same without what lies below these folders: what an earlier run has cloned is no repository of the user.
    pub fn without(mut self, folders: &[&Path]) -> Self {
        self.own = folders.iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
        self
    }

    /// How many repositories there were so far, those of other shards too.
    pub fn found(&self) -> u64 {
        self.found
    }

    fn candidate(&mut self) -> Option<Source> {
        loop {
            if let Some((root, folder, depth)) = self.folders.pop() {
                if let Some(source) = self.searched(&root, folder, depth) {
                    return Some(source);
                }
                continue;
            }
            let source = named(&self.text()?);
            match source.place {
                Place::Folder(folder) if fs::symlink_metadata(folder.join(".git")).is_err() => {
                    self.is_found = false;
                    self.folders.push((folder.clone(), folder, 0));
                }
                _ => return Some(source),
            }
        }
    }

    /// What the user names next: an argument, then a line of the list.
    fn text(&mut self) -> Option<String> {
        if let Some(argument) = self.arguments.next() {
            return Some(argument.clone());
        }
        loop {
            let mut line = Vec::new();
            let read = self.list.as_mut()?.read_until(b'\n', &mut line).ok()?;
            let line = String::from_utf8_lossy(&line);
            let text = line.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() && !text.starts_with('#') {
                return Some(text.to_owned());
            }
            if read == 0 {
                return None;
            }
        }
    }

    fn is_own(&self, folder: &Path) -> bool {
        let mut called_so = self.own.iter().filter(|own| own.file_name() == folder.file_name()).peekable();
        called_so.peek().is_some() && fs::canonicalize(folder).is_ok_and(|folder| called_so.any(|own| *own == folder))
    }

    /// The name, or another that nothing of an earlier repository is written under.
    fn unique(&mut self, name: String, place: &Path) -> String {
        let mut is_new = |name: &str| self.seen.insert(hash([b"path", path_of(name).as_bytes()]));
        if is_new(&name) {
            return name;
        }
        let place = place.to_string_lossy();
        let others = (2..).map(|number| format!("{place} {number}"));
        std::iter::once(place.clone().into_owned()).chain(others).find(|name| is_new(name)).unwrap_or(name)
    }

    /// The repository that `folder` is; else what lies in it is searched next. A folder with none is taken for one itself.
    fn searched(&mut self, root: &Path, folder: PathBuf, depth: usize) -> Option<Source> {
        if depth > 0 && fs::symlink_metadata(folder.join(".git")).is_ok() {
            self.is_found = true;
            let name = folder.strip_prefix(root).unwrap_or(&folder).to_string_lossy().into_owned();
            return Some(Source { name, place: Place::Folder(folder) });
        }
        if depth < DEPTH_MAX {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            let mut below: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
            below.retain(|path| path.file_name().is_some_and(|name| name != "node_modules") && !self.is_own(path));
            below.sort_unstable_by(|one, other| other.cmp(one));
            if depth == 0 {
                // Looked at when all below it was searched.
                self.folders.push((root.to_owned(), folder.clone(), usize::MAX));
            }
            self.folders.extend(below.into_iter().map(|path| (root.to_owned(), path, depth + 1)));
        }
        (depth == usize::MAX && !self.is_found).then(|| named(&folder.to_string_lossy()))
    }
}

impl Iterator for Sources<'_> {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        loop {
            let mut source = self.candidate()?;
            let place = match &source.place {
                Place::Folder(folder) => fs::canonicalize(folder).unwrap_or_else(|_| folder.clone()),
                Place::Remote(_) | Place::Nowhere(_) => PathBuf::from(source.shown()),
            };
            if !self.seen.insert(hash([b"place", place.as_os_str().as_encoded_bytes()])) {
                continue;
            }
            source.name = self.unique(source.name, &place);
            self.found += 1;
            if self.shard.is_none_or(|shard| shard.takes(hash([source.name.as_bytes()]))) {
                return Some(source);
            }
        }
    }
}

/// The repository that the user writes as `text`.
fn named(text: &str) -> Source {
    match Remote::parse(text) {
        Some(Ok(remote)) => return Source { name: remote.name.clone(), place: Place::Remote(remote) },
        Some(Err(because)) => return Source { name: text.to_owned(), place: Place::Nowhere(because) },
        None => {}
    }
    let path = PathBuf::from(text);
    let is_plain = |part: &str| !matches!(part, "." | "..");
    let plain = text.trim_start_matches("./").trim_matches('/');
    let root = if text.starts_with('/') { "/" } else { "" };
    let name = if !plain.is_empty() && plain.split('/').all(is_plain) {
        format!("{root}{plain}")
    } else {
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        real.file_name().map_or_else(|| text.to_owned(), |name| name.to_string_lossy().into_owned())
    };
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => Source { name, place: Place::Folder(path) },
        Ok(_) => Source { name, place: Place::Nowhere("not a folder".to_owned()) },
        Err(error) => Source { name, place: Place::Nowhere(error.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_found_once_each_in_order_and_shards_share_them() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/y", "a", "b/x", "c/none"] {
            fs::create_dir_all(root.path().join(name)).unwrap();
        }
        for name in ["b/y", "a", "b/x", "a/nested"] {
            fs::create_dir_all(root.path().join(name).join(".git")).unwrap();
        }
        let text = root.path().to_string_lossy().into_owned();
        let arguments = [text.clone(), format!("{text}/b"), format!("{text}/missing"), text.clone()];
        let names =
            |shard| Sources::new(&arguments, None, shard).unwrap().map(|source| source.name).collect::<Vec<_>>();
        let all = names(None);
        assert_eq!(all[..3], ["a", "b/x", "b/y"]);
        assert!(all.len() == 4 && all[3].ends_with("/missing"));
        let mut shards: Vec<_> = (1..=3).flat_map(|index| names(format!("{index}/3").parse().ok())).collect();
        shards.sort();
        let mut sorted = all;
        sorted.sort();
        assert_eq!(shards, sorted);
    }

    #[test]
    fn a_list_may_name_all_that_an_argument_may_and_what_a_run_has_made_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/y", "a", "out/clones/c", "other/out"] {
            fs::create_dir_all(root.path().join(name).join(".git")).unwrap();
        }
        let text = root.path().to_string_lossy().into_owned();
        let list = root.path().join("list");
        fs::write(&list, format!("# all\r\n\n {text}\n{text}/a\nhttps://h.example/a\n/missing")).unwrap();
        let own = root.path().join("out");
        let sources = || Sources::new(&[], Some(&list), None).unwrap().without(&[&own]);
        let names: Vec<_> = sources().map(|source| source.name).collect();
        assert_eq!(names, ["a", "b/y", "other/out", "h.example/a", "/missing"]);
        let mut sources = sources();
        assert_eq!((sources.by_ref().count(), sources.found()), (5, 5));
    }

    #[test]
    fn no_two_names_lead_to_the_same_path() {
        let mut sources = Sources::new(&[], None, None).unwrap();
        let names = ["a/b", "/a/b", "/a/b/"].map(|name| sources.unique(name.to_owned(), Path::new("/a/b")));
        assert_eq!(names, ["a/b", "/a/b 2", "/a/b 3"]);
    }
}
