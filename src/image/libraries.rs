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
use crate::known::{PATHS, SIGNS};

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
        let in_folder = |folder: &str| tree.resolve(folder).into_iter().flat_map(|(folder, _)| tree.children(folder));
        let has_name = |path: &[u8], start: &[u8]| path::split(path).is_some_and(|(_, name)| name.starts_with(start));
        let is_musl = in_folder("/lib").any(|(path, _)| has_name(path, b"ld-musl-"));
        let mut folders = Vec::new();
        let variable = image.config.variable("LD_LIBRARY_PATH").unwrap_or_default();
        folders.extend(variable.split([':', ';']).filter(|folder| folder.starts_with('/')).map(owned));
        folders.extend(configured(tree));
        // Those of Debian and Alpine stand beside each other: what is not there is not found.
        folders.extend(const { PATHS.expect("folder in which loaders search libraries") }.values().map(owned));
        if is_musl {
            folders.push(owned("/usr/local/lib"));
        }
        // Debian's folders for a machine, such as `/usr/lib/x86_64-linux-gnu`.
        let of_machines = ["/lib", "/usr/lib"]
            .into_iter()
            .flat_map(in_folder)
            .filter(|(path, node)| node.kind == Kind::Directory && path::shown(path).contains("-linux-"));
        folders.extend(of_machines.map(|(path, _)| path.to_owned()));
        let mut seen = BTreeSet::new();
        folders.retain(|folder| seen.insert(folder.clone()));
        Loader { tree, folders, is_musl, known: HashMap::new() }
    }

    fn finds(&mut self, file: &[u8], elf: &Elf, library: &str) -> bool {
        if library.contains('/') {
            return self.has(library.as_bytes(), elf);
        }
        if self.is_musl && const { SIGNS.expect("start of the name of a library of musl") }.start(library).is_some() {
            return true;
        }
        let key = (elf.machine, elf.is_64_bit, elf.is_little_endian, library.to_owned());
        let known = self.known.get(&key).copied();
        let is_known = known.unwrap_or_else(|| {
            self.folders.iter().any(|folder| self.has(&path::join(folder, library.as_bytes()), elf))
        });
        self.known.insert(key, is_known);
        is_known || run_path(file, elf).any(|folder| self.has(&path::join(folder.as_bytes(), library.as_bytes()), elf))
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

/// Where a file wants its libraries to be searched; what is relative means another folder each time that it is started.
fn run_path(file: &[u8], elf: &Elf) -> impl Iterator<Item = String> {
    let origin = path::split(file).map(|(folder, _)| path::shown(folder)).unwrap_or_default();
    let expanded =
        elf.run_path.iter().map(move |folder| folder.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin));
    expanded.filter(|folder| folder.starts_with('/'))
}

fn owned(folder: &str) -> Vec<u8> {
    folder.as_bytes().to_vec()
}

/// The folders that `/etc/ld.so.conf` names. What it includes are the files of `/etc/ld.so.conf.d`, in all distributions.
fn configured(tree: &Tree) -> Vec<Vec<u8>> {
    let text = |path: &[u8]| tree.text(path).map(|text| String::from_utf8_lossy(text).into_owned());
    let mut texts = Vec::from_iter(text(b"/etc/ld.so.conf"));
    if texts.iter().flat_map(|text| text.lines()).any(|line| line.trim_start().starts_with("include")) {
        let included = tree.children("/etc/ld.so.conf.d").filter(|(path, _)| path.ends_with(b".conf"));
        texts.extend(included.filter_map(|(path, _)| text(path)));
    }
    let lines = texts
        .iter()
        .flat_map(|text| text.lines())
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| line.starts_with('/'));
    let folders = lines.flat_map(|line| line.split([':', ' ', '\t', ','])).filter(|folder| folder.starts_with('/'));
    folders.map(owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Item, file, image};
    use super::*;

    const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

    /// A shared library or a program: three segments, the dynamic section, and the texts that it names.
    fn elf(interpreter: Option<&str>, is_64_bit: bool, entries: &[(u64, &str)]) -> Item {
        let mut strings = vec![0];
        let mut dynamic = Vec::new();
        for (tag, text) in entries {
            dynamic.push((*tag, strings.len() as u64));
            strings.extend(text.bytes().chain([0]));
        }
        let interpreter = interpreter.map_or_else(Vec::new, |path| [path.as_bytes(), b"\0"].concat());
        let (header, segment, word) = if is_64_bit { (64, 56, 8) } else { (52, 32, 4) };
        let dynamic_at = header + 3 * segment;
        let dynamic_size = (dynamic.len() as u64 + 3) * 2 * word;
        let strings_at = dynamic_at + dynamic_size;
        let interpreter_at = strings_at + strings.len() as u64;
        let end = interpreter_at + interpreter.len() as u64;
        dynamic.extend([(5, strings_at), (10, strings.len() as u64), (0, 0)]);

        let (class, machine) = if is_64_bit { (2, 62u16) } else { (1, 3) };
        let mut bytes = vec![0x7f, b'E', b'L', b'F', class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0];
        let put = |bytes: &mut Vec<u8>, value: u64, size: u64| bytes.extend(&value.to_le_bytes()[..size as usize]);
        for (value, size) in [(machine.into(), 2), (1, 4), (0, word), (header, word), (0, word), (0, 4)] {
            put(&mut bytes, value, size);
        }
        for value in [header, segment, 3, 0, 0, 0] {
            put(&mut bytes, value, 2);
        }
        let dynamic_kind = if dynamic.len() > 3 { 2 } else { 0 };
        let interpreter_kind = if interpreter.is_empty() { 0 } else { 3 };
        let interpreter_size = interpreter.len() as u64;
        for (kind, at, size) in [
            (1, 0, end),
            (dynamic_kind, dynamic_at, dynamic_size),
            (interpreter_kind, interpreter_at, interpreter_size),
        ] {
            let fields = if is_64_bit {
                [(kind, 4), (0, 4), (at, 8), (at, 8), (at, 8), (size, 8), (size, 8), (0, 8)]
            } else {
                [(kind, 4), (at, 4), (at, 4), (at, 4), (size, 4), (size, 4), (0, 4), (0, 4)]
            };
            fields.into_iter().for_each(|(value, size)| put(&mut bytes, value, size));
        }
        for (tag, value) in dynamic {
            put(&mut bytes, tag, word);
            put(&mut bytes, value, word);
        }
        Item::File([bytes, strings, interpreter].concat())
    }

    const NEEDED: u64 = 1;
    const SONAME: u64 = 14;
    const RPATH: u64 = 15;
    const RUNPATH: u64 = 29;

    fn program(needed: &str) -> Item {
        elf(Some(LOADER), true, &[(NEEDED, needed)])
    }

    fn library() -> Item {
        elf(None, true, &[])
    }

    fn missing(items: &[(&str, Item)]) -> Vec<String> {
        let missing = missing_libraries(&image(&[items]));
        missing.into_iter().map(|missing| format!("{}: {}", path::shown(&missing.file), missing.library)).collect()
    }

    #[test]
    fn an_elf_file_says_what_it_needs() {
        let entries = [(NEEDED, "libc.so.6"), (SONAME, "me.so"), (RPATH, "/old"), (RUNPATH, "$ORIGIN/x:/y")];
        let image = image(&[&[("a", elf(Some(LOADER), true, &entries)), ("b", elf(None, false, &entries[..3]))]]);
        let [a, b] = ["/a", "/b"].map(|path| image.tree.get(path).unwrap().elf.clone().unwrap());
        assert_eq!((a.interpreter.as_deref(), a.soname.as_deref()), (Some(LOADER), Some("me.so")));
        assert_eq!(
            (&a.needed, &a.run_path),
            (&vec!["libc.so.6".to_owned()], &vec!["$ORIGIN/x".to_owned(), "/y".to_owned()])
        );
        assert_eq!((b.is_64_bit, b.machine, b.interpreter.as_deref()), (false, 3, None));
        assert_eq!((&b.needed, &b.run_path), (&a.needed, &vec!["/old".to_owned()]));
    }

    #[test]
    fn a_broken_elf_file_is_a_file_like_others() {
        let Item::File(whole) = program("libc.so.6") else { unreachable!() };
        for length in 0..whole.len() {
            let image = image(&[&[("a", Item::File(whole[..length].to_vec()))]]);
            assert_eq!(image.bytes(), length as u64);
        }
    }

    #[test]
    fn libraries_and_loaders_that_are_not_there_are_missing() {
        assert_eq!(
            missing(&[("app", program("libz.so.1"))]),
            [format!("/app: {LOADER}"), "/app: libz.so.1".to_owned()]
        );
    }

    #[test]
    fn libraries_are_found_where_the_loader_searches() {
        for folder in ["lib", "usr/lib64", "usr/lib/x86_64-linux-gnu", "opt/lib", "etc/own", "etc/more", "app/libs"] {
            let path = format!("{folder}/libz.so.1");
            let app = elf(Some(LOADER), true, &[(NEEDED, "libz.so.1"), (RUNPATH, "${ORIGIN}/libs")]);
            let items = [
                (LOADER, library()),
                ("etc/ld.so.conf", file("# own\n/etc/own\ninclude /etc/ld.so.conf.d/*.conf\n")),
                ("etc/ld.so.conf.d/more.conf", file("/etc/more # further\n")),
                ("app/run", app),
                (&path, library()),
            ];
            assert_eq!(missing(&items), [""; 0], "{folder}");
        }
        let elsewhere = [(LOADER, library()), ("run", program("libz.so.1")), ("srv/libz.so.1", library())];
        assert_eq!(missing(&elsewhere), ["/run: libz.so.1"]);
    }

    #[test]
    fn a_library_of_another_machine_is_not_found() {
        let items = [(LOADER, library()), ("run", program("libz.so.1")), ("lib/libz.so.1", elf(None, false, &[]))];
        assert_eq!(missing(&items), ["/run: libz.so.1"]);
    }

    #[test]
    fn musl_is_its_own_library() {
        let loader = "/lib/ld-musl-x86_64.so.1";
        let app = elf(Some(loader), true, &[(NEEDED, "libc.musl-x86_64.so.1"), (NEEDED, "libz.so.1")]);
        assert_eq!(missing(&[(loader, library()), ("run", app)]), ["/run: libz.so.1"]);
    }
}
