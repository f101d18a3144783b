//! Patterns for the names of files, as COPY reads them.

/// Whether a file called `name` fits `pattern` (`path.Match` of Go). A pattern that is broken, which BuildKit refuses, may fit anything.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Behind the last star, and what of the name is not looked at yet if the star takes one letter more.
    let mut again: Option<(&str, &str)> = None;
    loop {
        if let Some(rest) = pattern.strip_prefix('*') {
            (pattern, again) = (rest, Some((rest, name)));
            continue;
        }
        let letter = name.chars().next().filter(|letter| *letter != '/');
        match step(pattern, letter) {
            Step::End if name.is_empty() => return true,
            Step::Fits(rest) => (pattern, name) = (rest, &name[letter.map_or(0, char::len_utf8)..]),
            Step::Broken => return true,
            Step::End | Step::Not => {
                let Some((behind, from)) = again else { return false };
                let Some(letter) = from.chars().next().filter(|letter| *letter != '/') else { return false };
                let from = &from[letter.len_utf8()..];
                (pattern, name, again) = (behind, from, Some((behind, from)));
            }
        }
    }
}

/// Whether the names on the way to one of two paths fit the way to the other, as far as both go; `pattern` may have patterns for names.
#[must_use]
pub(super) fn may_meet(pattern: &str, path: &str) -> bool {
    pattern.split('/').zip(path.split('/')).all(|(pattern, name)| fits(pattern, name))
}

/// What becomes of the start of a pattern, which is no star, for a letter.
enum Step<'p> {
    /// It stands for the letter, and this is what comes behind it.
    Fits(&'p str),
    Not,
    /// The pattern ends here.
    End,
    Broken,
}

fn step(pattern: &str, letter: Option<char>) -> Step<'_> {
    let Some(first) = pattern.chars().next() else { return Step::End };
    let rest = &pattern[first.len_utf8()..];
    let fits = |is_it: bool, rest| if is_it { Step::Fits(rest) } else { Step::Not };
    match first {
        '?' => fits(letter.is_some(), rest),
        '[' => match class(rest, letter) {
            Some((is_in, rest)) => fits(is_in, rest),
            None => Step::Broken,
        },
        '\\' => match rest.chars().next() {
            Some(escaped) => fits(letter == Some(escaped), &rest[escaped.len_utf8()..]),
            None => Step::Broken,
        },
        first => fits(letter == Some(first), rest),
    }
}

/// Whether `letter` is in the class that `text`, behind its bracket, starts with, and what comes behind; `None` if it has no end.
fn class(text: &str, letter: Option<char>) -> Option<(bool, &str)> {
    let (is_negated, mut text) = text.strip_prefix('^').map_or((false, text), |rest| (true, rest));
    let mut is_in = false;
    let mut is_first = true;
    loop {
        if let Some(rest) = text.strip_prefix(']').filter(|_| !is_first) {
            return Some((letter.is_some() && is_in != is_negated, rest));
        }
        let (from, rest) = member(text)?;
        let (to, rest) = match rest.strip_prefix('-') {
            Some(rest) => member(rest)?,
            None => (from, rest),
        };
        is_in |= letter.is_some_and(|letter| (from..=to).contains(&letter));
        (text, is_first) = (rest, false);
    }
}

/// The letter that `text` starts with, in a class, and what comes behind.
fn member(text: &str) -> Option<(char, &str)> {
    let text = text.strip_prefix('\\').unwrap_or_else(|| if text.starts_with(['-', ']']) { "" } else { text });
    let letter = text.chars().next()?;
    Some((letter, &text[letter.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_go() {
        for (pattern, name) in [
            ("a*.txt", "a.txt"),
            ("*", "b"),
            ("*", ""),
            ("?.*", "a.json"),
            ("package*.json", "package-lock.json"),
            ("*a*b*c", "xaxxbxbxc"),
            ("[a-c]x[^0-9]", "bxé"),
            ("\\*", "*"),
            ("[\\]]", "]"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("a*.txt", "a/b.txt"),
            ("*", "a/b"),
            ("?", ""),
            ("?", "/"),
            ("[^a]", "a"),
            ("*.js", "a.json"),
            ("a", "ab"),
            ("\\*", "a"),
            ("", "a"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_broken_may_fit_anything() {
        for pattern in ["[", "[]a]", "[-]", "a\\", "[a"] {
            assert!(fits(pattern, "a"), "{pattern}");
        }
    }
}
