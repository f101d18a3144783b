//! Which file names are those of Dockerfiles, in every spelling that people use.

use std::ffi::OsStr;
use std::path::Path;

use crate::world::FACTS;

/// What a file is, going by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Dockerfile,
    /// Becomes a Dockerfile when a template engine has run over it.
    Template,
    Other,
}

/// Suffixes of code, prose and data about Dockerfiles, and of what other tools leave behind.
#[rustfmt::skip]
/// What the file called `name` is.
#[must_use]
pub fn kind(name: &OsStr) -> Kind {
    let name = name.to_string_lossy().to_lowercase();
    match Path::new(&name).extension().and_then(OsStr::to_str) {
        Some(suffix) if FACTS.has("ending of what is no Dockerfile", suffix) => Kind::Other,
        Some(suffix) if FACTS.has("ending of templates", suffix) => match kind(OsStr::new(&name[..name.len() - suffix.len() - 1])) {
            Kind::Other => Kind::Other,
            Kind::Dockerfile | Kind::Template => Kind::Template,
        },
        _ if is_dockerfile(&name) => Kind::Dockerfile,
        _ => Kind::Other,
    }
}

/// `dockerfile`, `dockerfile.x`, `dockerfile-x`, `dockerfile_x`, `x.dockerfile`, `x-dockerfile` or `x_dockerfile`; the same for `containerfile`.
fn is_dockerfile(name: &str) -> bool {
    const SEPARATORS: [char; 3] = ['.', '-', '_'];
    ["dockerfile", "containerfile"].into_iter().any(|word| {
        name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATORS))
            || name.strip_suffix(word).is_some_and(|rest| rest.ends_with(SEPARATORS))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_are(expected: Kind, names: &[&str]) {
        for name in names {
            assert_eq!(kind(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn every_spelling_of_a_dockerfile_is_known() {
        all_are(
            Kind::Dockerfile,
            &[
                "Dockerfile",
                "dockerfile",
                "DOCKERFILE",
                "Dockerfile.prod",
                "Dockerfile-alpine",
                "Dockerfile_arm",
                "Dockerfile.0",
                "app.dockerfile",
                "app.Dockerfile",
                "app-Dockerfile",
                "app_Dockerfile",
                ".Dockerfile",
                "Containerfile",
                "Containerfile.dev",
                "app.Containerfile",
                "Dockerfile.ubuntu-22.04",
            ],
        );
    }

    #[test]
    fn a_template_is_not_yet_a_dockerfile() {
        all_are(
            Kind::Template,
            &[
                "Dockerfile.j2",
                "Dockerfile.template",
                "Dockerfile-alpine.tmpl",
                "app.dockerfile.in",
                "Dockerfile.in.m4",
                "Containerfile.gotpl",
            ],
        );
    }

    #[test]
    fn what_is_about_dockerfiles_is_none() {
        all_are(
            Kind::Other,
            &[
                "Dockerfile.dockerignore",
                ".dockerignore",
                "dockerfile.go",
                "Dockerfile.md",
                "dockerfile-parser.js",
                "Dockerfile.py.j2",
                "Dockerfiles",
                "mydockerfile",
                "docker-compose.yml.j2",
                "Dockerfile.j2.license",
                "Dockerfile.orig",
                "file",
                "j2",
                "",
            ],
        );
    }
}
