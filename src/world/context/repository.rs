//! The repository around a Dockerfile: how far it reaches, and what of it is read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{is_of_others, read};
use crate::surroundings::{Interest, Repository, interest};
use crate::world::files::{Kind, kind};

/// Most folders above a Dockerfile that are looked at.
const FOLDERS_ABOVE_MAX: usize = 32;

/// Most entries of a repository that are listed.
const ENTRIES_MAX: usize = 100_000;

/// Most files of a repository whose text is read for what they say of images.
const TEXTS_MAX: usize = 5_000;

/// The largest of them, in bytes.
const TEXT_BYTES_MAX: u64 = 1 << 20;

/// Most Dockerfiles that are read for what they build on, and the largest of them, in bytes.
const DOCKERFILES_MAX: usize = 1_000;
const DOCKERFILE_BYTES_MAX: u64 = 64 << 10;

/// How many bytes of them are read in all.
const BYTES_MAX: u64 = 16 << 20;

/// A repository, or a folder that stands for one.
#[derive(Debug)]
pub struct Around {
    /// Invariant: canonical.
    pub root: PathBuf,
    pub repository: Repository,
}

/// The root of the repository that the Dockerfile in `folder`, a canonical path, is in: the folder with `.git`, else the first of `given` that holds it, else its own.
pub fn root(folder: &Path, given: &[PathBuf]) -> PathBuf {
    let with_git = folder.ancestors().take(FOLDERS_ABOVE_MAX).find(|above| above.join(".git").exists());
    let holds = |given: &&PathBuf| folder.starts_with(given);
    with_git.map(Path::to_owned).or_else(|| given.iter().find(holds).cloned()).unwrap_or_else(|| folder.to_owned())
}

impl Around {
    /// Lists the folder at `root` and reads what may say something of images.
    pub fn read(root: &Path) -> Self {
        let Listing { files, dockerfiles, mut beyond } = list(root);
        let mut texts = Vec::new();
        let mut bytes_left = BYTES_MAX;
        let mut refused = Vec::new();
        // What other Dockerfiles build on is read apart: in a collection of thousands, nobody builds on their images by name.
        let is_dockerfile = |path: &&String| interest(path) == Some(Interest::Dockerfile);
        let mut bases = Vec::new();
        for path in files.iter().filter(is_dockerfile).take(DOCKERFILES_MAX) {
            let whole = root.join(path);
            let is_file = fs::symlink_metadata(&whole).is_ok_and(|metadata| metadata.is_file());
            let bytes = if is_file { read(&whole, DOCKERFILE_BYTES_MAX) } else { None };
            bases.extend(bytes.map(|bytes| (path.clone(), String::from_utf8_lossy(&bytes).into_owned())));
        }
        for path in files.iter().filter(|path| interest(path).is_some() && !is_dockerfile(path)) {
            if texts.len() >= TEXTS_MAX || bytes_left == 0 {
                beyond.get_or_insert_with(|| {
                    format!("only {} files of the repository were read for who builds and runs it", texts.len())
                });
                break;
            }
            let whole = root.join(path);
            let Ok(metadata) = fs::symlink_metadata(&whole) else { continue };
            if !metadata.is_file() {
                continue;
            }
            if metadata.len() > TEXT_BYTES_MAX {
                // Data, mostly; what is written by hand is far smaller.
                continue;
            }
            bytes_left = bytes_left.saturating_sub(metadata.len());
            match read(&whole, TEXT_BYTES_MAX).map(String::from_utf8) {
                Some(Ok(text)) => texts.push((path.clone(), text)),
                Some(Err(_)) => refused.push((path.clone(), "it is no UTF-8")),
                None => refused.push((path.clone(), "it cannot be opened")),
            }
        }
        let mut repository = Repository::new(Arc::new(files), dockerfiles, beyond);
        texts.iter().chain(&bases).for_each(|(path, text)| repository.read(path, text));
        refused.iter().for_each(|(path, because)| repository.cannot_read(path, because));
        Self { root: root.to_owned(), repository }
    }
}

struct Listing {
    files: Vec<String>,
    dockerfiles: Vec<String>,
    beyond: Option<String>,
}

fn list(root: &Path) -> Listing {
    let mut listing = Listing { files: Vec::new(), dockerfiles: Vec::new(), beyond: None };
    let mut folders = vec![String::new()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        // A folder that may not be looked into may hold what builds or runs it.
        let Ok(entries) = fs::read_dir(root.join(&folder)) else {
            listing.beyond.get_or_insert_with(|| format!("the folder `{folder}` cannot be looked into"));
            continue;
        };
        for entry in entries.filter_map(Result::ok) {
            looked_at += 1;
            if looked_at > ENTRIES_MAX {
                listing.beyond = Some(format!(
                    "the repository has more than {ENTRIES_MAX} files, so that not all was read for who builds and runs it"
                ));
                listing.files.sort_unstable();
                return listing;
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !is_of_others(&name) {
                    folders.push(path);
                }
            } else {
                if kind(name.as_ref()) == Kind::Dockerfile {
                    listing.dockerfiles.push(path.clone());
                }
                listing.files.push(path);
            }
        }
    }
    listing.files.sort_unstable();
    listing
}
