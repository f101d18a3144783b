//! A place in shell text that moves on only over what is expected there.

use crate::text::TextRange;

use super::opaque::Opaque;

const OUT_OF_PLACE: Opaque = Opaque::because("a token in it can be read in more than one way");
const ENDLESS_HEREDOC: Opaque = Opaque::because("a here-document has no end");

/// Longest first, so that the first match is the token.
const OPERATORS: [&str; 13] = ["&>>", ";;&", "&&", "&>", "||", "|&", ";;", ";&", "&", "|", ";", "(", ")"];

/// Walks a text from token to token.
///
/// Invariant: everything before the place is a token that was asked for, or a blank, newline, continuation, comment or
/// here-document between tokens. So a walk that reaches the end has tiled the text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    /// Comments passed so far.
    pub(super) comments: Vec<TextRange>,
    scope: Scope,
}

/// What a substitution has for itself while its inside is walked.
pub(super) struct Scope {
    at: usize,
    limit: usize,
    /// Whether a word ends right here, so that another could not start.
    touches_word: bool,
    /// Where the here-documents end that start at the next newline.
    heredocs_end: Option<usize>,
}

impl Scope {
    fn new(at: usize, limit: usize) -> Self {
        Self { at, limit, touches_word: false, heredocs_end: None }
    }
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, comments: Vec::new(), scope: Scope::new(0, text.len()) }
    }

    pub(super) fn at(&self) -> usize {
        self.scope.at
    }

    /// The text from here to the end of what is being walked.
    pub(super) fn ahead(&self) -> &'t str {
        &self.text[self.scope.at..self.scope.limit]
    }

    /// The same, as bytes.
    pub(super) fn bytes(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.scope.at..self.scope.limit]
    }

    /// The text of a range that a parser reports, if it is one.
    pub(super) fn slice(&self, start: usize, end: usize) -> Result<&'t str, Opaque> {
        self.text.get(start..end).ok_or(OUT_OF_PLACE)
    }

    /// Passes blanks, continuations and a comment.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.bytes() {
                [b' ' | b'\t', ..] => {
                    self.scope.at += 1;
                    self.scope.touches_word = false;
                }
                [b'\\', b'\n', ..] if self.scope.heredocs_end.is_none() => self.scope.at += 2,
                [b'#', rest @ ..] if !self.scope.touches_word => {
                    let length = 1 + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                    self.comments.push(TextRange::new(self.scope.at, self.scope.at + length));
                    self.scope.at += length;
                }
                _ => return,
            }
        }
    }

    /// Passes what [`Self::skip_blanks`] does, and newlines.
    pub(super) fn skip_lines(&mut self) {
        while self.newline().is_some() {}
    }

    /// Passes one newline, if it is next, and the here-documents that start behind it.
    pub(super) fn newline(&mut self) -> Option<TextRange> {
        self.skip_blanks();
        if self.bytes().first() != Some(&b'\n') {
            return None;
        }
        let range = self.advance(1);
        self.scope.touches_word = false;
        if let Some(end) = self.scope.heredocs_end.take() {
            self.scope.at = end;
        }
        Some(range)
    }

    /// The body of the here-document whose redirect was just passed: it starts at the next newline, or where the one
    /// before it ends. The newline passes it.
    pub(super) fn await_heredoc(&mut self, delimiter: &str, strips_tabs: bool) -> Result<TextRange, Opaque> {
        let start = match self.scope.heredocs_end {
            Some(end) => end,
            None => self.scope.at + self.ahead().find('\n').ok_or(ENDLESS_HEREDOC)? + 1,
        };
        let mut at = start;
        for line in self.text[start..self.scope.limit].split_inclusive('\n') {
            let body = TextRange::new(start, at);
            at += line.len();
            let line = line.strip_suffix('\n').unwrap_or(line);
            let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
            if line == delimiter {
                self.scope.heredocs_end = Some(at);
                return Ok(body);
            }
        }
        Err(ENDLESS_HEREDOC)
    }

    /// Passes a reserved word.
    pub(super) fn keyword(&mut self, keyword: &str) -> Result<TextRange, Opaque> {
        self.skip_blanks();
        if !self.ahead().starts_with(keyword) {
            return Err(OUT_OF_PLACE);
        }
        self.word(self.scope.at, self.scope.at + keyword.len())
    }

    /// Passes an operator that is exactly this one.
    pub(super) fn operator(&mut self, operator: &str) -> Result<TextRange, Opaque> {
        if self.next_operator() != Some(operator) {
            return Err(OUT_OF_PLACE);
        }
        self.scope.touches_word = false;
        Ok(self.advance(operator.len()))
    }

    /// The operator that is next, if one is.
    pub(super) fn next_operator(&mut self) -> Option<&'static str> {
        self.skip_blanks();
        let ahead = self.ahead();
        OPERATORS.into_iter().find(|operator| ahead.starts_with(operator))
    }

    /// Says that what was just passed ends no word.
    pub(super) fn after_operator(&mut self) {
        self.scope.touches_word = false;
    }

    /// Passes a word that starts and ends at these offsets.
    pub(super) fn word(&mut self, start: usize, end: usize) -> Result<TextRange, Opaque> {
        self.skip_blanks();
        if self.scope.touches_word {
            return Err(OUT_OF_PLACE);
        }
        self.piece(start, end)
    }

    /// Passes the bytes between these offsets, which may touch a word before them and may end one.
    pub(super) fn piece(&mut self, start: usize, end: usize) -> Result<TextRange, Opaque> {
        let is_here = start == self.scope.at && start < end && end <= self.scope.limit;
        if !is_here || !self.text.is_char_boundary(end) {
            return Err(OUT_OF_PLACE);
        }
        let range = self.advance(end - start);
        if self.scope.heredocs_end.is_some() && self.text[range].contains('\n') {
            return Err(Opaque::because("a word runs over the start of a here-document"));
        }
        self.scope.touches_word = true;
        Ok(range)
    }

    /// Passes the operator of a redirect, and the blanks behind it; with its descriptor it must not touch a word.
    pub(super) fn redirect_operator(&mut self, descriptor: usize, operator: usize) -> Result<(), Opaque> {
        if descriptor > 0 && self.scope.touches_word {
            return Err(OUT_OF_PLACE);
        }
        self.advance(descriptor + operator);
        self.scope.touches_word = false;
        self.skip_blanks();
        Ok(())
    }

    /// Goes inside a substitution; what comes back is for [`Self::leave`].
    pub(super) fn enter(&mut self, inside: TextRange) -> Scope {
        std::mem::replace(&mut self.scope, Scope::new(inside.start(), inside.end()))
    }

    /// Comes back from a substitution, which must have been walked to its end.
    pub(super) fn leave(&mut self, outside: Scope) -> Result<(), Opaque> {
        self.finish()?;
        self.scope = outside;
        Ok(())
    }

    /// Comes back from a substitution that ends at the place, which is given.
    pub(super) fn resume(&mut self, outside: Scope) -> usize {
        std::mem::replace(&mut self.scope, outside).at
    }

    /// Checks that nothing but blank lines and comments is left.
    pub(super) fn finish(&mut self) -> Result<(), Opaque> {
        self.skip_lines();
        let done = self.ahead().is_empty() && self.scope.heredocs_end.is_none();
        if done { Ok(()) } else { Err(OUT_OF_PLACE) }
    }

    fn advance(&mut self, length: usize) -> TextRange {
        let start = self.scope.at;
        self.scope.at += length;
        TextRange::new(start, self.scope.at)
    }
}
