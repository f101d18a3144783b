//! Tests of the whole room, on small archives that are made here.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::*;

// --- making archives

/// An entry of a tar archive that is described in a word or two.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    File(Vec<u8>),
    Executable(Vec<u8>),
    Directory,
    Symlink(&'static str),
    Link(&'static str),
}

use Item::{Directory, Executable, Link, Symlink};

pub(crate) fn file(text: &str) -> Item {
    Item::File(text.as_bytes().to_vec())
}

fn add(tar: &mut tar::Builder<Vec<u8>>, path: &str, item: &Item) {
    let (kind, mode, content): (_, _, &[u8]) = match item {
        Item::File(content) => (tar::EntryType::Regular, 0o644, content),
        Executable(content) => (tar::EntryType::Regular, 0o4755, content),
        Directory => (tar::EntryType::Directory, 0o755, b""),
        Symlink(_) => (tar::EntryType::Symlink, 0o777, b""),
        Link(_) => (tar::EntryType::Link, 0o644, b""),
    };
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    if let Symlink(target) | Link(target) = item {
        header.set_link_name_literal(target).unwrap();
    }
    // Written by hand, since the crate refuses what a hostile archive has.
    if path.len() < 100 {
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        tar.append(&header, content).unwrap();
    } else {
        tar.append_data(&mut header, path, content).unwrap();
    }
}

fn tar_of(items: &[(&str, Item)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    items.iter().for_each(|(path, item)| add(&mut tar, path, item));
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    // Two frames, with one to skip between them, as zstd:chunked has it.
    let (start, end) = bytes.split_at(bytes.len() / 2);
    let frame = |part| ruzstd::encoding::compress_to_vec(part, ruzstd::encoding::CompressionLevel::Fastest);
    [frame(start), vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], frame(end)].concat()
}

fn digest(bytes: &[u8]) -> String {
    stream::hexadecimal(&Sha256::digest(bytes))
}

fn config_of(layers: &[Vec<u8>]) -> Vec<u8> {
    let digests: Vec<_> = layers.iter().map(|layer| format!("sha256:{}", digest(layer))).collect();
    json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["PATH=/bin", "LD_LIBRARY_PATH=/opt/lib"], "Cmd": ["sh"], "Entrypoint": null, "ExposedPorts": {"80/tcp": {}}},
        "rootfs": {"type": "layers", "diff_ids": digests},
        "history": [{"created_by": "RUN make"}, {"created_by": "CMD", "empty_layer": true}],
    })
    .to_string()
    .into_bytes()
}

/// The files of what Docker saved before version 25.
fn saved(layers: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let names: Vec<_> = (0..layers.len()).map(|index| format!("{index}/layer.tar")).collect();
    let manifest = json!([{"Config": "config.json", "RepoTags": null, "Layers": names}]).to_string();
    let mut files: Vec<_> = names.into_iter().zip(layers.iter().cloned()).collect();
    files.push(("config.json".to_owned(), config_of(layers)));
    files.push(("manifest.json".to_owned(), manifest.into_bytes()));
    files
}

/// The files of an OCI layout.
fn oci(layers: &[Vec<u8>], media_type: &str, pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut descriptor = |media_type: &str, content: Vec<u8>| {
        let digest = digest(&content);
        let descriptor = json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": content.len()});
        files.push((format!("blobs/sha256/{digest}"), content));
        descriptor
    };
    let config = descriptor("application/vnd.oci.image.config.v1+json", config_of(layers));
    let layers: Vec<_> = layers.iter().map(|layer| descriptor(media_type, pack(layer))).collect();
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers}).to_string().into_bytes();
    let manifest = descriptor("application/vnd.oci.image.manifest.v1+json", manifest);
    let index = json!({"schemaVersion": 2, "manifests": [manifest]}).to_string().into_bytes();
    files.push(("index.json".to_owned(), index));
    files
}

const OCI_TAR: &str = "application/vnd.oci.image.layer.v1.tar";

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), Item::File(content.clone()))).collect();
    tar_of(&items)
}

fn read(archive: &[u8]) -> Result<Image, ImageError> {
    Reader::default().read(archive)
}

pub(crate) fn image(layers: &[&[(&str, Item)]]) -> Image {
    let layers: Vec<_> = layers.iter().map(|items| tar_of(items)).collect();
    read(&archive(&saved(&layers))).unwrap()
}

fn error_of(archive: &[u8]) -> String {
    read(archive).unwrap_err().to_string()
}

fn paths(image: &Image) -> Vec<String> {
    image.tree.iter().map(|(path, _)| path::shown(path)).collect()
}

fn changes(before: Item, after: Item, path: &str) -> Vec<Change> {
    let (before, after) = (image(&[&[(path, before)]]), image(&[&[(path, after)]]));
    differences(&before.tree, &after.tree).into_iter().map(|difference| difference.change).collect()
}

// --- archives

#[test]
fn every_layout_gives_the_same_image() {
    let layers = [tar_of(&[("bin", Directory), ("bin/sh", file("one"))]), tar_of(&[("etc/b", file("two!"))])];
    let kinds = [
        archive(&saved(&layers)),
        archive(&oci(&layers, OCI_TAR, <[u8]>::to_vec)),
        archive(&oci(&layers, "application/vnd.oci.image.layer.v1.tar+gzip", gzip)),
        archive(&oci(&layers, "application/vnd.oci.image.layer.v1.tar+zstd", zstd)),
    ];
    for kind in kinds {
        let image = read(&kind).unwrap();
        assert_eq!(image.id, format!("sha256:{}", digest(&config_of(&layers))));
        assert_eq!(paths(&image), ["/", "/bin", "/bin/sh", "/etc", "/etc/b"]);
        assert_eq!((image.bytes(), image.layers.len()), (7, 2));
        assert_eq!(image.layers[1].digest, format!("sha256:{}", digest(&layers[1])));
        assert_eq!(image.layers[1].tar_bytes, layers[1].len() as u64);
        assert_eq!(image.tree.get("/etc/b").unwrap().layer, 1);
        assert_eq!(image.config.variable("PATH"), Some("/bin"));
        assert_eq!(image.config.cmd, ["sh"]);
        assert!(image.config.history[1].empty_layer);
    }
}

#[test]
fn a_compressed_layer_is_as_large_as_its_blob_and_any_other_is_compressed() {
    let layer = tar_of(&[("a", file(&"text ".repeat(10_000)))]);
    let packed = gzip(&layer);
    let gzipped = read(&archive(&oci(std::slice::from_ref(&layer), &format!("{OCI_TAR}+gzip"), gzip))).unwrap();
    assert_eq!(gzipped.compressed_bytes(), packed.len() as u64);
    let plain = read(&archive(&saved(&[layer]))).unwrap();
    assert_eq!(plain.compressed_bytes(), packed.len() as u64);
}

#[test]
fn a_known_layer_is_not_read_again() {
    let layer = tar_of(&[("a", file("a"))]);
    let mut reader = Reader::default();
    let before = reader.read(&*archive(&oci(std::slice::from_ref(&layer), OCI_TAR, <[u8]>::to_vec))).unwrap();
    let above = tar_of(&[("b", file("b"))]);
    let after = reader.read(&*archive(&oci(&[layer, above], OCI_TAR, <[u8]>::to_vec))).unwrap();
    assert!(Arc::ptr_eq(&before.layers[0], &after.layers[0]));
    assert_eq!(paths(&after), ["/", "/a", "/b"]);
}

#[test]
fn a_layer_may_be_a_link_to_another_one() {
    let layer = tar_of(&[("a", file("a"))]);
    let layers = [layer.clone(), layer.clone()];
    let manifest = json!([{"Config": "c.json", "Layers": ["0/layer.tar", "1/layer.tar"]}]).to_string();
    let image = read(&tar_of(&[
        ("1/layer.tar", Symlink("../0/layer.tar")),
        ("0/layer.tar", Item::File(layer)),
        ("c.json", Item::File(config_of(&layers))),
        ("manifest.json", file(&manifest)),
    ]));
    assert_eq!(image.unwrap().layers.len(), 2);
}

#[test]
fn an_attestation_is_no_second_image() {
    let mut files = oci(&[tar_of(&[])], OCI_TAR, <[u8]>::to_vec);
    let mut index: serde_json::Value = serde_json::from_slice(&files.last().unwrap().1).unwrap();
    let attestation = json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": format!("sha256:{}", "0".repeat(64)),
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    });
    index["manifests"].as_array_mut().unwrap().push(attestation.clone());
    files.last_mut().unwrap().1 = index.to_string().into_bytes();
    assert!(read(&archive(&files)).is_ok());

    let mut other = attestation;
    other["annotations"] = json!({});
    index["manifests"].as_array_mut().unwrap().push(other);
    files.last_mut().unwrap().1 = index.to_string().into_bytes();
    assert_eq!(error_of(&archive(&files)), "the archive holds 2 images, not one");
}

#[test]
fn what_is_no_whole_image_is_an_error_that_says_why() {
    let layers = [tar_of(&[("a", file(&"a".repeat(3000)))])];
    let whole = archive(&saved(&layers));
    assert!(error_of(&whole[..2000]).contains("0/layer.tar"), "{}", error_of(&whole[..2000]));
    assert!(error_of(&[]).contains("neither a manifest.json nor an index.json"));
    assert!(error_of(b"no archive at all").contains("could not read the archive"));

    let without_layer = &saved(&layers)[1..];
    assert_eq!(error_of(&archive(without_layer)), "the archive lacks 0/layer.tar, which the image is made of");

    let mut wrong = oci(&layers, OCI_TAR, <[u8]>::to_vec);
    wrong[1].1[0] ^= 1;
    assert!(error_of(&archive(&wrong)).contains("sha256"), "{}", error_of(&archive(&wrong)));
    let mut swapped = saved(&layers);
    swapped[0].1 = tar_of(&[]);
    assert!(error_of(&archive(&swapped)).contains("has the digest"));

    let unknown = archive(&oci(&layers, "application/vnd.oci.image.layer.v1.tar+lz4", <[u8]>::to_vec));
    assert!(
        error_of(&unknown)
            .ends_with("has the media type application/vnd.oci.image.layer.v1.tar+lz4, which is not known")
    );

    let several = json!([{"Config": "a", "Layers": []}, {"Config": "b", "Layers": []}]).to_string();
    assert_eq!(error_of(&tar_of(&[("manifest.json", file(&several))])), "the archive holds 2 images, not one");
}

#[test]
fn a_size_that_lies_is_an_error() {
    let mut layer = tar_of(&[("a", file("a"))]);
    let mut header = tar::Header::from_byte_slice(&layer[..512]).clone();
    header.set_size(1 << 40);
    header.set_cksum();
    layer[..512].copy_from_slice(header.as_bytes());
    assert!(error_of(&archive(&saved(&[layer]))).contains("/a ends after"));
}

#[test]
fn headers_without_end_are_not_kept_in_memory() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 23);
    header.set_cksum();
    let layer = [header.as_bytes().as_slice(), &vec![b'a'; 1 << 23]].concat();
    assert!(error_of(&archive(&saved(&[layer]))).contains("larger than 4 MiB"));
}

// --- layers and trees

#[test]
fn whiteouts_hide_what_is_below_and_nothing_of_their_own_layer() {
    let base: &[(&str, Item)] = &[("d/a", file("a")), ("d/b/c", file("c")), ("e/f", file("f")), ("g", file("g"))];
    let gone: &[(&str, Item)] = &[
        ("d/new", file("n")),
        ("d/.wh.b", file("")),
        ("e/kept", file("k")),
        ("e/.wh..wh..opq", file("")),
        (".wh.g", file("")),
    ];
    let image = image(&[base, gone]);
    assert_eq!(paths(&image), ["/", "/d", "/d/a", "/d/new", "/e", "/e/kept"]);
}

#[test]
fn what_replaces_a_directory_takes_all_that_was_in_it() {
    let image = image(&[&[("a/b/c", file(""))], &[("a/b", Symlink("/c"))], &[("a", Directory), ("a/d", file(""))]]);
    assert_eq!(paths(&image), ["/", "/a", "/a/b", "/a/d"]);
}

#[test]
fn no_path_leaves_the_image() {
    let outside: &[(&str, Item)] = &[
        ("../../etc/passwd", file("x")),
        ("/a/./b//c", file("")),
        (".wh...", file("")),
        (".wh.", file("")),
        ("./", Directory),
        ("loop", Symlink("loop")),
        ("up", Symlink("../../../etc")),
        (".wh..wh.plnk/1", file("")),
    ];
    let image = image(&[outside]);
    assert_eq!(paths(&image), ["/", "/a", "/a/b", "/a/b/c", "/etc", "/etc/passwd", "/loop", "/up"]);
    assert_eq!(image.tree.text("/up/passwd"), Some(b"x".as_slice()));
    assert!(image.tree.resolve("/loop").is_none());

    let deep = tar_of(&[(&"a/".repeat(3000), file(""))]);
    assert!(error_of(&archive(&saved(&[deep]))).contains("longer than 4096 bytes"));
    let lost = tar_of(&[("a", Link("b"))]);
    assert_eq!(error_of(&archive(&saved(&[lost]))), "/a is a hard link to /b, which is no file that comes before it");
}

#[test]
fn links_are_followed_in_every_part_of_a_path() {
    let image = image(&[&[
        ("usr/lib/os", file("os")),
        ("lib", Symlink("usr/lib")),
        ("usr/lib/abs", Symlink("/lib/rel")),
        ("usr/lib/rel", Symlink("../lib/os")),
    ]]);
    let (path, node) = image.tree.resolve("/lib/abs").unwrap();
    assert_eq!((path, node.bytes), (b"/usr/lib/os".as_slice(), 2));
    assert!(image.tree.resolve("/lib/none").is_none());
    assert_eq!(image.tree.resolve("/lib/..").unwrap().0, b"/usr");
    assert_eq!(image.tree.resolve("/").unwrap().0, b"/");
}

#[test]
fn a_hard_link_is_a_file_with_the_same_content_that_counts_once() {
    let image = image(&[&[("a", file("content")), ("b", Link("a"))]]);
    let [a, b] = ["/a", "/b"].map(|path| image.tree.get(path).unwrap());
    assert_eq!((&a.kind, a.content, image.bytes()), (&Kind::File, b.content, 7));
}

// --- contents

#[test]
fn two_builds_of_the_same_file_are_equal() {
    let pyc = |time: u8, code: u8| Item::File([vec![0xa7, 13, 13, 10], vec![time; 12], vec![code; 9]].concat());
    assert_eq!(changes(pyc(1, 7), pyc(2, 7), "a.pyc"), []);
    assert_eq!(changes(pyc(1, 7), pyc(1, 8), "a.pyc").len(), 1);
    assert_eq!(changes(pyc(1, 7), pyc(2, 7), "a.py").len(), 1);
    let gz = |time: u8| {
        let mut gz = gzip(b"manual");
        gz[4] = time;
        Item::File(gz)
    };
    assert_eq!(changes(gz(1), gz(2), "a.1.gz"), []);
}

#[test]
fn each_difference_says_what_it_is() {
    let bytes = |text: &str| text.as_bytes().to_vec();
    assert_eq!(changes(file("a"), file("ab"), "p"), [Change::Content { before: 1, after: 2 }]);
    assert_eq!(changes(file("a"), Executable(bytes("a")), "p"), [Change::Mode { before: 0o644, after: 0o4755 }]);
    assert_eq!(changes(Symlink("a"), Symlink("b"), "p"), [Change::Target { before: bytes("a"), after: bytes("b") }]);
    assert_eq!(changes(file("a"), Directory, "p"), [Change::Kind]);
    let (before, after) =
        (image(&[&[("a", file("1")), ("b", Directory)]]), image(&[&[("b", Directory), ("c", file("12"))]]));
    let found = differences(&before.tree, &after.tree);
    let expected = [("/a", Change::Gone { bytes: 1 }), ("/c", Change::New { bytes: 2 })];
    assert_eq!(
        found.into_iter().map(|found| (found.shown_path(), found.change)).collect::<Vec<_>>(),
        expected.map(|(path, change)| (path.to_owned(), change))
    );
}

#[test]
fn a_script_says_what_starts_it() {
    let script = b"#! /usr/bin/env python3\nprint()\n".to_vec();
    let image = image(&[&[("a", Executable(script.clone())), ("b", Item::File(script))]]);
    assert_eq!(image.tree.get("/a").unwrap().interpreter.as_deref(), Some("/usr/bin/env python3"));
    assert_eq!(image.tree.get("/b").unwrap().interpreter, None);
}

#[test]
fn packages_are_read_from_what_their_managers_keep() {
    let status = "Package: bash\nStatus: install ok installed\nVersion: 5.2\n\nPackage: vim\nStatus: deinstall ok config-files\nVersion: 9\n";
    let image = image(&[&[
        ("var/lib/dpkg/status", file(status)),
        ("var/lib/dpkg/status.d/base", file("Package: base-files\nVersion: 12.4\n")),
        ("var/lib/dpkg/status.d/base.md5sums", file("0 usr\n")),
        ("lib/apk/db/installed", file("C:Q1\nP:musl\nV:1.2.5-r0\n\nC:Q1\nP:zlib\nV:1.3-r0\n")),
        ("usr/lib/python3/dist-packages/Foo_Bar-1.0.dist-info", Directory),
        ("usr/lib/python3/dist-packages/old-2-py3.11.egg-info", file("")),
        ("app/node_modules/@types/node/package.json", file(r#"{"name": "@types/node", "version": "20.1.0"}"#)),
        ("app/node_modules/a/package.json", file(r#"{"name": "a", "version": "1.0.0"}"#)),
        ("app/node_modules/b/node_modules/a/package.json", file(r#"{"name": "a", "version": "2.0.0"}"#)),
        ("app/node_modules/a/esm/package.json", file(r#"{"name": "inner", "version": "0"}"#)),
    ]]);
    let packages = image.packages();
    let shown = |manager| {
        let packages: &BTreeMap<_, _> = &packages[&manager];
        let packages = packages.iter().map(|(name, versions)| {
            format!("{name} {}", Vec::from_iter(versions.iter().map(String::as_str)).join(" "))
        });
        packages.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(shown(Manager::Dpkg), "base-files 12.4, bash 5.2");
    assert_eq!(shown(Manager::Apk), "musl 1.2.5-r0, zlib 1.3-r0");
    assert_eq!(shown(Manager::Python), "foo-bar 1.0, old 2");
    assert_eq!(shown(Manager::Npm), "@types/node 20.1.0, a 1.0.0 2.0.0");
}

// --- layers on layers

proptest! {
    /// A whiteout or a file in any place, in up to four layers.
    #[test]
    fn layers_make_what_a_naive_model_makes(layers in proptest::collection::vec(proptest::collection::vec((0..4usize, path_of_letters()), 0..8), 1..5)) {
        let tars: Vec<_> = layers.iter().map(|layer| {
            let items: Vec<_> = layer.iter().map(|(what, path)| entry(*what, path)).collect();
            tar_of(&items.iter().map(|(path, item)| (path.as_str(), item.clone())).collect::<Vec<_>>())
        }).collect();
        let image = read(&archive(&saved(&tars))).unwrap();
        let found: BTreeMap<String, bool> = image.tree.iter().map(|(path, node)| (path::shown(path), node.kind == Kind::Directory)).collect();
        prop_assert_eq!(found, model(&layers));
    }
}

/// A path of one to three folders with names of one letter.
fn path_of_letters() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(b'a'..b'd', 1..4)
}

fn shown(letters: &[u8]) -> String {
    letters.iter().map(|letter| format!("/{}", char::from(*letter))).collect()
}

fn entry(what: usize, letters: &[u8]) -> (String, Item) {
    let path = shown(letters);
    let (folder, name) = path.rsplit_once('/').unwrap();
    match what {
        0 => (path, Directory),
        1 => (format!("{folder}/.wh.{name}"), file("")),
        2 => (format!("{path}/.wh..wh..opq"), file("")),
        _ => (path, file("x")),
    }
}

/// The paths, and whether each is a directory: every rule applied to every path.
fn model(layers: &[Vec<(usize, Vec<u8>)>]) -> BTreeMap<String, bool> {
    let mut tree = BTreeMap::from([("/".to_owned(), true)]);
    for layer in layers {
        for (what, letters) in layer {
            let path = shown(letters);
            let below = format!("{path}/");
            match what {
                1 => tree.retain(|other, _| *other != path && !other.starts_with(&below)),
                2 => tree.retain(|other, _| !other.starts_with(&below)),
                _ => {}
            }
        }
        for (what, letters) in layer.iter().filter(|(what, _)| matches!(what, 0 | 3)) {
            let path = shown(letters);
            if *what == 3 {
                let below = format!("{path}/");
                tree.retain(|other, _| !other.starts_with(&below));
            }
            tree.extend((1..letters.len()).map(|length| (shown(&letters[..length]), true)));
            tree.insert(path, *what == 0);
        }
    }
    tree
}
