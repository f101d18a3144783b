//! A GitLab code quality report: the changes, as an array of issues.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::Failure;
use crate::examine::Examined;
use crate::examine::findings::{Level, said, slashed, troubles};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

pub(in crate::cli) fn print(files: &[Examined]) -> Result<(), Failure> {
    let project = std::env::var_os("CI_PROJECT_DIR").map(PathBuf::from);
    let here = std::env::current_dir().unwrap_or_default();
    let mut issues = Vec::new();
    for file in files {
        let location = |begin| {
            let path = in_project(&slashed(&file.path), &here, project.as_deref());
            Location { path, lines: Lines { begin } }
        };
        issues.extend(troubles(file).into_iter().enumerate().map(|(number, trouble)| Issue {
            fingerprint: format!("trouble {number} {}", slashed(&file.path)),
            description: trouble.message,
            check_name: "dockeropt",
            severity: "major",
            location: location(trouble.line.unwrap_or(1)),
        }));
        issues.extend(said(file).map(|change| Issue {
            // GitLab does not show the name of the check.
            description: format!("{} ({})", change.message, change.transform.id),
            check_name: change.transform.id,
            severity: if change.level() == Level::Warning { "minor" } else { "info" },
            location: location(change.start.line),
            fingerprint: change.fingerprint,
        }));
    }
    super::print_json(&issues)
}

/// `path`, which is relative to `here`, as GitLab wants it: relative to the folder of the project, if that is known and holds it.
fn in_project(path: &str, here: &Path, project: Option<&Path>) -> String {
    let absolute = here.join(path);
    let relative = project.and_then(|project| absolute.strip_prefix(project).ok());
    relative.map_or_else(|| path.to_owned(), |relative| relative.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_to_the_project() {
        let here = Path::new("/builds/group/project/services");
        assert_eq!(in_project("a/Dockerfile", here, Some(Path::new("/builds/group/project"))), "services/a/Dockerfile");
        assert_eq!(in_project("a/Dockerfile", here, Some(Path::new("/elsewhere"))), "a/Dockerfile");
        assert_eq!(in_project("a/Dockerfile", here, None), "a/Dockerfile");
    }
}
