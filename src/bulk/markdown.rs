//! Markdown with text of others in it, which stays text and calls nobody.

/// What makes a link to people, issues, commits or labels at the usual hosts when a word follows.
const CALLS: &[char] = &['@', '#', '!', '&', '%', '$', '~'];

/// Nothing to see, and the end of every call.
const NOTHING: char = '\u{200b}';

/// Text of others, without a meaning in Markdown and for those who show it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut last = ' ';
    while let Some(character) = rest.next() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '!' | '$' => {
                out.extend(['\\', character]);
            }
            c if c.is_control() => out.push(' '),
            _ => out.push(character),
        }
        // `://` makes a link, and `GH-1` or `a-1` may be an issue.
        let is_link = character == ':' && rest.peek() == Some(&'/');
        let is_issue = character == '-' && last.is_alphabetic() && rest.peek().is_some_and(char::is_ascii_digit);
        if CALLS.contains(&character) || is_link || is_issue {
            out.push(NOTHING);
        }
        last = character;
    }
    out
}

/// Text of ours with words of others in backticks.
pub(super) fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(index, part): (usize, &&str)| if index % 2 == 0 { escaped(part) } else { code(part) };
    parts.iter().enumerate().map(part).collect()
}

/// A word in code type.
pub(super) fn code(word: &str) -> String {
    let word: String = word.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    if word.trim().is_empty() { String::new() } else { format!("`{word}`") }
}

/// Lines in code type, behind a fence that none of them ends.
pub(super) fn block(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_calls_nobody() {
        assert_eq!(escaped("@you a|b\n#1"), "@\u{200b}you a\\|b \\#\u{200b}1");
        assert_eq!(sentence("use `@you` @me"), "use `@you` @\u{200b}me");
        assert_eq!(sentence("a ` b"), "a \\` b");
        assert_eq!(escaped("https://x GH-1"), "https:\u{200b}//x GH-\u{200b}1");
        assert_eq!(block("", "````\na\n"), "`````\n````\na\n`````");
        assert_eq!(code("a`b\n"), "`a b `");
    }
}
