//! The files of two images: which differences are noise, which are promised, and which are not.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::judgement::{Judgement, Place};
use super::promise::Promise;
use crate::image::{Change, Difference, Kind, Tree, differences};
use crate::rewrite::Transform;

/// What builds of the same Dockerfile do not agree in.
#[derive(Default)]
pub(super) struct Noise {
    /// Paths that are in both, but differ.
    differing: HashSet<Vec<u8>>,
    /// Paths that are in one of them only.
    fleeting: HashSet<Vec<u8>>,
    /// Folders in which such paths stand: the next build may have others in them.
    unsteady: HashSet<Vec<u8>>,
}

impl Noise {
    /// Adds what two builds do not agree in.
    pub fn learn(&mut self, first: &Tree, second: &Tree) {
        for difference in differences(first, second) {
            if is_presence(&difference.change) {
                self.unsteady.insert(parent(&difference.path).to_vec());
                self.fleeting.insert(difference.path);
            } else {
                self.differing.insert(difference.path);
            }
        }
    }

    /// Whether a difference between `before` and a third image says nothing. What was there in every build and is gone always says something, and so does what
    /// is new in a folder that had the same in it each time.
    fn covers(&self, difference: &Difference, before: &Tree) -> bool {
        let path = difference.path.as_slice();
        let is_fleeting = |path: &[u8]| {
            self.fleeting.contains(path) || before.get(path).is_none() && self.unsteady.contains(parent(path))
        };
        match difference.change {
            Change::Gone { .. } => self.fleeting.contains(path),
            Change::New { .. } => ancestors(path).any(is_fleeting),
            _ => self.differing.contains(path),
        }
    }
}

/// Judges every difference between the files of two images.
pub(super) fn judge(before: &Tree, after: &Tree, noise: &Noise, promise: &Promise, judgement: &mut Judgement) {
    let mut promised: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut broken: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    let mut folders = Vec::new();
    for difference in differences(before, after) {
        if noise.covers(&difference, before) {
            judgement.noise += 1;
            continue;
        }
        let shown = String::from_utf8_lossy(&difference.path).into_owned();
        let is_of_owner = matches!(difference.change, Change::Mode { .. } | Change::Owner { .. } | Change::Capability);
        let of_owner = promise.owners.filter(|_| is_of_owner);
        let transform = promise.anything.or_else(|| promise.of_file(&shown)).or(of_owner);
        match transform {
            Some(transform) => {
                count(transform, &shown, &difference.change, promise, judgement);
                promised.insert(difference.path);
            }
            None if is_presence(&difference.change) && is_folder(&difference.path, before, after) => {
                folders.push((difference.path, shown, difference.change));
            }
            None => {
                broken.insert(difference.path, sentence(&shown, &difference.change));
            }
        }
    }
    // A folder that comes or goes with what is promised in it is part of that.
    for (path, shown, change) in folders.into_iter().rev() {
        let below = [path.as_slice(), b"/"].concat();
        let starts = |other: &Vec<u8>| other.starts_with(&below);
        let holds_promised = promised.range(below.clone()..).next().is_some_and(starts);
        let holds_broken = broken.range(below.clone()..).next().is_some_and(|(other, _)| starts(other));
        if holds_promised && !holds_broken {
            promised.insert(path);
        } else {
            broken.insert(path, sentence(&shown, &change));
        }
    }
    broken.into_values().for_each(|sentence| judgement.doubt(sentence));
}

fn is_presence(change: &Change) -> bool {
    matches!(change, Change::Gone { .. } | Change::New { .. })
}

fn is_folder(path: &[u8], before: &Tree, after: &Tree) -> bool {
    let node = before.get(path).or_else(|| after.get(path));
    node.is_some_and(|node| matches!(node.kind, Kind::Directory))
}

/// Counts a change that is promised at the folder that the promise is about.
fn count(transform: &'static Transform, path: &str, change: &Change, promise: &Promise, judgement: &mut Judgement) {
    let folder = if promise.anything.is_some() { None } else { promise.folder_of(path) }.unwrap_or("/").to_owned();
    let files = judgement.files.entry(Place { transform: transform.id, folder }).or_default();
    match change {
        Change::Gone { bytes } => {
            files.gone += 1;
            files.gone_bytes += bytes;
        }
        Change::New { bytes } => {
            files.new += 1;
            files.new_bytes += bytes;
        }
        _ => files.changed += 1,
    }
}

fn sentence(path: &str, change: &Change) -> String {
    match change {
        Change::Gone { bytes } => format!("{path} is gone ({bytes} bytes)"),
        Change::New { bytes } => format!("{path} is new ({bytes} bytes)"),
        Change::Content { before, after } if before == after => format!("{path} has another content ({after} bytes)"),
        Change::Content { before, after } => {
            format!("{path} has another content ({before} bytes before, {after} after)")
        }
        Change::Kind => format!("{path} is another kind of file"),
        Change::Target { before, after } => {
            format!("{path} leads to {} and led to {}", String::from_utf8_lossy(after), String::from_utf8_lossy(before))
        }
        Change::Mode { before, after } => format!("{path} has mode {after:o} and had {before:o}"),
        Change::Owner { before, after } => {
            format!("{path} belongs to {}:{} and belonged to {}:{}", after.0, after.1, before.0, before.1)
        }
        Change::Capability => format!("{path} has other capabilities"),
    }
}

fn parent(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    &path[..end]
}

/// The path and the folders above it, but for the root.
fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(path), |path| Some(parent(path))).take_while(|path| !path.is_empty())
}
