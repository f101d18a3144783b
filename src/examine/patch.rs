//! The patch of what a chain made of a Dockerfile and of the files beside it.

use std::path::Path;

use super::companion_path;
use crate::rewrite::{Companion, Outcome};
use crate::text::diff::{unified, unified_new_file};

/// The patch of all that `outcome` changes: the Dockerfile at `path`, then what belongs to it.
pub fn patch(path: &Path, outcome: &Outcome) -> Vec<u8> {
    let mut patch = unified(&diff_path(path), &outcome.before, &outcome.after);
    outcome.companions().iter().for_each(|companion| patch.extend(companion_patch(path, companion)));
    patch
}

/// The patch of a file that belongs to the change of the Dockerfile at `path`.
pub fn companion_patch(path: &Path, companion: &Companion) -> Vec<u8> {
    let path = diff_path(&companion_path(path, companion));
    match &companion.before {
        Some(before) => unified(&path, before, &companion.after),
        None => unified_new_file(&path, &companion.after),
    }
}

/// The name of a file in a patch: with `/`, and no root.
pub fn diff_path(path: &Path) -> Vec<u8> {
    let path = path.strip_prefix("/").unwrap_or(path);
    let bytes = path.as_os_str().as_encoded_bytes();
    if std::path::MAIN_SEPARATOR == '/' {
        bytes.to_vec()
    } else {
        bytes.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()
    }
}
