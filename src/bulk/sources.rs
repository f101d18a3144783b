//! Which repositories are meant, one after the other: folders, what lies below them, lists, URLs.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

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
    /// The names and the places that there were.
    seen: HashSet<u64>,
}

impl<'a> Sources<'a> {
    /// # Errors
    /// If the list cannot be read.
    pub fn new(arguments: &'a [String], list: Option<&Path>, shard: Option<Shard>) -> Result<Self, Failure> {
        let open = |path: &Path| File::open(path).map_err(|error| format!("--repos-from {}: {error}", path.display()));
        let list = list.map(open).transpose()?.map(BufReader::new);
        let arguments = arguments.iter();
        Ok(Self { arguments, list, shard, folders: Vec::new(), is_found: false, seen: HashSet::new() })
    }

    fn candidate(&mut self) -> Option<Source> {
        loop {
            if let Some((root, folder, depth)) = self.folders.pop() {
                if let Some(source) = self.searched(&root, folder, depth) {
                    return Some(source);
                }
                continue;
            }
            if let Some(argument) = self.arguments.next() {
                let source = named(argument);
                match source.place {
                    Place::Folder(folder) if fs::symlink_metadata(folder.join(".git")).is_err() => {
                        self.is_found = false;
                        self.folders.push((folder.clone(), folder, 0));
                    }
                    _ => return Some(source),
                }
                continue;
            }
            let line = self.line()?;
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                return Some(named(line));
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = self.list.as_mut()?.read_until(b'\n', &mut line).ok()?;
        (read > 0).then(|| String::from_utf8_lossy(&line).into_owned())
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
            below.retain(|path| path.file_name().is_some_and(|name| name != "node_modules"));
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
            if !self.seen.insert(hash([b"name", source.name.as_bytes()])) {
                source.name = place.to_string_lossy().trim_start_matches('/').to_owned();
            }
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
    let name = if !plain.is_empty() && plain.split('/').all(is_plain) {
        plain.to_owned()
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
}
