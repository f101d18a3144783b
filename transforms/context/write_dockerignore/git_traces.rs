//! Traces in texts of programs that read the history of a git repository: to number a version, to date a page, to report a release.

use super::FACTS;

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
    let found = FACTS.of("reader of a repository").find(|reader| {
        // A short name may be a part of another word.
        let is_word = |at: usize| {
            let bytes = text.as_bytes();
            !is_letter(at.checked_sub(1).and_then(|at| bytes.get(at))) && !is_letter(bytes.get(at + reader.len()))
        };
        text.match_indices(reader).any(|(at, _)| reader.len() > 5 || is_word(at))
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
    let is_other = FACTS.of("ending of another word").any(|end| word.ends_with(end));
    FACTS.has("word about no repository", word) || is_other || is_address || ends_address
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
