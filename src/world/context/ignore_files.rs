//! Which files say what a build context leaves out, and who else reads them.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::{BuildContext, FILES_MAX, IGNORE_NAME, is_of_others, text};
use crate::rewrite::IgnoreFiles;
use crate::world::files::{Kind, kind};

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
        let doubt = || [&own, &common].into_iter().find_map(|path| unfit(path));
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
                    if !is_of_others(&name.to_string_lossy()) {
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
}
