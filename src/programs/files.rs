//! What of the build context gets into the image.

use std::sync::Arc;

use crate::rewrite::{Answer, Context, Question};
use crate::semantics::{is_within, joined};

/// Most files whose text is asked for: more are no program that can be vouched for.
const TEXTS_MAX: usize = 300;

/// A path of the build context as its answers have it: without `.`, `..` and slashes around; empty for all of it.
pub(crate) fn cleaned(path: &str) -> String {
    // What a pattern fits is not looked at: it may be everything.
    if path.contains(['*', '?', '[']) { String::new() } else { joined("/", path)[1..].to_owned() }
}

/// The files of the context that `sources` copy; `None` if the context is not known, or is not the one that the file is for.
pub(crate) fn copied(cx: &Context<'_>, sources: &[String]) -> Option<Arc<Vec<String>>> {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
    let is_of = |path: &str, source: &str| source.is_empty() || is_within(path, source);
    let is_there = |source: &String| all.iter().any(|path| is_of(path, source));
    if !sources.iter().all(is_there) {
        return None;
    }
    if sources.iter().any(String::is_empty) {
        return Some(Arc::clone(all));
    }
    Some(Arc::new(all.iter().filter(|path| sources.iter().any(|source| is_of(path, source))).cloned().collect()))
}

/// The texts of `paths`, in order; `None` if one is not known. All are asked for before that is said.
pub(crate) fn texts(cx: &Context<'_>, paths: &[&str]) -> Option<Vec<String>> {
    if paths.len() > TEXTS_MAX {
        return None;
    }
    let answers: Vec<_> = paths.iter().map(|path| cx.facts.answer(Question::ContextFile((*path).to_owned()))).collect();
    let texts = answers.into_iter().map(|answer| match answer {
        Answer::Text(text) => String::from_utf8(text.clone()).ok(),
        _ => None,
    });
    texts.collect()
}

/// What Compose files of the build context, or else among `files`, start in the image besides the program, which may not be in another image.
pub(crate) fn wanted_by_compose(cx: &Context<'_>, files: &[String]) -> Option<String> {
    // They need not be in the image.
    let all = copied(cx, &[String::new()]);
    let files = all.as_deref().map_or(files, Vec::as_slice);
    let (path, key) = key_of_compose(cx, files, &["healthcheck", "command", "entrypoint", "target"])?;
    Some(format!("`{path}` has `{key}:`, which may be about what is only in this image"))
}

/// What Compose files among `files` give to the container that is for root, or belongs to somebody of the host.
pub(crate) fn given_by_compose(cx: &Context<'_>, files: &[String]) -> Option<String> {
    const KEYS: &[&str] = &[
        "cap_add",
        "devices",
        "entrypoint",
        "network_mode",
        "privileged",
        "secrets",
        "user",
        "volumes",
        "volumes_from",
    ];
    let (path, key) = key_of_compose(cx, files, KEYS)?;
    Some(format!("`{path}` has `{key}:`, which may be about root or about folders that belong to somebody of the host"))
}

/// The first of `keys` in a Compose file among `files`; the first key where such a file is not known.
fn key_of_compose<'k>(cx: &Context<'_>, files: &[String], keys: &[&'k str]) -> Option<(String, &'k str)> {
    let paths: Vec<_> = files.iter().map(String::as_str).filter(|path| is_compose(path)).collect();
    let Some(texts) = texts(cx, &paths) else { return Some((paths[0].to_owned(), keys[0])) };
    paths.iter().zip(&texts).find_map(|(path, text)| {
        let key = keys.iter().find(|key| text.contains(&format!("{key}:")))?;
        Some(((*path).to_owned(), *key))
    })
}

/// Whether a file is for Compose, by its name.
pub(crate) fn is_compose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    (name.starts_with("docker-compose") || name.starts_with("compose."))
        && (name.ends_with("yml") || name.ends_with("yaml"))
}

/// Whether nothing in the name of a file says what is in it: it may be code, such as `bin/www`.
pub(crate) fn is_nameless(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') && !is_for_people(path)
}

/// Files that no program reads when it runs: those of people and of their tools.
pub(crate) fn is_for_people(path: &str) -> bool {
    const NAMES: &[&str] = &[
        ".classpath",
        ".dockerignore",
        ".editorconfig",
        ".env.example",
        ".env.sample",
        ".gitattributes",
        ".gitignore",
        ".gitlab-ci.yml",
        ".golangci.yaml",
        ".golangci.yml",
        ".pre-commit-config.yaml",
        ".project",
        ".travis.yml",
        "authors",
        "changelog",
        "changelog.md",
        "code_of_conduct.md",
        "codeowners",
        "compose.yaml",
        "compose.yml",
        "contributing.md",
        "docker-compose.yaml",
        "docker-compose.yml",
        "dockerfile",
        "dockeropt.lock",
        "dockeropt.toml",
        "jenkinsfile",
        "licence",
        "license",
        "license.md",
        "license.txt",
        "makefile",
        "notice",
        "readme",
        "readme.md",
        "readme.rst",
        "renovate.json",
        "security.md",
    ];
    const FOLDERS: &[&str] = &[".git/", ".github/", ".idea/", ".settings/", ".vscode/"];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    NAMES.contains(&name.as_str())
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
        || name.ends_with(".dockerignore")
        || FOLDERS.iter().any(|folder| path.starts_with(folder))
        || (path.starts_with("docs/") && name.ends_with(".md"))
}
