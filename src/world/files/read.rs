//! Reading a file, and remembering what was read so that a later write can tell whether it is still there.

use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read as _;
use std::path::Path;
use std::time::SystemTime;

use super::{Because, FileError};

/// The largest file that is read unless the user says otherwise: twice the largest Dockerfile seen among 50,000.
pub const SIZE_MAX_BYTES: u64 = 1 << 20;

/// A file as it was at the moment it was read.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub bytes: Vec<u8>,
    pub fingerprint: Fingerprint,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    modified: Option<SystemTime>,
    inode: u64,
    size_bytes: u64,
    hash: u64,
}

impl Fingerprint {
    fn of(metadata: &Metadata, bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let modified = metadata.modified().ok();
        Self { modified, inode: inode(metadata), size_bytes: metadata.len(), hash: hasher.finish() }
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

/// Reads a regular file; a link is followed.
///
/// # Errors
/// If `path` is no regular file, is larger than `size_max_bytes`, or cannot be read.
pub fn read(path: &Path, size_max_bytes: u64) -> Result<SourceFile, FileError> {
    try_read(path, size_max_bytes).map_err(|because| because.at(path))
}

pub(super) fn try_read(path: &Path, size_max_bytes: u64) -> Result<SourceFile, Because> {
    // Asked before it is opened, since opening a named pipe waits for a writer.
    if !fs::metadata(path).map_err(Because::io("be read"))?.is_file() {
        return Err(Because::NotRegular);
    }
    let file = File::open(path).map_err(Because::io("be opened"))?;
    let metadata = file.metadata().map_err(Because::io("be read"))?;
    let mut bytes = Vec::new();
    file.take(size_max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(Because::io("be read"))?;
    if bytes.len() as u64 > size_max_bytes {
        return Err(Because::TooLarge { size_max_bytes });
    }
    Ok(SourceFile { fingerprint: Fingerprint::of(&metadata, &bytes), bytes })
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("Dockerfile");
        fs::write(&path, b"\xef\xbb\xbfFROM a\r\n# \xe9\0").unwrap();
        assert_eq!(read(&path, SIZE_MAX_BYTES).unwrap().bytes, b"\xef\xbb\xbfFROM a\r\n# \xe9\0");
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("Dockerfile");
        fs::write(&path, "12345").unwrap();
        assert!(read(&path, 5).is_ok());
        assert!(read(&path, 4).unwrap_err().to_string().ends_with("Dockerfile: larger than 4 bytes"));
    }

    #[test]
    fn a_directory_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(read(directory.path(), 9).unwrap_err().because, Because::NotRegular));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_and_a_named_pipe_are_refused_without_waiting() {
        assert!(matches!(read(Path::new("/dev/zero"), 9).unwrap_err().because, Because::NotRegular));
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("Dockerfile");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(matches!(read(&pipe, 9).unwrap_err().because, Because::NotRegular));
    }
}
