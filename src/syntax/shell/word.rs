//! The value of one word, read from its quotes and backslashes.

use crate::text::TextRange;

use super::opaque::Opaque;

const UNREPORTED: Opaque = Opaque::because("the parser does not report an expansion");
const NOT_ONE_WORD: Opaque = Opaque::because("the parser takes several tokens for one word");

/// The value of the word at `range`, `None` if the shell expands something in it.
///
/// `expansions` are the expansions in it that are known, in order; those of a plain parameter need not be. An error says
/// that some are missing, or that the range is not one word.
pub(super) fn literal(text: &str, range: TextRange, expansions: &[TextRange]) -> Result<Option<Box<str>>, Opaque> {
    let mut scan = Scan { raw: &text[..range.end()], start: range.start(), at: range.start(), value: String::new() };
    let mut certain = true;
    let mut quoted = false;
    let mut expansions = expansions.iter().peekable();
    while let Some(next) = scan.peek() {
        if let Some(expansion) = expansions.next_if(|expansion| expansion.start() == scan.at) {
            scan.at = expansion.end();
            certain = false;
            continue;
        }
        let step = if quoted { scan.quoted(next)? } else { scan.unquoted(next)? };
        match step {
            Step::Certain => {}
            Step::Uncertain => certain = false,
            Step::Quote => quoted = !quoted,
        }
    }
    if quoted || scan.at != range.end() || expansions.next().is_some() {
        return Err(NOT_ONE_WORD);
    }
    Ok(certain.then(|| scan.value.into()))
}

/// Whether a text, whose known expansions are cut out, still has what looks like a command substitution.
pub(super) fn has_substitution(text: &str) -> bool {
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => drop(rest.next()),
            '`' => return true,
            '$' | '<' | '>' if rest.as_str().starts_with('(') => return true,
            _ => {}
        }
    }
    false
}

/// Whether this is `((...))` and cannot be a subshell in a subshell or substitution, as in `((a); (b))`.
pub(super) fn is_arithmetic(text: &str) -> bool {
    let Some(inside) = text.strip_prefix("((").and_then(|rest| rest.strip_suffix("))")) else { return false };
    let mut open = 0_usize;
    for character in inside.chars() {
        match character {
            '(' => open += 1,
            ')' if open == 0 => return false,
            ')' => open -= 1,
            _ => {}
        }
    }
    open == 0
}

/// What one step over a word means.
enum Step {
    Certain,
    Uncertain,
    /// A double quote opens or closes.
    Quote,
}

struct Scan<'t> {
    raw: &'t str,
    start: usize,
    at: usize,
    value: String,
}

impl Scan<'_> {
    fn peek(&self) -> Option<char> {
        self.raw.get(self.at..)?.chars().next()
    }

    fn rest(&self) -> &str {
        &self.raw[self.at..]
    }

    fn unquoted(&mut self, next: char) -> Result<Step, Opaque> {
        let is_first = self.at == self.start;
        let after_separator = is_first || self.raw[..self.at].ends_with(['=', ':']);
        match next {
            ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => return Err(NOT_ONE_WORD),
            '#' if is_first => return Err(NOT_ONE_WORD),
            '`' => return Err(UNREPORTED),
            '"' => {
                self.at += 1;
                return Ok(Step::Quote);
            }
            '\'' => {
                let inside = &self.rest()[1..];
                let length = inside.find('\'').ok_or(NOT_ONE_WORD)?;
                let inside = inside[..length].to_owned();
                self.value.push_str(&inside);
                self.at += inside.len() + 2;
                return Ok(Step::Certain);
            }
            '\\' => return Ok(self.escaped(|_| true)),
            '$' if self.rest().starts_with("$'") => return self.ansi_quoted(),
            '$' if self.rest().starts_with("$\"") => {
                self.at += 1;
                return Ok(Step::Uncertain);
            }
            '$' => return self.dollar(),
            _ => {}
        }
        let expands = match next {
            '*' | '?' => true,
            '[' => self.rest().contains(']'),
            '{' => !self.rest().starts_with("{}"),
            '~' => after_separator,
            _ => false,
        };
        self.take(next);
        Ok(if expands { Step::Uncertain } else { Step::Certain })
    }

    fn quoted(&mut self, next: char) -> Result<Step, Opaque> {
        match next {
            '"' => {
                self.at += 1;
                Ok(Step::Quote)
            }
            '`' => Err(UNREPORTED),
            '\\' => Ok(self.escaped(|character| "$`\"\\".contains(character))),
            '$' => self.dollar(),
            _ => {
                self.take(next);
                Ok(Step::Certain)
            }
        }
    }

    /// A backslash: it goes, and keeps what follows, if that `is_special`; with a newline it is nothing.
    fn escaped(&mut self, is_special: impl Fn(char) -> bool) -> Step {
        self.at += 1;
        let Some(next) = self.peek() else { return Step::Uncertain };
        if next == '\n' {
            self.at += 1;
            return Step::Certain;
        }
        if !is_special(next) {
            self.value.push('\\');
        }
        self.take(next);
        Step::Certain
    }

    /// A `$` that no known expansion starts with: of a plain `$name` or `${name}`, or for itself.
    fn dollar(&mut self) -> Result<Step, Opaque> {
        let after = &self.rest()[1..];
        let braced = after.strip_prefix('{').and_then(|inside| {
            let length = parameter_length(inside);
            inside[length..].starts_with('}').then_some(length + 2)
        });
        let length = braced.unwrap_or_else(|| parameter_length(after));
        if length > 0 {
            self.at += 1 + length;
            return Ok(Step::Uncertain);
        }
        if after.starts_with(['{', '(', '[', '`']) {
            return Err(UNREPORTED);
        }
        let is_doubtful = after.starts_with('\\');
        self.take('$');
        Ok(if is_doubtful { Step::Uncertain } else { Step::Certain })
    }

    /// `$'...'`: passed, not decoded.
    fn ansi_quoted(&mut self) -> Result<Step, Opaque> {
        let mut characters = self.rest().char_indices().skip(2);
        while let Some((offset, character)) = characters.next() {
            match character {
                '\\' => drop(characters.next()),
                '\'' => {
                    self.at += offset + 1;
                    return Ok(Step::Uncertain);
                }
                _ => {}
            }
        }
        Err(NOT_ONE_WORD)
    }

    fn take(&mut self, character: char) {
        self.value.push(character);
        self.at += character.len_utf8();
    }
}

/// Length of the parameter that a text starts with: a name, a digit, a special character; 0 if none.
fn parameter_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit() || "@*#?-$!".contains(first)) {
        return 1;
    }
    text.find(|character: char| !character.is_ascii_alphanumeric() && character != '_').unwrap_or(text.len())
}
