//! Which program reads a file: the image that `# syntax=` at its top names.

use super::dockerfile::{DirectiveKind, Dockerfile, ItemKind};
use super::image::ImageReference;

/// The image that `source` names by `# syntax=`, as written, if it is another frontend than Docker's, whose files have a grammar of their own.
#[must_use]
pub fn other_frontend(source: &[u8]) -> Option<String> {
    let named = frontend(source)?;
    let is_docker = ImageReference::parse(&named).is_ok_and(|image| is_of_docker(&image.repository));
    (!is_docker).then_some(named)
}

/// The version of Docker's frontend that reads `file`, as far as `# syntax=` says: `docker/dockerfile:1.7` and `1.7.0-labs` are 1.7. `None` for the newest of a
/// line, and where nobody says.
#[must_use]
pub fn frontend_version(file: &Dockerfile) -> Option<(u32, u32)> {
    let image = ImageReference::parse(&frontend(file.source())?).ok()?;
    let mut parts = image.tag.as_deref()?.split(['.', '-']);
    let mut part = || parts.next()?.parse().ok();
    Some((part()?, part()?))
}

/// Docker's own, or a mirror of it in another registry.
fn is_of_docker(repository: &str) -> bool {
    ["docker/dockerfile", "dockerfile-upstream"]
        .iter()
        .any(|name| repository.strip_suffix(name).is_some_and(|path| path.is_empty() || path.ends_with('/')))
}

fn frontend(source: &[u8]) -> Option<String> {
    let head = Dockerfile::parse(head(source));
    let directives = head.items().iter().filter_map(|item| match &item.kind {
        ItemKind::Directive(directive) if directive.kind == DirectiveKind::Syntax => Some(directive),
        _ => None,
    });
    // Behind the first blank stands what is handed to it.
    directives.last()?.value.split_whitespace().next().map(str::to_owned)
}

/// The lines at the top in which directives count. The rest may be anything in the eyes of another frontend, and is not read.
fn head(source: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in source.split_inclusive(|&byte| byte == b'\n') {
        let line_text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        if !line_text.trim_ascii_start().starts_with(b"#") {
            break;
        }
        end += line.len();
    }
    &source[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_and_its_mirrors_are_told_from_others() {
        let other = |name: &str| other_frontend(format!("# escape=`\n# syntax = {name}\nFROM a\n").as_bytes());
        for name in [
            "docker/dockerfile:1",
            "docker.io/docker/dockerfile:1.7-labs",
            "docker/dockerfile-upstream:master",
            "registry.example.com:5000/hub/docker/dockerfile:1",
        ] {
            assert_eq!(other(name), None, "{name}");
        }
        for name in [
            "edrevo/dockerfile-plus",
            "ghcr.io/a/mydocker/dockerfile:1",
            "r2d4/mockerfile",
            "devthefuture/dockerfile-x",
        ] {
            assert_eq!(other(name).as_deref(), Some(name));
        }
        assert_eq!(other_frontend(b"FROM a\n# syntax=r2d4/mockerfile\n"), None);
    }

    #[test]
    fn the_version_of_the_frontend_is_in_its_tag() {
        let version =
            |tag: &str| frontend_version(&Dockerfile::parse(format!("# syntax=docker/dockerfile{tag}\nFROM a\n")));
        assert_eq!(version(":1.0"), Some((1, 0)));
        assert_eq!(version(":1.1-experimental"), Some((1, 1)));
        assert_eq!(version(":1.7.1-labs"), Some((1, 7)));
        for tag in ["", ":1", ":latest", ":1-labs", ":experimental"] {
            assert_eq!(version(tag), None, "{tag}");
        }
    }
}
