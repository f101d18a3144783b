//! BuildKit's word lexer (`shell/lex.go`), for words in which no variable is set: variables stay as they are written.

use std::iter::Peekable;
use std::str::Chars;

/// What becomes of quotes and escapes in the words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Both are kept as written.
    Raw,
    /// Quotes are kept, escapes are taken off.
    Unescaped,
    /// Quotes and escapes are taken off.
    Remove,
}

/// The text does not lex: an unbalanced quote or a bad substitution.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Splits `text` into words. The escape character of heredocs is always the backslash, whatever the file's directive says.
pub(super) fn words(text: &str, quotes: Quotes) -> Result<Vec<String>, Malformed> {
    process(text, quotes, '\\').map(|(_, words)| words)
}

/// The value of `text`: quotes and escapes taken off.
pub(super) fn value(text: &str, escape: char) -> Result<String, Malformed> {
    process(text, Quotes::Remove, escape).map(|(value, _)| value)
}

fn process(text: &str, quotes: Quotes, escape: char) -> Result<(String, Vec<String>), Malformed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw_quotes = quotes != Quotes::Remove;
    let mut lexer = Lexer { chars: text.chars().peekable(), raw_quotes, escape, buffer: String::new(), depth: 0 };
    lexer.process(None, quotes == Quotes::Raw)
}

/// Deepest nesting of `${a:-${b:-…}}` that is followed; deeper text does not lex.
const DEPTH_MAX: usize = 100;

struct Lexer<'t> {
    chars: Peekable<Chars<'t>>,
    raw_quotes: bool,
    escape: char,
    /// The word at hand. BuildKit shares one buffer between nesting levels, so that a `${a:-b}` drops what stood before it in its word; so do we.
    buffer: String,
    depth: usize,
}

impl Lexer<'_> {
    /// The result as one text and as words, up to `stop` or the end of the text.
    fn process(&mut self, stop: Option<char>, raw_escapes: bool) -> Result<(String, Vec<String>), Malformed> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Malformed);
        }
        self.buffer.clear();
        let mut result = String::new();
        let mut words = Words::default();
        while let Some(&c) = self.chars.peek() {
            if stop == Some(c) {
                self.chars.next();
                self.depth -= 1;
                return Ok((result, words.finish(&mut self.buffer)));
            }
            match c {
                '$' => {
                    let text = self.dollar()?;
                    text.chars().for_each(|c| words.add(&mut self.buffer, c));
                    result.push_str(&text);
                }
                '<' | '\'' | '"' => {
                    let text = match c {
                        '<' => self.possible_heredoc(),
                        '\'' => self.single_quoted()?,
                        _ => self.double_quoted(raw_escapes)?,
                    };
                    self.buffer.push_str(&text);
                    words.in_word = true;
                    result.push_str(&text);
                }
                _ if c == self.escape => {
                    self.chars.next();
                    if raw_escapes {
                        words.add_raw(&mut self.buffer, c);
                        result.push(c);
                    }
                    let Some(escaped) = self.chars.next() else { break };
                    words.add_raw(&mut self.buffer, escaped);
                    result.push(escaped);
                }
                _ => {
                    self.chars.next();
                    words.add(&mut self.buffer, c);
                    result.push(c);
                }
            }
        }
        self.depth -= 1;
        if stop.is_some() { Err(Malformed) } else { Ok((result, words.finish(&mut self.buffer))) }
    }

    fn single_quoted(&mut self) -> Result<String, Malformed> {
        let mut result = String::new();
        self.take_quote(&mut result);
        loop {
            match self.chars.peek() {
                None => return Err(Malformed),
                Some('\'') => {
                    self.take_quote(&mut result);
                    return Ok(result);
                }
                Some(_) => result.extend(self.chars.next()),
            }
        }
    }

    fn double_quoted(&mut self, raw_escapes: bool) -> Result<String, Malformed> {
        let mut result = String::new();
        self.take_quote(&mut result);
        loop {
            match self.chars.peek() {
                None => return Err(Malformed),
                Some('"') => {
                    self.take_quote(&mut result);
                    return Ok(result);
                }
                Some('$') => result.push_str(&self.dollar()?),
                Some(&c) if c == self.escape => {
                    self.chars.next();
                    if raw_escapes {
                        result.push(c);
                    }
                    match self.chars.peek() {
                        None => {}
                        Some(&next) if matches!(next, '"' | '$') || next == c => result.extend(self.chars.next()),
                        Some(_) => result.push(c),
                    }
                }
                Some(_) => result.extend(self.chars.next()),
            }
        }
    }

    fn take_quote(&mut self, result: &mut String) {
        let quote = self.chars.next();
        if self.raw_quotes {
            result.extend(quote);
        }
    }

    /// A `$`, with the substitution behind it written out again, since no variable is set.
    fn dollar(&mut self) -> Result<String, Malformed> {
        self.chars.next();
        if self.chars.peek() != Some(&'{') {
            return Ok(format!("${}", self.name()));
        }
        self.chars.next();
        if matches!(self.chars.peek(), None | Some('{' | '}' | ':')) {
            return Err(Malformed);
        }
        let name = self.name();
        let modifier = self.chars.next().ok_or(Malformed)?;
        match modifier {
            '}' => Ok(format!("${{{name}}}")),
            ':' => {
                let second = self.chars.next().ok_or(Malformed)?;
                if matches!(second, '#' | '%') {
                    return Err(Malformed);
                }
                let (word, _) = self.process(Some('}'), false)?;
                Ok(format!("${{{name}:{second}{word}}}"))
            }
            '+' | '-' | '?' | '#' | '%' => {
                let (word, _) = self.process(Some('}'), matches!(modifier, '#' | '%'))?;
                Ok(format!("${{{name}{modifier}{word}}}"))
            }
            '/' => {
                self.chars.next_if_eq(&'/');
                let (pattern, _) = self.process(Some('/'), true)?;
                let (replacement, _) = self.process(Some('}'), true)?;
                Ok(format!("${{{name}/{pattern}/{replacement}}}"))
            }
            _ => Err(Malformed),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        let first_digit = self.chars.peek().is_some_and(|c| is_digit(*c));
        if !first_digit
            && let Some(&c) = self.chars.peek()
            && matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!')
        {
            self.chars.next();
            return c.to_string();
        }
        while let Some(&c) = self.chars.peek() {
            let belongs = if first_digit { is_digit(c) } else { c.is_alphabetic() || is_digit(c) || c == '_' };
            if !belongs {
                break;
            }
            name.push(c);
            self.chars.next();
        }
        name
    }

    fn possible_heredoc(&mut self) -> String {
        self.chars.next();
        let mut result = String::from("<");
        if self.chars.next_if_eq(&'<').is_some() {
            result.push('<');
            while let Some(c) = self.chars.next_if(|c| matches!(c, '\t' | '\r' | ' ')) {
                result.push(c);
            }
        }
        result
    }
}

/// A decimal digit of any script (Go's `unicode.IsDigit`, near enough: a name is only ever written out again).
fn is_digit(c: char) -> bool {
    c.is_numeric() && c.is_alphanumeric() && !c.is_alphabetic()
}

#[derive(Default)]
struct Words {
    words: Vec<String>,
    in_word: bool,
}

impl Words {
    fn add(&mut self, buffer: &mut String, c: char) {
        if !c.is_whitespace() {
            self.add_raw(buffer, c);
        } else if self.in_word && !buffer.is_empty() {
            self.words.push(std::mem::take(buffer));
            self.in_word = false;
        }
    }

    fn add_raw(&mut self, buffer: &mut String, c: char) {
        buffer.push(c);
        self.in_word = true;
    }

    fn finish(mut self, buffer: &mut String) -> Vec<String> {
        if !buffer.is_empty() {
            self.words.push(std::mem::take(buffer));
        }
        self.words
    }
}
