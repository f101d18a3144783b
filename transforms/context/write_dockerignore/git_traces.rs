//! Traces in texts of programs that read the history of a git repository: to number a version, to date a page, to report a release.

/// Words with `git` in them that are about no repository on disk.
const HARMLESS: &[&str] = &["github", "gitlab", "gitignore", "gitattributes", "gitkeep", "gitter", "gitbook", "gitpod"];

/// Ends of words that happen to be the same letters.
const OTHER_WORDS: &[&str] = &["digit", "digits", "legit", "logit", "logits"];

/// Programs and libraries that read the history without saying so in their name, and what makes npm run scripts of the project.
const READERS: &[&str] = &[
    "\"install\":",
    "\"postinstall\"",
    "\"preinstall\"",
    "\"prepare\"",
    "aider",
    "airbrake",
    "bugsnag",
    "capistrano",
    "datadog",
    "dd-trace",
    "ddtrace",
    "docusaurus",
    "dulwich",
    "dunamai",
    "dynamic-versioning",
    "eleventy",
    "gatsby",
    "hatch-vcs",
    "hexo",
    "honeybadger",
    "hugo",
    "husky",
    "jekyll",
    "jest --watch",
    "lerna",
    "lint-staged",
    "mercurial",
    "mkdocs",
    "nbgv",
    "nerdbank",
    "newrelic",
    "next-build-id",
    "nx",
    "pbr",
    "release-it",
    "rev-parse",
    "rollbar",
    "scout",
    "semantic-release",
    "sentry",
    "setuptools-scm",
    "setuptools_scm",
    "skylight",
    "starlight",
    "tailwind",
    "turbo",
    "vcs",
    "vergen",
    "versioneer",
    "vitepress",
    "vuepress",
];

/// The first trace in `text`.
pub(super) fn git_trace(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let git = text.match_indices("git").find(|(at, _)| !is_harmless(&text, *at)).map(|(at, _)| word_at(&text, at));
    git.map(str::to_owned).or_else(|| reader(&text))
}

/// The first trace in the text of a lock file, which names many packages that are not there for the project itself.
pub(super) fn reader(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let found = READERS.iter().find(|reader| {
        // A short name may be a part of another word.
        let is_word = |at: usize| {
            let bytes = text.as_bytes();
            !is_letter(at.checked_sub(1).and_then(|at| bytes.get(at))) && !is_letter(bytes.get(at + reader.len()))
        };
        text.match_indices(*reader).any(|(at, _)| reader.len() > 5 || is_word(at))
    })?;
    Some(found.trim_matches(['"', ':']).to_owned())
}

fn is_harmless(text: &str, at: usize) -> bool {
    let (before, behind) = (&text[..at], &text[at + 3..]);
    let word = word_at(text, at);
    let is_address = behind.starts_with(['@', '+']) || behind.starts_with("://");
    let mut back = before.bytes().rev();
    let ends_address = back.next() == Some(b'.')
        && back.next().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_}".contains(&byte))
        && !behind.starts_with('/');
    HARMLESS.contains(&word) || OTHER_WORDS.iter().any(|end| word.ends_with(end)) || is_address || ends_address
}

/// The letters around `at`.
fn word_at(text: &str, at: usize) -> &str {
    let is_other = |c: char| !c.is_ascii_alphabetic();
    let start =
        text[..at].rfind(is_other).map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(is_other).map_or(text.len(), |length| at + length);
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_read_a_repository_is_told_from_addresses_and_other_words() {
        for text in ["git describe", "import git\n", "open('.git/HEAD')", "GitPython==3", "é.git", "jgit", "pbr>=2"] {
            assert!(git_trace(text).is_some(), "{text}");
        }
        for text in [
            "https://github.com/a/b.git",
            "git@github.com:a/b.git",
            "a @ git+https://gitlab.com/a/b.git#1",
            "x.isdigit()",
            "# .gitignore",
            "next, fabpress",
        ] {
            assert_eq!(git_trace(text), None, "{text}");
        }
    }
}
