//! What differs between two trees, path by path.

use std::cmp::Ordering;

use serde::Serialize;

use super::tree::{Kind, Node, Tree};

/// A path and one thing that differs there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub path: Vec<u8>,
    pub change: Change,
}

impl Difference {
    /// The path as text; what is no UTF-8 is replaced.
    pub fn shown_path(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }
}

/// What differs at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Nothing is there any more, and so much was.
    Gone {
        bytes: u64,
    },
    /// Something is there now, with so much in it.
    New {
        bytes: u64,
    },
    /// A file has become a directory, a device another device, or the like. Nothing else is said of the path.
    Kind,
    /// A file holds something else.
    Content {
        before: u64,
        after: u64,
    },
    /// A symbolic link leads elsewhere.
    Target {
        before: Vec<u8>,
        after: Vec<u8>,
    },
    Mode {
        before: u32,
        after: u32,
    },
    /// User and group.
    Owner {
        before: (u64, u64),
        after: (u64, u64),
    },
    /// The attribute `security.capability`.
    Capability,
}

/// All differences, sorted by path. Times are not compared, nor is the layer that something comes from.
pub fn differences(before: &Tree, after: &Tree) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut add = |path: &[u8], change| differences.push(Difference { path: path.to_owned(), change });
    let mut before = before.iter().peekable();
    let mut after = after.iter().peekable();
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some((before, _)), Some((after, _))) => before.cmp(after),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return differences,
        };
        let old = before.next_if(|_| order.is_le());
        let new = after.next_if(|_| order.is_ge());
        match (old, new) {
            (Some((path, old)), Some((_, new))) => changes(old, new).into_iter().for_each(|change| add(path, change)),
            (Some((path, old)), None) => add(path, Change::Gone { bytes: old.bytes }),
            (None, Some((path, new))) => add(path, Change::New { bytes: new.bytes }),
            (None, None) => {}
        }
    }
}

fn changes(before: &Node, after: &Node) -> Vec<Change> {
    let mut changes = Vec::new();
    let is_link = match (&before.kind, &after.kind) {
        (Kind::Symlink(before), Kind::Symlink(after)) => {
            if before != after {
                changes.push(Change::Target { before: before.clone(), after: after.clone() });
            }
            true
        }
        (old, new) if old != new => return vec![Change::Kind],
        _ => false,
    };
    if (before.bytes, before.content) != (after.bytes, after.content) {
        changes.push(Change::Content { before: before.bytes, after: after.bytes });
    }
    // The permissions of a link have no meaning.
    if before.mode != after.mode && !is_link {
        changes.push(Change::Mode { before: before.mode, after: after.mode });
    }
    let owners = [(before.uid, before.gid), (after.uid, after.gid)];
    if owners[0] != owners[1] {
        changes.push(Change::Owner { before: owners[0], after: owners[1] });
    }
    if before.capability != after.capability {
        changes.push(Change::Capability);
    }
    changes
}
