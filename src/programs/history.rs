//! Who reads the git repository beside the code: to number a version, to date a page, to report a release.

use serde_json::Value;

use super::files::is_for_people;
use crate::known::{Table, table};

static FACTS: Table = table!("history.txt");

/// What the file at a path can say of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It is run, or read by what runs: any word about git counts.
    Code,
    /// It says how something is done.
    Settings,
    /// It names packages.
    Packages,
    /// `package.json`.
    Manifest,
}

/// Whether what is in the file at `path` may be about a repository, so that its text has to be known.
pub(crate) fn matters(path: &str) -> bool {
    role(path).is_some()
}

fn role(path: &str) -> Option<Role> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let is_of_others = || path.split('/').any(|part| FACTS.has("folder of packages", part));
    if FACTS.has("lock of packages", name) || FACTS.has("script of a wrapper", name) || is_of_others() {
        return None;
    }
    if name == "package.json" {
        return Some(Role::Manifest);
    }
    if FACTS.has("names packages", name) || (lower.contains("requirements") && lower.ends_with(".txt")) {
        return Some(Role::Packages);
    }
    if lower == "makefile" || FACTS.has("code by name", name) {
        return Some(Role::Code);
    }
    if is_for_people(path) {
        return None;
    }
    match lower.rsplit_once('.') {
        None => Some(Role::Code),
        Some((_, ending)) if FACTS.has("ending of code", ending) => Some(Role::Code),
        Some((_, ending)) => {
            let is_settings = FACTS.has("ending of settings", ending) || FACTS.has("ending of pages", ending);
            is_settings.then_some(Role::Settings)
        }
    }
}

/// What in the file at `path` with `text` may read the repository; `spoken` is the text of the Dockerfile.
pub(crate) fn reader_in(path: &str, text: &str, spoken: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // What only people run is no part of a build that does not name it.
    if name.eq_ignore_ascii_case("makefile") && !spoken.contains("make") {
        return None;
    }
    match role(path)? {
        Role::Code => git_word(text).or_else(|| reader(text)).or_else(|| build_information(text)),
        Role::Settings => reader(text),
        Role::Packages => reader(text).or_else(|| package(text)).or_else(|| special(name, path, text)),
        Role::Manifest => manifest(text, spoken),
    }
}

/// The first word about git in `text` that is not about an address, a service or something else.
pub(crate) fn git_word(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut found = lower.match_indices("git").filter(|(at, _)| !is_harmless(text, &lower, *at));
    found.next().map(|(at, _)| word_at(text, at).1.to_owned())
}

/// The first words in `text` that are about reading a repository, whatever it is the text of.
pub(crate) fn reader(text: &str) -> Option<String> {
    found("reader of a repository", text)
}

/// The first package in `text`, which names packages or programs, that reads a repository without being told to.
pub(crate) fn package(text: &str) -> Option<String> {
    found("package that reads a repository", text)
}

fn found(key: &str, text: &str) -> Option<String> {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let lower = text.to_ascii_lowercase();
    let is_there = |reader: &&str| {
        let reader = reader.to_ascii_lowercase();
        // A short name may be a part of another word.
        let is_word = |at: usize| {
            let bytes = lower.as_bytes();
            let is_open = reader.ends_with(|c: char| c.is_ascii_alphanumeric());
            let is_longer = is_open && is_part(bytes.get(at + reader.len()));
            !is_part(at.checked_sub(1).and_then(|at| bytes.get(at))) && !is_longer
        };
        let is_address = |at: usize| {
            reader.starts_with(".git") && lower[..at].ends_with(|c: char| !c.is_whitespace() && !"\"'(=".contains(c))
        };
        lower.match_indices(&*reader).any(|(at, _)| (reader.len() > 6 || is_word(at)) && !is_address(at))
    };
    FACTS.of(key).find(is_there).map(|found| found.trim_end_matches('/').to_owned())
}

fn build_information(text: &str) -> Option<String> {
    FACTS.sign("reads build information", text).map(str::to_owned)
}

/// What manifests of some kinds say beyond names that are the same everywhere.
fn special(name: &str, path: &str, text: &str) -> Option<String> {
    match name {
        "Cargo.toml" => {
            let starts = |line: &str, name: &str| {
                let rest = line
                    .trim_start()
                    .trim_start_matches('[')
                    .trim_start_matches("build-")
                    .trim_start_matches("dependencies.");
                rest.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '=', '.', ']']))
            };
            let mut crates = FACTS.of("named in Cargo.toml");
            crates.find(|name| text.lines().any(|line| starts(line, name))).map(str::to_owned)
        }
        "pyproject.toml" | "setup.cfg" => {
            let mut builders = FACTS.of("reader of a repository that projects of Python are built with");
            builders.find(|name| names(text, name)).map(str::to_owned)
        }
        "pom.xml" if !path.contains('/') => {
            let (_, parent) = text.split_once("<parent>")?;
            let (parent, _) = parent.split_once("</parent>")?;
            let (_, artifact) = parent.split_once("<artifactId>")?;
            let artifact = artifact.split('<').next().unwrap_or_default().trim();
            (!FACTS.has("parent of Maven that reads no repository", artifact)).then(|| artifact.to_owned())
        }
        _ => None,
    }
}

/// Whether `name` stands as a word of its own in `text`.
fn names(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}

/// What the scripts of a `package.json` call, and the packages that it names.
fn manifest(text: &str, spoken: &str) -> Option<String> {
    let Ok(manifest) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return git_word(text).or_else(|| reader(text));
    };
    let table = |key: &str| manifest.get(key).and_then(Value::as_object).into_iter().flatten();
    let is_of_people = |name: &str| {
        let is_known = FACTS.has("script of people", name)
            || FACTS.of("start of a script of people").any(|start| name.starts_with(start));
        is_known && !names(spoken, name)
    };
    let scripts = table("scripts").filter(|(name, _)| !is_of_people(name)).filter_map(|(_, script)| script.as_str());
    let in_scripts =
        scripts.flat_map(|script| git_word(script).or_else(|| reader(script)).or_else(|| package(script))).next();
    let packages = || table("dependencies").chain(table("optionalDependencies")).chain(table("devDependencies"));
    let is_reader = |name: &str, version: &str| {
        // From the fourth on, what a repository ignores is looked up in it.
        let is_styled = name.starts_with("@tailwindcss/")
            || name == "tailwindcss" && version.trim_start_matches(['^', '~', '>', '=', 'v']).starts_with(['4', '5']);
        is_styled || reader(name).or_else(|| package(name)).is_some()
    };
    let version = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    in_scripts
        .or_else(|| packages().find(|(name, value)| is_reader(name, &version(value))).map(|(name, _)| name.clone()))
}

fn is_harmless(text: &str, lower: &str, at: usize) -> bool {
    let (before, behind) = (&lower[..at], &lower[at + 3..]);
    let (start, word) = word_at(text, at);
    let (bytes, place) = (word.as_bytes(), at - start);
    let starts = place == 0 || (bytes[place].is_ascii_uppercase() && bytes[place - 1].is_ascii_lowercase());
    let is_other = FACTS.of("starts a word about no repository").any(|other| lower[at..].starts_with(other))
        || (!starts && !FACTS.has("ends a word about git", &word.to_ascii_lowercase()));
    let is_address = behind.starts_with(['@', '+']) || behind.starts_with("://") || before.ends_with("scm:");
    let mut back = before.bytes().rev();
    let ends_address = back.next() == Some(b'.')
        && back.next().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_}".contains(&byte))
        && !behind.starts_with('/');
    is_other || is_address || ends_address
}

/// Where the letters around `at` start, and they.
fn word_at(text: &str, at: usize) -> (usize, &str) {
    let is_other = |c: char| !c.is_ascii_alphabetic();
    let start =
        text[..at].rfind(is_other).map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(is_other).map_or(text.len(), |length| at + length);
    (start, &text[start..end])
}

/// Whether git with `verb` works with another repository than the one that is there.
pub(crate) fn is_about_another(verb: &str) -> bool {
    FACTS.has("verb of git about another repository", verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_git_are_told_from_addresses_and_other_words() {
        for text in ["git describe", "import git\n", "open('.git/HEAD')", "é.git", "jgit", "simpleGit()", "pygit2"] {
            assert!(git_word(text).is_some(), "{text}");
        }
        for text in [
            "https://github.com/a/b.git",
            "git@github.com:a/b.git",
            "a @ git+https://gitlab.com/a/b.git#1",
            "x.isdigit()",
            "# .gitignore",
            "httpx.ASGITransport, digitalocean, asgitransport",
            "next, fabpress",
        ] {
            assert_eq!(git_word(text), None, "{text}");
        }
    }

    #[test]
    fn a_manifest_is_read_for_what_the_build_runs() {
        let read = |text: &str| manifest(text, "RUN npm ci && npm run build");
        assert_eq!(
            read(r#"{"repository":{"type":"git","url":"git+https://a/b.git"},"devDependencies":{"husky":"9"}}"#),
            None
        );
        assert_eq!(read(r#"{"scripts":{"release":"git push","prepare":"husky"}}"#), None);
        assert_eq!(read(r#"{"scripts":{"build":"git rev-parse HEAD > v"}}"#), Some("git".to_owned()));
        assert_eq!(read(r#"{"dependencies":{"@sentry/node":"9"}}"#), Some("@sentry/node".to_owned()));
        assert_eq!(read(r#"{"devDependencies":{"tailwindcss":"^3.4"}}"#), None);
    }

    #[test]
    fn a_library_is_no_part_of_another_word() {
        assert_eq!(reader("[package]\nname = \"a\"\nrepository = \"https://x/a.git/\"\n"), None);
        assert_eq!(special("Cargo.toml", "Cargo.toml", "# built with care\n[dependencies]\nserde = \"1\"\n"), None);
        assert!(special("Cargo.toml", "Cargo.toml", "[build-dependencies]\nbuilt = \"0.7\"\n").is_some());
        assert!(reader("pluginManagement git-commit-id-maven-plugin").is_some());
        assert!(reader("{ commit: readFileSync('.git/HEAD') }").is_some());
    }
}
