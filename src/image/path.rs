//! Paths inside an image: bytes, absolute, without `.` and `..`.

use std::io;

/// The longest path that Linux opens, `PATH_MAX`.
pub(super) const PATH_BYTES_MAX: usize = 4096;

/// The path that `name` of an archive means: `..` does not lead out of the image.
///
/// # Errors
/// If it is longer than Linux could open.
pub(super) fn normal(name: &[u8]) -> io::Result<Vec<u8>> {
    if name.len() > PATH_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a path is longer than 4096 bytes"));
    }
    let mut path = Vec::with_capacity(name.len() + 1);
    for part in name.split(|byte| *byte == b'/') {
        step(&mut path, part);
    }
    if path.is_empty() {
        path.push(b'/');
    }
    Ok(path)
}

/// Goes from `path`, where nothing at all is the root, to `part` of it.
pub(super) fn step(path: &mut Vec<u8>, part: &[u8]) {
    match part {
        b"" | b"." => {}
        b".." => path.truncate(path.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
        _ => {
            path.push(b'/');
            path.extend_from_slice(part);
        }
    }
}

/// The folder that has `path`, and its name there. The root has neither.
pub(super) fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let slash = path.iter().rposition(|byte| *byte == b'/')?;
    let name = &path[slash + 1..];
    (!name.is_empty()).then_some((if slash == 0 { b"/" } else { &path[..slash] }, name))
}

/// `name` in `folder`.
pub(super) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    [folder, b"/", name].concat()
}

pub(super) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
