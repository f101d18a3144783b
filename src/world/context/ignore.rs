//! `.dockerignore`: which files of a build context the build does not get. The rules are those of `moby/patternmatcher`, which BuildKit uses.

use regex::Regex;

/// The patterns of a `.dockerignore`, in their order: the last that matches decides.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    /// Takes files back that an earlier one left out.
    is_exception: bool,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Exact(String),
    /// `dir/**`.
    Prefix(String),
    /// `**/name`.
    Suffix(String),
    Regex(Regex),
}

/// A pattern that the build would be refused for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{pattern}` is no pattern")]
pub struct NoPattern {
    /// From 1.
    pub line: usize,
    pub pattern: String,
}

impl Ignore {
    /// Reads the text of a `.dockerignore`.
    ///
    /// # Errors
    /// [`NoPattern`] for the first line that Docker would refuse.
    pub fn parse(text: &str) -> Result<Self, NoPattern> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (line, text) in (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#')) {
            let wrong = || NoPattern { line, pattern: text.to_owned() };
            let text = text.trim();
            let (is_exception, pattern) = match text.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, text),
            };
            if pattern.is_empty() {
                if is_exception {
                    return Err(wrong());
                }
                continue;
            }
            let pattern = clean(pattern);
            // Nobody means to leave out everything by a dot.
            if pattern != "." {
                patterns.push(Pattern { is_exception, matcher: matcher(&pattern).ok_or_else(wrong)? });
            }
        }
        Ok(Self { patterns })
    }

    /// Whether it leaves out nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether the file or folder at `path`, relative to the context and with `/`, is left out.
    #[must_use]
    pub fn leaves_out(&self, path: &str) -> bool {
        let parents = || path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut is_out = false;
        for Pattern { is_exception, matcher } in &self.patterns {
            if *is_exception == is_out && (matcher.is_match(path) || parents().any(|parent| matcher.is_match(parent))) {
                is_out = !is_out;
            }
        }
        is_out
    }
}

impl Matcher {
    fn is_match(&self, path: &str) -> bool {
        match self {
            Self::Exact(text) => path == text,
            Self::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => path.ends_with(suffix.as_str()) || suffix.strip_prefix('/') == Some(path),
            Self::Regex(regex) => regex.is_match(path),
        }
    }
}

/// `pattern` without empty parts, `.` and `..`, and without the slash in front, as Go's `filepath.Clean` makes it.
pub(super) fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if pattern.starts_with('/') && parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn matcher(pattern: &str) -> Option<Matcher> {
    enum Kind {
        Exact,
        Prefix,
        Suffix,
        Regex,
    }
    let (mut kind, mut regex) = (Kind::Exact, "^".to_owned());
    let mut rest = pattern.chars().peekable();
    let mut is_first = true;
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                rest.next_if_eq(&'/');
                if rest.peek().is_some() {
                    regex.push_str("(.*/)?");
                    kind = Kind::Regex;
                } else if matches!(kind, Kind::Exact) {
                    kind = Kind::Prefix;
                } else {
                    regex.push_str(".*");
                    kind = Kind::Regex;
                }
                if is_first {
                    kind = Kind::Suffix;
                }
            }
            '*' => {
                regex.push_str("[^/]*");
                kind = Kind::Regex;
            }
            '?' => {
                regex.push_str("[^/]");
                kind = Kind::Regex;
            }
            '\\' => {
                if let Some(next) = rest.next() {
                    regex.push_str(&regex::escape(&next.to_string()));
                    kind = Kind::Regex;
                } else {
                    regex.push_str("\\\\");
                }
            }
            '[' | ']' => {
                regex.push(character);
                kind = Kind::Regex;
            }
            '.' | '+' | '(' | ')' | '|' | '{' | '}' | '$' => {
                regex.push('\\');
                regex.push(character);
            }
            other => regex.push(other),
        }
        is_first = false;
    }
    Some(match kind {
        Kind::Exact => Matcher::Exact(pattern.to_owned()),
        Kind::Prefix => Matcher::Prefix(pattern.trim_end_matches('*').to_owned()),
        Kind::Suffix => Matcher::Suffix(pattern[2..].to_owned()),
        Kind::Regex => Matcher::Regex(Regex::new(&format!("{regex}$")).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(text: &str, paths: &[&str]) -> Vec<bool> {
        let ignore = Ignore::parse(text).unwrap();
        paths.iter().map(|path| ignore.leaves_out(path)).collect()
    }

    #[test]
    fn patterns_are_read_as_docker_reads_them() {
        for (pattern, inside, outside) in [
            ("node_modules", &["node_modules", "node_modules/a/b"][..], &["src/node_modules", "node_modules2"][..]),
            ("/docs/", &["docs/a"], &["a/docs"]),
            ("*.md", &["README.md"], &["docs/README.md", "READMExmd"]),
            ("*/temp*", &["a/temporary.txt", "a/temp"], &["a/b/temp", "temp"]),
            ("temp?", &["tempa"], &["temp", "tempab", "a/tempa"]),
            ("**/*.go", &["a.go", "a/b/c.go"], &["a.got"]),
            ("**/bin", &["bin", "a/bin", "a/bin/x"], &["abin", "a/bins"]),
            ("dir/**", &["dir/a", "dir/a/b"], &["dir", "dirs/a"]),
            ("a/**/b", &["a/b", "a/x/y/b"], &["a/xb"]),
            ("**", &["a", "a/b"], &[]),
            ("a[bc]d", &["abd", "acd"], &["aed"]),
            ("a\\*b", &["a*b"], &["axb"]),
            ("./a/../b", &["b"], &["a"]),
            ("a+(b)|{c}$", &["a+(b)|{c}$"], &["aab"]),
        ] {
            assert!(out(pattern, inside).into_iter().all(|out| out), "{pattern}");
            assert!(!out(pattern, outside).into_iter().any(|out| out), "{pattern}");
        }
    }

    #[test]
    fn the_last_pattern_that_matches_decides() {
        let text = "\u{feff}# all but\n*\n!src\n  ! README.md \nsrc/*.tmp\n\n.\n";
        assert_eq!(
            out(text, &["a", "src/a", "README.md", "src/a.tmp", "README.txt"]),
            [true, false, false, true, true]
        );
        assert_eq!(
            out("*.md\n!README*.md\nREADME-secret.md", &["a.md", "README.md", "README-secret.md"]),
            [true, false, true]
        );
        assert_eq!(out("! a\r\nb\r\n", &["a", "b"]), [false, true]);
    }

    #[test]
    fn what_docker_refuses_is_refused() {
        assert_eq!(Ignore::parse("a\n!\n").unwrap_err().line, 2);
        assert_eq!(Ignore::parse("a[").unwrap_err().to_string(), "line 1: `a[` is no pattern");
    }
}
