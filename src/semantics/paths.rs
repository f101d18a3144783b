//! Paths in an image, as text.

use std::borrow::Cow;

/// Whether `path` is `folder` or lies in it; slashes at the end of `folder` say nothing.
#[must_use]
pub fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `path` seen from `directory`, in full and without `.` and `..`.
#[must_use]
pub fn joined(directory: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `path` seen from the root, without `.`, `..` and slashes around.
#[must_use]
pub fn rooted(path: &str) -> Cow<'_, str> {
    let trimmed = path.trim_matches('/');
    if matches!(trimmed, "" | ".") {
        return Cow::Borrowed("");
    }
    if trimmed.split('/').all(|part| !matches!(part, "" | "." | "..")) {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(joined("/", path)[1..].to_owned())
}
