//! Which shared libraries the programs of an image need and would not find, by the rules of the loaders of glibc and musl.
//!
//! A library is searched in `DT_RUNPATH` or `DT_RPATH`, `LD_LIBRARY_PATH`, the folders of `/etc/ld.so.conf`, and those of the loader
//! ([ld.so(8)](https://man7.org/linux/man-pages/man8/ld.so.8.html), [musl](https://wiki.musl-libc.org/functional-differences-from-glibc.html)).
//! A file of another machine is passed over. Not considered are `/etc/ld.so.cache`, run paths of the program that loads a library, and what is opened by
//! `dlopen`: what is compared is two images, and it is the same for both.

use std::collections::{BTreeSet, HashMap};

use super::elf::{self, Elf};
use super::path;
use super::tree::{Kind, Tree};
use super::{Image, Node};

/// A library, or a loader, that a file of the image needs and that is not where it would be searched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingLibrary {
    /// The path of the program or library that needs it.
    pub file: Vec<u8>,
    /// Its name, or its path.
    pub library: String,
}

/// The libraries and loaders that are missing, sorted by the file that needs them.
pub fn missing_libraries(image: &Image) -> Vec<MissingLibrary> {
    let mut loader = Loader::new(image);
    let mut missing = Vec::new();
    for (file, node) in image.tree.iter() {
        let Some(elf) = &node.elf else { continue };
        let needed = elf.interpreter.iter().chain(&elf.needed);
        let lost = needed.filter(|library| !loader.finds(file, elf, library));
        missing.extend(lost.map(|library| MissingLibrary { file: file.to_owned(), library: library.clone() }));
    }
    missing
}

/// `/etc/ld.so.conf` may include files that include files.
const INCLUDES_DEPTH_MAX: usize = 8;

/// Where the loaders search by themselves. Those of Debian and Alpine stand beside each other: what is not there is not found.
const FOLDERS: &[&str] = &["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/lib32", "/usr/lib32"];

/// The libraries that are musl itself, by what follows `lib`.
const OF_MUSL: &[&str] = &["c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."];

struct Loader<'i> {
    tree: &'i Tree,
    folders: Vec<Vec<u8>>,
    is_musl: bool,
    /// By machine, width and byte order, and name.
    known: HashMap<(u16, bool, bool, String), bool>,
}

impl<'i> Loader<'i> {
    fn new(image: &'i Image) -> Self {
        let tree = &image.tree;
        let is_musl = tree.children("/lib").any(|(path, _)| path.starts_with(b"/lib/ld-musl-"));
        let mut folders = Vec::new();
        let variable = image.config.variable("LD_LIBRARY_PATH").unwrap_or_default();
        folders.extend(variable.split([':', ';']).filter(|folder| folder.starts_with('/')).map(owned));
        configured(tree, b"/etc/ld.so.conf", INCLUDES_DEPTH_MAX, &mut folders);
        folders.extend(FOLDERS.iter().copied().map(owned));
        if is_musl {
            folders.push(owned("/usr/local/lib"));
        }
        // Debian's folders for a machine, such as `/usr/lib/x86_64-linux-gnu`.
        for folder in [b"/lib".as_slice(), b"/usr/lib"] {
            let Some((folder, _)) = tree.resolve(folder) else { continue };
            let of_machines = tree
                .children(folder)
                .filter(|(path, node)| node.kind == Kind::Directory && path.windows(7).any(|part| part == b"-linux-"));
            folders.extend(of_machines.map(|(path, _)| path.to_owned()));
        }
        let mut seen = BTreeSet::new();
        folders.retain(|folder| seen.insert(folder.clone()));
        Loader { tree, folders, is_musl, known: HashMap::new() }
    }

    fn finds(&mut self, file: &[u8], elf: &Elf, library: &str) -> bool {
        if library.contains('/') {
            return self.has(library.as_bytes(), elf);
        }
        if self.is_musl
            && library.strip_prefix("lib").is_some_and(|name| OF_MUSL.iter().any(|own| name.starts_with(own)))
        {
            return true;
        }
        let key = (elf.machine, elf.is_64_bit, elf.is_little_endian, library.to_owned());
        let known = self.known.get(&key).copied();
        let is_known = known.unwrap_or_else(|| {
            self.folders.iter().any(|folder| self.has(&path::join(folder, library.as_bytes()), elf))
        });
        self.known.insert(key, is_known);
        is_known || {
            let origin = path::split(file).map_or(b"/".as_slice(), |(folder, _)| folder);
            let origin = String::from_utf8_lossy(origin);
            let expanded =
                elf.run_path.iter().map(|folder| folder.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin));
            expanded
                .filter(|folder| folder.starts_with('/'))
                .any(|folder| self.has(&path::join(folder.as_bytes(), library.as_bytes()), elf))
        }
    }

    /// Whether `path` leads to what can be loaded together with `elf`. What is too large to be read as ELF counts as such.
    fn has(&self, path: &[u8], elf: &Elf) -> bool {
        let fits = |node: &Node| match &node.elf {
            Some(library) => library.is_compatible(elf),
            None => node.bytes > elf::BYTES_MAX as u64,
        };
        self.tree.resolve(path).is_some_and(|(_, node)| fits(node))
    }
}

fn owned(folder: &str) -> Vec<u8> {
    folder.as_bytes().to_vec()
}

/// Adds the folders that a configuration of the loader names, with those of the files that it includes.
fn configured(tree: &Tree, file: &[u8], depth: usize, folders: &mut Vec<Vec<u8>>) {
    let Some(text) = tree.text(file) else { return };
    let text = String::from_utf8_lossy(text);
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if let Some(pattern) = line.strip_prefix("include ").map(str::trim) {
            if depth == 0 {
                continue;
            }
            // The only pattern in use, `/etc/ld.so.conf.d/*.conf`, and the only files that are kept.
            let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/etc/{pattern}") };
            let (start, end) = pattern.split_once('*').unwrap_or((&pattern, ""));
            let included = tree.iter().map(|(path, _)| path).filter(|path| {
                path.strip_prefix(start.as_bytes()).is_some_and(|rest| {
                    if pattern.contains('*') {
                        rest.ends_with(end.as_bytes()) && !rest.contains(&b'/')
                    } else {
                        rest.is_empty()
                    }
                })
            });
            for path in included.map(<[u8]>::to_vec).collect::<Vec<_>>() {
                configured(tree, &path, depth - 1, folders);
            }
        } else if line.starts_with('/') {
            folders.extend(line.split([':', ' ', '\t', ',']).filter(|folder| folder.starts_with('/')).map(owned));
        }
    }
}
