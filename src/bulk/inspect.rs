//! A look at all names of a repository before anything of it is read: nothing may lead out of it, and nothing may be without end.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path};

use crate::examine::selection::CONFIG_NAMES;
use crate::world::files::{Kind, kind};
use crate::world::lock::LOCK_NAME;

/// Most files and folders of a repository.
const ENTRIES_MAX: usize = 1_000_000;

/// How deep folders may lie in each other.
const DEPTH_MAX: usize = 100;

/// Most Dockerfiles of a repository.
const DOCKERFILES_MAX: usize = 5_000;

/// The largest file that says what is ignored or which transforms run, in bytes.
const RULES_BYTES_MAX: u64 = 1 << 20;

/// Files whose content decides what is looked at.
const RULES: &[&str] = &[".dockeroptignore", ".gitignore", ".ignore"];

/// Says why the repository at `root` is not looked at.
pub(super) fn inspect(root: &Path) -> Result<(), String> {
    check_rules(&root.join(".git/info/exclude"), ".git/info/exclude")?;
    let (mut entries, mut dockerfiles) = (0, 0);
    let mut folders = vec![(String::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        if depth > DEPTH_MAX {
            return Err(format!("folders lie more than {DEPTH_MAX} deep in each other"));
        }
        let read =
            fs::read_dir(root.join(&folder)).map_err(|error| format!("`{folder}` could not be read: {error}"))?;
        for entry in read {
            let entry = entry.map_err(|error| format!("`{folder}` could not be read: {error}"))?;
            entries += 1;
            if entries > ENTRIES_MAX {
                return Err(format!("more than {ENTRIES_MAX} files"));
            }
            let name = entry.file_name();
            let Some(text) = name.to_str() else { continue };
            let path = if folder.is_empty() { text.to_owned() } else { format!("{folder}/{text}") };
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !is_of_git(&name) {
                    folders.push((path, depth + 1));
                }
                continue;
            }
            if RULES.contains(&text) || CONFIG_NAMES.contains(&text) || text == LOCK_NAME {
                check_rules(&entry.path(), &path)?;
            }
            dockerfiles += usize::from(kind(&name) != Kind::Other);
            if dockerfiles > DOCKERFILES_MAX {
                return Err(format!("more than {DOCKERFILES_MAX} Dockerfiles"));
            }
        }
    }
    Ok(())
}

/// A file that is read line by line by others has to be a file, and has to end.
fn check_rules(path: &Path, shown: &str) -> Result<(), String> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(format!("`{shown}` is a symbolic link")),
        Ok(found) if !found.is_file() => Err(format!("`{shown}` is not a file")),
        // A lock file has a limit of its own.
        Ok(found) if found.len() > RULES_BYTES_MAX && !shown.ends_with(LOCK_NAME) => {
            Err(format!("`{shown}` is larger than {RULES_BYTES_MAX} bytes"))
        }
        _ => Ok(()),
    }
}

/// Whether some system takes a folder called `name` for the repository itself, as git knows it.
pub(super) fn is_of_git(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    // HFS+ passes over characters that show nothing, NTFS over dots and blanks at the end; `git~1` is the short name.
    let seen: String = name
        .chars()
        .filter(
            |c| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'),
        )
        .collect();
    let seen = seen.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    matches!(seen, ".git" | "git~1")
}

/// Why the file at `relative` in `root` is not to be touched: it is no file of its own, or some system finds it elsewhere.
pub(super) fn reason_to_leave(root: &Path, relative: &Path) -> Option<String> {
    let mut path = root.to_owned();
    for part in relative.components() {
        if path != root && fs::symlink_metadata(path.join(".git")).is_ok() {
            return Some("in a repository of its own".to_owned());
        }
        let Component::Normal(name) = part else { return Some("its path leads out of the repository".to_owned()) };
        if is_of_git(name) {
            return Some(format!("`{}` is git's own on some systems", name.to_string_lossy()));
        }
        path.push(name);
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Some("a symbolic link".to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_system_takes_for_gits_own_are_known() {
        for name in [".git", ".GIT", ".git.", ".Git ", "git~1", ".g\u{200c}it", ".git::$INDEX_ALLOCATION"] {
            assert!(is_of_git(OsStr::new(name)), "{name}");
        }
        for name in [".github", "git", ".gitignore"] {
            assert!(!is_of_git(OsStr::new(name)), "{name}");
        }
    }
}
