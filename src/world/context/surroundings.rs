//! Which files say what a build context leaves out, who else reads them, and what makes it doubtful that it is the context.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::{BuildContext, FILES_MAX, IGNORE_NAME, text};
use crate::rewrite::IgnoreFiles;
use crate::world::files::{Kind, kind};

/// Most folders above that are looked at.
const FOLDERS_ABOVE_MAX: usize = 32;

/// Most entries of a folder above that are looked at.
const ENTRIES_MAX: usize = 2_000;

/// Folders of other people's code, or of no code at all.
const FOREIGN_FOLDERS: &[&str] = &[".git", "node_modules", "vendor"];

/// Files that start builds, by their suffix or name.
const BUILDERS: &[&str] = &[
    "bzl",
    "earthfile",
    "hcl",
    "jenkinsfile",
    "json",
    "justfile",
    "makefile",
    "mk",
    "ps1",
    "rakefile",
    "sh",
    "tiltfile",
    "toml",
    "yaml",
    "yml",
];

impl BuildContext {
    /// The files that say what is left out for the Dockerfile at `dockerfile`.
    #[must_use]
    pub fn ignore_files(&self, dockerfile: &Path) -> Option<IgnoreFiles> {
        let beside = dockerfile.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (name, beside) = (dockerfile.file_name()?, beside.canonicalize().ok()?);
        let mut own = OsString::from(name);
        own.push(IGNORE_NAME);
        let (own, common) = (beside.join(own), self.folder.path.join(IGNORE_NAME));
        let is_in_context = beside == self.folder.path;
        let others = self.other_dockerfiles(&beside.join(name));
        let doubt = || {
            let unsure = [&own, &common].into_iter().find_map(|path| unfit(path));
            unsure.or_else(|| if is_in_context { other_context(&beside, name.to_str()?) } else { None })
        };
        let crowded = || Some(format!("more than {FILES_MAX} files, so other Dockerfiles may stand there"));
        Some(IgnoreFiles {
            dockerfile: name.to_str()?.to_owned(),
            is_in_context,
            doubt: if others.is_none() { crowded() } else { doubt() },
            others: others.unwrap_or_default(),
            own: text(&own),
            common: text(&common),
        })
    }

    /// Dockerfiles in the context besides `own`, whether it leaves them out or not; `None` if that cannot be told.
    fn other_dockerfiles(&self, own: &Path) -> Option<Vec<String>> {
        let mut others = Vec::new();
        let mut folders = vec![self.folder.path.clone()];
        let mut looked_at = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).ok()? {
                let entry = entry.ok()?;
                looked_at += 1;
                if looked_at > FILES_MAX {
                    return None;
                }
                let (name, path) = (entry.file_name(), entry.path());
                if entry.file_type().ok()?.is_dir() {
                    if !FOREIGN_FOLDERS.iter().any(|foreign| name == *foreign) {
                        folders.push(path);
                    }
                } else if kind(&name) != Kind::Other && path != own {
                    others.push(path.strip_prefix(&self.folder.path).ok()?.to_string_lossy().into_owned());
                }
            }
        }
        others.sort_unstable();
        Some(others)
    }
}

/// Why the file at `path` is none to be changed or made.
fn unfit(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    let metadata = fs::symlink_metadata(path).ok()?;
    let because = if metadata.is_symlink() {
        "is a symbolic link"
    } else if !metadata.is_file() || text(path).is_none() {
        "cannot be read"
    } else if metadata.permissions().readonly() {
        "is read-only"
    } else {
        return None;
    };
    Some(format!("`{name}` {because}"))
}

/// Why the Dockerfile `name` in `folder` may be built with another context than its folder.
fn other_context(folder: &Path, name: &str) -> Option<String> {
    let elsewhere = [format!("../{name}"), "context: ..".to_owned(), format!("{name} ..")];
    if let Some((file, word)) = mention(folder, &elsewhere) {
        return Some(format!("`{file}` says `{word}`, so the build context may be another folder"));
    }
    let root = folder.ancestors().take(FOLDERS_ABOVE_MAX).position(|above| above.join(".git").exists())?;
    for above in folder.ancestors().take(root + 1).skip(1) {
        let path = format!("{}/{name}", folder.strip_prefix(above).ok()?.to_str()?);
        if !folder.join(IGNORE_NAME).exists() && above.join(IGNORE_NAME).exists() {
            return Some(format!("a folder above has a `{IGNORE_NAME}`, so that may be the build context"));
        }
        let places = [above.to_owned(), above.join(".github/workflows"), above.join(".circleci")];
        let wanted = [path];
        if let Some((file, word)) = places.iter().find_map(|place| mention(place, &wanted)) {
            return Some(format!("`{file}` in a folder above says `{word}`, so that may be the build context"));
        }
    }
    None
}

/// The first file in `folder` that may start a build and holds one of `words`, and the word.
fn mention(folder: &Path, words: &[String]) -> Option<(String, String)> {
    let entries = fs::read_dir(folder).ok()?.take(ENTRIES_MAX).filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_builder(path)).collect();
    paths.sort_unstable();
    paths.iter().find_map(|path| {
        let bytes = text(path)?;
        let held = String::from_utf8_lossy(&bytes);
        let word = words.iter().find(|word| held.contains(word.as_str()))?;
        Some((path.file_name()?.to_string_lossy().into_owned(), word.clone()))
    })
}

fn is_builder(path: &Path) -> bool {
    let part = path.extension().or_else(|| path.file_name()).and_then(OsStr::to_str).unwrap_or_default();
    BUILDERS.contains(&part.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with these files, and what is known for the Dockerfile at `dockerfile` with its folder as the context.
    fn known(files: &[(&str, &str)], dockerfile: &str) -> IgnoreFiles {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files.iter().chain(&[(".git/HEAD", ""), (dockerfile, "FROM a\n")]) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let dockerfile = root.path().join(dockerfile);
        let context = BuildContext::open(dockerfile.parent().unwrap(), &dockerfile).unwrap();
        context.ignore_files(&dockerfile).unwrap()
    }

    #[test]
    fn other_dockerfiles_are_found_also_where_they_are_left_out() {
        let files =
            [(".dockerignore", "*.dev\n"), ("Dockerfile.dev", ""), ("a/Dockerfile", ""), ("vendor/Dockerfile", "")];
        let known = known(&files, "Dockerfile");
        assert_eq!(known.others, ["Dockerfile.dev", "a/Dockerfile"]);
        assert_eq!((known.common.as_deref(), known.doubt), (Some(&b"*.dev\n"[..]), None));
    }

    #[test]
    fn what_names_the_dockerfile_from_above_makes_the_context_doubtful() {
        for (path, text) in [
            ("compose.yml", "    dockerfile: app/Dockerfile\n"),
            (".github/workflows/ci.yml", "file: ./app/Dockerfile\n"),
            ("Makefile", "\tdocker build -f app/Dockerfile .\n"),
            (".dockerignore", "x\n"),
            ("app/compose.yml", "    context: ..\n"),
        ] {
            assert!(known(&[(path, text)], "app/Dockerfile").doubt.is_some(), "{path}");
        }
        assert_eq!(known(&[("compose.yml", "    build: ./app\n")], "app/Dockerfile").doubt, None);
    }
}
