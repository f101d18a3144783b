//! What is kept of a file: a digest for all, and more for the few that say something of the image.

use std::io::{self, Read};
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::elf::{self, Elf};
use super::stream::CHUNK_BYTES;
use crate::known::PATHS;

/// A file of package managers or of the system that is larger is not kept.
const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
const PACKAGE_JSON_BYTES_MAX: usize = 1024 * 1024;
const SHEBANG_BYTES_MAX: usize = 256;

pub(super) struct Content {
    pub bytes: u64,
    /// SHA-256.
    pub digest: [u8; 32],
    pub interpreter: Option<String>,
    pub elf: Option<Arc<Elf>>,
    pub kept: Option<Kept>,
}

/// What is kept of the text of a file.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    Text(Arc<[u8]>),
    Package(Arc<NpmPackage>),
}

/// Name and version in a `package.json`.
#[derive(Debug, Deserialize)]
pub(super) struct NpmPackage {
    pub name: String,
    pub version: String,
}

/// Memory that is used for one file after the other.
#[derive(Default)]
pub(super) struct Scratch {
    chunk: Vec<u8>,
    whole: Vec<u8>,
}

impl Content {
    /// Reads a file to its end. `mode` tells whether it may be started.
    pub fn read(path: &[u8], mode: u32, file: &mut dyn Read, scratch: &mut Scratch) -> io::Result<Content> {
        let Scratch { chunk, whole } = scratch;
        chunk.resize(CHUNK_BYTES, 0);
        whole.clear();
        let mut count = fill(file, chunk)?;
        let use_of = Use::of(path, &chunk[..count]);
        let interpreter = (mode & 0o111 != 0).then(|| shebang(&chunk[..count])).flatten();
        // The limit falls to 0 where nothing is kept, or no longer.
        let mut limit = use_of.as_ref().map_or(0, Use::bytes_max);
        let mut digest = Sha256::new();
        let mut bytes = 0;
        while count > 0 {
            if whole.len() + count <= limit {
                whole.extend_from_slice(&chunk[..count]);
            } else {
                limit = 0;
            }
            if bytes == 0 {
                mask(path, &mut chunk[..count]);
            }
            digest.update(&chunk[..count]);
            bytes += count as u64;
            count = fill(file, chunk)?;
        }
        let mut content = Content { bytes, digest: digest.finalize().into(), interpreter, elf: None, kept: None };
        if bytes > limit as u64 {
            return Ok(content);
        }
        match use_of {
            Some(Use::Elf) => content.elf = elf::parse(whole).map(Arc::new),
            Some(Use::Text) => content.kept = Some(Kept::Text(whole.as_slice().into())),
            Some(Use::Package) => {
                content.kept = serde_json::from_slice(whole).ok().map(|package| Kept::Package(Arc::new(package)));
            }
            None => {}
        }
        Ok(content)
    }
}

/// Fills the chunk as far as the file goes.
fn fill(file: &mut dyn Read, chunk: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < chunk.len() {
        match file.read(&mut chunk[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// Blanks what differs between two builds of the same file, as the page of the room says.
fn mask(path: &[u8], start: &mut [u8]) {
    let masked = match start {
        [0x1f, 0x8b, ..] => 4..8,
        _ if path.ends_with(b".pyc") => 4..16,
        _ => return,
    };
    if let Some(masked) = start.get_mut(masked) {
        masked.fill(0);
    }
}

/// The program that a script is started by, with its arguments: the first line without `#!`.
fn shebang(start: &[u8]) -> Option<String> {
    let line = start.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = &line[..line.len().min(SHEBANG_BYTES_MAX - 2)];
    Some(String::from_utf8_lossy(line.trim_ascii()).into_owned())
}

/// What the whole of a file is read for.
enum Use {
    Elf,
    Text,
    Package,
}

impl Use {
    fn of(path: &[u8], start: &[u8]) -> Option<Use> {
        match () {
            () if start.starts_with(b"\x7fELF") => Some(Use::Elf),
            () if is_kept(path) => Some(Use::Text),
            () if is_package_json(path) => Some(Use::Package),
            () => None,
        }
    }

    fn bytes_max(&self) -> usize {
        match self {
            Use::Elf => elf::BYTES_MAX,
            Use::Text => TEXT_BYTES_MAX,
            Use::Package => PACKAGE_JSON_BYTES_MAX,
        }
    }
}

fn is_kept(path: &[u8]) -> bool {
    let is_named = |path| const { PATHS.expect("file about accounts, packages or libraries") }.has(path);
    let mut folders = const { PATHS.expect("folder with files about packages or libraries") }.values();
    std::str::from_utf8(path).is_ok_and(is_named) || folders.any(|folder| path.starts_with(folder.as_bytes()))
}

/// Whether it is the `package.json` of a package below `node_modules`, and none deeper inside a package.
fn is_package_json(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|byte| *byte == b'/');
    if parts.next() != Some(b"package.json") || parts.next().is_none() {
        return false;
    }
    match parts.next() {
        Some(b"node_modules") => true,
        Some(scope) => scope.starts_with(b"@") && parts.next() == Some(b"node_modules"),
        None => false,
    }
}
