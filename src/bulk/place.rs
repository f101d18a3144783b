//! Where what belongs to a repository is written: a name for every repository that every file system takes.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::text::hash;

/// Longest part of a path, in bytes; file systems take 255.
const PART_BYTES_MAX: usize = 180;

/// The path for the repository called `name`, without a suffix, with `/`.
pub(super) fn path_of(name: &str) -> String {
    let parts: Vec<String> = name.split('/').filter(|part| !part.is_empty()).map(part_of).collect();
    if parts.is_empty() { "_".to_owned() } else { parts.join("/") }
}

fn part_of(part: &str) -> String {
    let mut out = String::new();
    for (index, byte) in part.bytes().enumerate() {
        let is_plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+') || (byte == b'.' && index > 0);
        if is_plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    if out.len() > PART_BYTES_MAX {
        out.truncate(PART_BYTES_MAX);
        let _ = write!(out, "~{:016x}", hash([part.as_bytes()]));
    }
    out
}

/// Writes a file so that it is there whole or not at all, and makes its folders. It is made in the folder `work`.
pub(super) fn put(work: &Path, path: &Path, bytes: &[u8]) -> Result<(), String> {
    let put = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().tempfile_in(work)?;
        file.write_all(bytes)?;
        #[cfg(unix)]
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        file.persist(path).map_err(|refused| refused.error)?;
        Ok(())
    };
    put().map_err(|error: std::io::Error| format!("{}: {error}", path.display()))
}

/// Takes away what an earlier run has left at `path`.
pub(super) fn remove(path: &PathBuf) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", path.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_path_below() {
        assert_eq!(path_of("team/app.x"), "team/app.x");
        assert_eq!(path_of("../.git/a b"), "%2E./%2Egit/a%20b");
        assert_eq!(path_of("/"), "_");
        assert!(path_of(&"ü".repeat(200)).len() < 200);
    }
}
