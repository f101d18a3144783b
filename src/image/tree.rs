//! The files that the layers of an image make together.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::ImageError;
use super::content::{Content, Kept, NpmPackage};
use super::elf::Elf;
use super::layer::{Layer, What};
use super::path;

/// As many symbolic links as Linux follows in one path.
const LINKS_MAX: usize = 40;

/// Folders, files and links by absolute path, as a container made from the image has them. Paths are bytes, as in Linux.
///
/// What is looked up by path takes text as well as bytes.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Invariant: the root is there, and the folder of every other path is a directory.
    nodes: BTreeMap<Vec<u8>, Node>,
}

/// What stands at a path.
#[derive(Debug, Clone)]
pub struct Node {
    pub kind: Kind,
    /// The permissions, with the bits for set-user-ID, set-group-ID and sticky.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    /// The size of a file, else 0.
    pub bytes: u64,
    /// The SHA-256 of a file, without what differs between two builds of it; else zeros.
    pub content: [u8; 32],
    /// The attribute `security.capability` of a file.
    pub capability: Option<Vec<u8>>,
    /// Of a program or a shared library of at most 256 MiB.
    pub elf: Option<Arc<Elf>>,
    /// What starts an executable script: its first line without `#!`, at most 254 bytes of it.
    pub interpreter: Option<String>,
    /// The index of the layer that it comes from.
    pub layer: usize,
    kept: Option<Kept>,
}

/// A hard link is a file like the one that it is a name of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    /// With its target as it is written.
    Symlink(Vec<u8>),
    CharDevice {
        major: u32,
        minor: u32,
    },
    BlockDevice {
        major: u32,
        minor: u32,
    },
    Fifo,
}

impl Node {
    /// A node without content, of root, in the lowest layer.
    pub(super) fn of(kind: Kind) -> Node {
        Node {
            kind,
            mode: 0o755,
            uid: 0,
            gid: 0,
            bytes: 0,
            content: [0; 32],
            capability: None,
            elf: None,
            interpreter: None,
            layer: 0,
            kept: None,
        }
    }

    pub(super) fn hold(&mut self, content: Content) {
        self.bytes = content.bytes;
        self.content = content.digest;
        self.interpreter = content.interpreter;
        self.elf = content.elf;
        self.kept = content.kept;
    }

    pub(super) fn npm_package(&self) -> Option<&NpmPackage> {
        match &self.kept {
            Some(Kept::Package(package)) => Some(package),
            _ => None,
        }
    }
}

impl Tree {
    /// What stands at a path, where no folder of it is a link.
    pub fn get(&self, path: impl AsRef<[u8]>) -> Option<&Node> {
        self.nodes.get(path.as_ref())
    }

    /// Follows a path as Linux does, links in every place, all of them inside the image: where it leads to, and what stands there, which is no link.
    pub fn resolve(&self, path: impl AsRef<[u8]>) -> Option<(&[u8], &Node)> {
        let parts_of = |path: &[u8]| path.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec).collect::<Vec<_>>();
        let mut parts = parts_of(path.as_ref());
        let mut links = 0;
        // Where nothing at all is the root.
        let mut at = Vec::new();
        while let Some(part) = parts.pop() {
            let folder = at.len();
            path::step(&mut at, &part);
            if at.len() <= folder {
                continue;
            }
            if let Kind::Symlink(target) = &self.nodes.get(&at)?.kind {
                links += 1;
                if links > LINKS_MAX {
                    return None;
                }
                at.truncate(if target.starts_with(b"/") { 0 } else { folder });
                parts.extend(parts_of(target));
            }
        }
        let (path, node) = self.nodes.get_key_value(if at.is_empty() { b"/".as_slice() } else { &at })?;
        Some((path, node))
    }

    /// All paths with what stands there, sorted by the bytes of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_slice(), node))
    }

    /// What stands directly in a directory, sorted. The path must not lead over links.
    pub fn children(&self, directory: impl AsRef<[u8]>) -> impl Iterator<Item = (&[u8], &Node)> {
        let start = below(directory.as_ref());
        let prefix = start.len();
        self.paths_below(start).filter(move |(path, _)| !path[prefix..].contains(&b'/'))
    }

    /// The text of a file, of the few whose text is kept: the data of dpkg and apk, users and groups, and `/etc/ld.so.conf` with what belongs to it.
    pub fn text(&self, path: impl AsRef<[u8]>) -> Option<&[u8]> {
        match &self.resolve(path)?.1.kept {
            Some(Kept::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The layers one upon the other.
    pub(super) fn of(layers: &[Arc<Layer>]) -> Result<Tree, ImageError> {
        let mut tree = Tree { nodes: BTreeMap::from([(b"/".to_vec(), Node::of(Kind::Directory))]) };
        for (index, layer) in layers.iter().enumerate() {
            tree.apply(index, layer)?;
        }
        Ok(tree)
    }

    /// Puts a layer on top. What it says is gone is gone from the layers below, wherever it says so.
    fn apply(&mut self, index: usize, layer: &Layer) -> Result<(), ImageError> {
        for entry in &layer.entries {
            match entry.what {
                What::Whiteout => self.remove(&entry.path),
                What::Opaque => self.clear(&entry.path),
                What::Node(_) | What::Link(_) => {}
            }
        }
        for entry in &layer.entries {
            let node = match &entry.what {
                What::Node(node) => node.as_ref(),
                What::Link(target) => self.linked(&entry.path, target)?,
                What::Whiteout | What::Opaque => continue,
            };
            let node = Node { layer: index, ..node.clone() };
            self.put(&entry.path, node);
        }
        Ok(())
    }

    fn linked(&self, path: &[u8], target: &[u8]) -> Result<&Node, ImageError> {
        let node = self.nodes.get(target).filter(|node| node.kind != Kind::Directory);
        node.ok_or_else(|| ImageError::Link { path: path::shown(path), target: path::shown(target) })
    }

    /// A directory on a directory keeps what is in it; anything else replaces what was there. A folder that no layer has is made, and takes the place
    /// of a link too: layers are unpacked each by itself.
    fn put(&mut self, path: &[u8], node: Node) {
        let is_root = path == b"/";
        if node.kind != Kind::Directory {
            if is_root {
                return;
            }
            self.clear(path);
        }
        let mut above = path;
        while let Some((folder, _)) = path::split(above) {
            if self.nodes.get(folder).is_some_and(|node| node.kind == Kind::Directory) {
                break;
            }
            self.nodes.insert(folder.to_owned(), Node { layer: node.layer, ..Node::of(Kind::Directory) });
            above = folder;
        }
        self.nodes.insert(path.to_owned(), node);
    }

    fn remove(&mut self, path: &[u8]) {
        self.clear(path);
        self.nodes.remove(path);
    }

    /// Removes what is below a path.
    fn clear(&mut self, path: &[u8]) {
        if self.nodes.get(path).is_none_or(|node| node.kind != Kind::Directory) {
            return;
        }
        let gone: Vec<_> = self.paths_below(below(path)).map(|(path, _)| path.to_owned()).collect();
        for path in gone {
            self.nodes.remove(&path);
        }
    }

    fn paths_below(&self, start: Vec<u8>) -> impl Iterator<Item = (&[u8], &Node)> {
        let paths = self.nodes.range::<[u8], _>((Bound::Excluded(start.as_slice()), Bound::Unbounded));
        let paths = paths.map(|(path, node)| (path.as_slice(), node));
        paths.take_while(move |(path, _)| path.starts_with(&start))
    }
}

/// What all paths below a directory start with.
fn below(directory: &[u8]) -> Vec<u8> {
    path::join(directory, b"")
}
