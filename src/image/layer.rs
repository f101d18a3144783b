//! A layer: the entries of its tar archive, and how large it is.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::content::{Content, Scratch};
use super::path;
use super::stream::{Allowance, Allowed, CHUNK_BYTES, Measured, Zstd};
use super::tree::{Kind, Node};

/// A layer of an image.
#[derive(Debug)]
pub struct Layer {
    /// Of the uncompressed tar archive, the `diff_id` of the configuration: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// The bytes of its files, each hard link once. That is what Docker counts for a layer that it has built; for one that it has pulled, loaded or
    /// imported it counts what lies on its disk, which is also the length of the target of each symbolic link.
    pub bytes: u64,
    /// The bytes of the uncompressed tar archive.
    pub tar_bytes: u64,
    /// The bytes as it is pushed: those of the blob where it is compressed, else what gzip makes of it at level 6.
    pub compressed_bytes: u64,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub path: Vec<u8>,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Node(Box<Node>),
    /// A further name of the file at the path.
    Link(Vec<u8>),
    /// What lower layers have at the path is gone.
    Whiteout,
    /// What lower layers have below the path is gone.
    Opaque,
}

/// How a layer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Tar,
    Gzip,
    Zstd,
}

impl Form {
    /// How much of the start tells the form.
    pub const START_BYTES: usize = 512;

    /// The form of what starts so, if it is a layer. A tar archive without entries is all zeros.
    pub fn of(start: &[u8]) -> Option<Form> {
        match start {
            [0x1f, 0x8b, ..] => Some(Form::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Form::Zstd),
            // A frame to skip: zstd:chunked may start with one.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Form::Zstd),
            _ if start.len() < Form::START_BYTES => None,
            _ if &start[257..262] == b"ustar" || start.iter().all(|byte| *byte == 0) => Some(Form::Tar),
            _ => None,
        }
    }
}

/// The file of the archive that a layer was read from.
pub(super) struct Blob {
    pub bytes: u64,
    /// In hexadecimal digits.
    pub digest: String,
}

/// Reads a layer to the end of its blob.
pub(super) fn read(blob: impl Read, form: Form) -> io::Result<(Layer, Blob)> {
    if form == Form::Tar {
        let mut tar = Measured::compressed(blob);
        let mut layer = contents(&mut tar)?;
        let blob = Blob { bytes: tar.bytes, digest: tar.digest() };
        layer.digest = format!("sha256:{}", blob.digest);
        layer.compressed_bytes = tar.compressed_bytes();
        return Ok((layer, blob));
    }
    let mut blob = BufReader::with_capacity(CHUNK_BYTES, Measured::new(blob));
    let unpacked: &mut dyn Read =
        if form == Form::Gzip { &mut MultiGzDecoder::new(&mut blob) } else { &mut Zstd::new(&mut blob) };
    let mut tar = Measured::new(unpacked);
    let mut layer = contents(&mut tar)?;
    layer.digest = format!("sha256:{}", tar.digest());
    io::copy(&mut blob, &mut io::sink())?;
    let blob = blob.into_inner();
    layer.compressed_bytes = blob.bytes;
    Ok((layer, Blob { bytes: blob.bytes, digest: blob.digest() }))
}

/// Reads the entries, and the rest of the stream. The digest and the compressed size are left open.
fn contents<R: Read>(tar: &mut Measured<R>) -> io::Result<Layer> {
    let allowance = Allowance::for_headers();
    let stream = Allowed { inner: BufReader::with_capacity(CHUNK_BYTES, &mut *tar), allowance: &allowance };
    let mut archive = tar::Archive::new(stream);
    let mut entries = Vec::new();
    let mut bytes = 0;
    let mut scratch = Scratch::default();
    for entry in archive.entries()? {
        allowance.lift();
        let mut entry = entry?;
        if let Some(entry) = entry_of(&mut entry, &mut scratch)? {
            if let What::Node(node) = &entry.what {
                bytes += node.bytes;
            }
            entries.push(entry);
        }
        io::copy(&mut entry, &mut io::sink())?;
        allowance.renew();
    }
    io::copy(&mut archive.into_inner().inner, &mut io::sink())?;
    Ok(Layer { digest: String::new(), bytes, tar_bytes: tar.bytes, compressed_bytes: 0, entries })
}

/// What marks that something is gone ([OCI layer](https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts)).
const WHITEOUT: &[u8] = b".wh.";
/// What AUFS keeps for itself starts so; of that, `.wh..wh..opq` is the only name with a meaning for others.
const RESERVED: &[u8] = b".wh..wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// More zeros than this in a sparse file would be read for hours.
const SPARSE_BYTES_MAX: u64 = 64 << 30;

fn entry_of<R: Read>(entry: &mut tar::Entry<'_, R>, scratch: &mut Scratch) -> io::Result<Option<Entry>> {
    let kind = entry.header().entry_type();
    if kind.is_pax_global_extensions() {
        return Ok(None);
    }
    let path = path::normal(&entry.path_bytes())?;
    if let Some((folder, name)) = path::split(&path) {
        if name == OPAQUE {
            return Ok(Some(Entry { path: folder.to_owned(), what: What::Opaque }));
        }
        if path.split(|byte| *byte == b'/').any(|part| part.starts_with(RESERVED)) {
            return Ok(None);
        }
        if let Some(name) = name.strip_prefix(WHITEOUT) {
            let gone = Entry { path: path::join(folder, name), what: What::Whiteout };
            return Ok((!matches!(name, b"" | b"." | b"..")).then_some(gone));
        }
    }
    let target = entry.link_name_bytes().unwrap_or_default().into_owned();
    if kind.is_hard_link() {
        return Ok(Some(Entry { path, what: What::Link(path::normal(&target)?) }));
    }
    let kind = match kind {
        tar::EntryType::Symlink if target.len() > path::PATH_BYTES_MAX => {
            return Err(invalid(format!("the target of {} is longer than 4096 bytes", path::shown(&path))));
        }
        tar::EntryType::Symlink => Kind::Symlink(target),
        tar::EntryType::Directory => Kind::Directory,
        tar::EntryType::Fifo => Kind::Fifo,
        tar::EntryType::Char | tar::EntryType::Block => {
            let major = entry.header().device_major()?.unwrap_or(0);
            let minor = entry.header().device_minor()?.unwrap_or(0);
            let is_block = kind == tar::EntryType::Block;
            if is_block { Kind::BlockDevice { major, minor } } else { Kind::CharDevice { major, minor } }
        }
        tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::GNUSparse => Kind::File,
        _ => {
            let kind = char::from(kind.as_byte()).escape_default();
            return Err(invalid(format!("{} is an entry of the unknown type {kind}", path::shown(&path))));
        }
    };
    let header = entry.header();
    let mut node = Node::of(kind);
    node.mode = header.mode()? & 0o7777;
    node.uid = number(&header.as_old().uid, header.uid())?;
    node.gid = number(&header.as_old().gid, header.gid())?;
    if node.kind == Kind::File {
        let expected = entry.size();
        if entry.header().entry_type().is_gnu_sparse() && expected > SPARSE_BYTES_MAX {
            return Err(invalid(format!("{} is a sparse file of {expected} bytes", path::shown(&path))));
        }
        node.capability = capability(entry)?;
        let content = Content::read(&path, node.mode, entry, scratch)?;
        if content.bytes != expected {
            let what = format!("{} ends after {} bytes, of {expected}", path::shown(&path), content.bytes);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        node.hold(content);
    }
    Ok(Some(Entry { path, what: What::Node(Box::new(node)) }))
}

/// A field that is blank means 0, as engines read it.
fn number(field: &[u8], value: io::Result<u64>) -> io::Result<u64> {
    if field.iter().all(|byte| matches!(byte, 0 | b' ')) { Ok(0) } else { value }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The capabilities that a program has whoever starts it.
fn capability<R: Read>(entry: &mut tar::Entry<'_, R>) -> io::Result<Option<Vec<u8>>> {
    let Some(extensions) = entry.pax_extensions()? else { return Ok(None) };
    for extension in extensions {
        let extension = extension?;
        if extension.key_bytes() == b"SCHILY.xattr.security.capability" {
            return Ok(Some(extension.value_bytes().to_vec()));
        }
    }
    Ok(None)
}
