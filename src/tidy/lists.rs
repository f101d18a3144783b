//! Counts the lists of words in code: facts that should stand in tables.

use super::reading::{Line, RustFile};

/// Fewer literals are part of what a function does.
const LITERALS_MIN: usize = 3;

/// A list of string literals, and where it starts.
pub(super) struct List {
    pub line: usize,
    pub words: Vec<String>,
    /// Whether it has a name that others outside the file can use.
    pub is_shared: bool,
}

/// The lists in the code of `file`: arrays, patterns with alternatives, tuples that start with a literal, literals that are split at blanks.
pub(super) fn lists(file: &RustFile) -> Vec<List> {
    let tokens: Vec<_> = file.lines.iter().flat_map(tokens).collect();
    let mut lists = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (words, end) = run(&tokens, at);
        if words.len() >= LITERALS_MIN {
            let is_shared = is_shared(&tokens[..at]);
            lists.push(List { line: tokens[at].line, words, is_shared });
        }
        at = end.max(at + 1);
    }
    lists
}

/// A string literal without its quotes, a word, or a single sign.
struct Token<'l> {
    text: &'l str,
    is_literal: bool,
    line: usize,
}

fn tokens(line: &Line) -> Vec<Token<'_>> {
    let code = line.code.as_str();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = match first {
            '"' => literal_length(rest),
            // A sign, and no lifetime.
            '\'' => rest[1..].find('\'').filter(|end| *end <= 2).map_or(1, |end| end + 2),
            _ if first.is_alphanumeric() || first == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let text = &rest[..length];
        if !first.is_whitespace() {
            let is_literal = first == '"' && length > 1;
            let text = if is_literal { &text[1..length - 1] } else { text };
            tokens.push(Token { text, is_literal, line: line.number });
        }
        at += length;
    }
    tokens
}

fn literal_length(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The literals from `at` on that are one list, and where it ends.
fn run(tokens: &[Token<'_>], at: usize) -> (Vec<String>, usize) {
    let Some(first) = tokens.get(at) else { return (Vec::new(), at) };
    if first.is_literal {
        let is_split = tokens[at + 1..].iter().map(|token| token.text).take(2).eq([".", "split"])
            || tokens[at + 1..].iter().map(|token| token.text).take(2).eq([".", "split_whitespace"]);
        if is_split {
            return (first.text.split_whitespace().map(str::to_owned).collect(), at + 1);
        }
    }
    let mut words = Vec::new();
    let mut next = at;
    while let Some((word, end)) = item(tokens, next) {
        words.push(word);
        next = end;
        // `["a", "b"]` and `"a" | "b"`, with the same sign between all.
        match tokens.get(next) {
            Some(token) if matches!(token.text, "," | "|") && !token.is_literal => next += 1,
            _ => break,
        }
    }
    (words, next)
}

/// A literal, or a tuple or call that starts with one, and what stands behind it.
fn item(tokens: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    let first = tokens.get(at)?;
    if first.is_literal {
        return Some((first.text.to_owned(), at + 1));
    }
    if first.text != "(" || !tokens.get(at + 1)?.is_literal {
        return None;
    }
    let mut depth = 0_usize;
    for (offset, token) in tokens[at..].iter().enumerate().filter(|(_, token)| !token.is_literal) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((tokens[at + 1].text.to_owned(), at + offset + 1));
        }
    }
    None
}

/// Whether the list behind `before` is a constant that other files can use.
fn is_shared(before: &[Token<'_>]) -> bool {
    let start = before.iter().rposition(|token| matches!(token.text, ";" | "}" | "{")).map_or(0, |at| at + 1);
    before[start..].first().is_some_and(|token| token.text == "pub")
}
