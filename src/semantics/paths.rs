//! Paths in an image, as text.

use std::borrow::Cow;

/// Whether `path` is `folder` or lies in it; slashes at the end of `folder` say nothing.
#[must_use]
pub fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The same for paths in which variables stand as written; `None` if one of them decides.
#[must_use]
pub fn may_be_within(path: &str, folder: &str) -> Option<bool> {
    let is_open = |name: &str| name.contains('$') || name == "..";
    let mut names = path.split('/').filter(|name| !name.is_empty());
    for wanted in folder.split('/').filter(|name| !name.is_empty()) {
        match names.next() {
            Some(name) if name == wanted => {}
            Some(name) => return if is_open(name) || is_open(wanted) { None } else { Some(false) },
            None => return if is_open(wanted) { None } else { Some(false) },
        }
    }
    Some(true)
}

/// `path` seen from `directory`, in full and without `.` and `..`, but for what stands behind a variable.
#[must_use]
pub fn joined(directory: &str, path: &str) -> String {
    let mut whole = String::with_capacity(directory.len() + path.len() + 1);
    let directory = if path.starts_with('/') { "" } else { directory };
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                let start = whole.rfind('/').unwrap_or(0);
                let last = whole.get(start + 1..).unwrap_or_default();
                // How many names a variable stands for is not known.
                if last.contains('$') || last == ".." { whole.push_str("/..") } else { whole.truncate(start) }
            }
            part => {
                whole.push('/');
                whole.push_str(part);
            }
        }
    }
    if whole.is_empty() {
        whole.push('/');
    }
    whole
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_a_variable_stays_open() {
        assert_eq!(joined("/a", "b/../../c"), "/c");
        assert_eq!(joined("/a/$X", "../../c"), "/a/$X/../../c");
        assert_eq!(joined("/$X", "a/../b"), "/$X/b");
    }

    #[test]
    fn a_variable_decides_unless_it_is_the_same() {
        for (path, folder, expected) in [
            ("/a/b", "/a", Some(true)),
            ("/a", "/a/b", Some(false)),
            ("/ab", "/a", Some(false)),
            ("/$X/b", "/$X", Some(true)),
            ("/$X/b", "/$X/c", Some(false)),
            ("/$X/b", "/a", None),
            ("/a", "/$X", None),
            ("/$X/b", "/$X/../b", None),
            ("/a/b", "/", Some(true)),
        ] {
            assert_eq!(may_be_within(path, folder), expected, "{path} {folder}");
        }
    }
}
