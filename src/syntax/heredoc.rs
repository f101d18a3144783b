//! Heredocs of RUN, COPY and ADD: which words of a line announce one, and where its body stands.

use super::lex::{self, Malformed, Quotes};
use super::logical::lossy;
use crate::text::TextRange;

/// A heredoc with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    pub marker: Marker,
    /// The lines of the body with their endings, in the file.
    pub body: TextRange,
    /// The line that ends it, with its ending.
    pub terminator: TextRange,
}

impl Heredoc {
    /// The same heredoc where its file has it `by` bytes further on.
    pub(super) fn moved(&self, by: isize) -> Self {
        Self { marker: self.marker.clone(), body: self.body.moved(by), terminator: self.terminator.moved(by) }
    }
}

/// What the word that announces a heredoc says, as `<<-"EOF"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The terminator, without quotes.
    pub name: String,
    /// The number before `<<`, 0 if there is none.
    pub file_descriptor: u64,
    /// Whether variables in the body are expanded: no part of the word is quoted.
    pub expand: bool,
    /// `<<-`: tabs at the start of lines are dropped.
    pub strip_tabs: bool,
}

/// The heredocs that `line` announces, in the order of their bodies. A line that does not lex announces none (`heredocsFromLine`).
pub(super) fn markers(line: &[u8]) -> Result<Vec<Marker>, String> {
    if !line.contains(&b'<') || !line.windows(2).any(|pair| pair == b"<<") {
        return Ok(Vec::new());
    }
    let words = lex::words(&lossy(line), Quotes::Raw).unwrap_or_default();
    let markers: Result<Vec<_>, Malformed> = words.iter().map(|word| marker(word)).collect();
    match markers {
        Ok(markers) => Ok(markers.into_iter().flatten().collect()),
        Err(Malformed) => Err("a heredoc has a malformed name".to_owned()),
    }
}

/// Whether a word of COPY or ADD announces a heredoc, and is no path.
#[must_use]
pub fn announces_heredoc(word: &str) -> bool {
    word.contains("<<") && marker(word).is_ok_and(|marker| marker.is_some())
}

/// What `word` announces, if it is `[n]<<[-]name` as a whole (`reHeredoc`, `heredocFromMatch`).
pub(super) fn marker(word: &str) -> Result<Option<Marker>, Malformed> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = word.split_at(digits);
    let Some(rest) = rest.strip_prefix("<<") else { return Ok(None) };
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let names = lex::words(rest, Quotes::Remove)?;
    let [name] = names.as_slice() else { return Ok(None) };
    let quoted_names = lex::words(rest, Quotes::Unescaped)?;
    let [quoted_name] = quoted_names.as_slice() else { return Err(Malformed) };
    Ok(Some(Marker {
        name: name.clone(),
        file_descriptor: if number.is_empty() { 0 } else { number.parse().unwrap_or(u64::MAX) },
        expand: quotes(name) == quotes(quoted_name),
        strip_tabs,
    }))
}

fn quotes(text: &str) -> usize {
    text.matches(['\'', '"']).count()
}

impl Marker {
    /// Whether `line`, without its ending, is the terminator.
    pub(super) fn ends_at(&self, line: &[u8]) -> bool {
        let line = if self.strip_tabs { &line[line.iter().take_while(|&&byte| byte == b'\t').count()..] } else { line };
        line == self.name.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        markers(line.as_bytes()).unwrap().into_iter().map(|marker| marker.name).collect()
    }

    #[test]
    fn a_whole_word_announces_a_heredoc() {
        assert_eq!(names("RUN cat << EOF >f 3<<-'B C'"), ["EOF", "B C"]);
        assert_eq!(names("RUN <<EOF>/f"), ["EOF>/f"]);
        assert_eq!(names("RUN cat<<EOF <<<x \"<<EOF\" <<''"), Vec::<String>::new());
        assert_eq!(names("RUN echo $(( 1 << 2 ))"), ["2"]);
    }

    #[test]
    fn a_line_that_does_not_lex_announces_none() {
        assert_eq!(names("RUN it's <<EOF"), Vec::<String>::new());
        assert_eq!(names("RUN ${#x} <<EOF"), Vec::<String>::new());
    }

    #[test]
    fn quotes_stop_expansion() {
        assert!(!marker("<<'EOF'").unwrap().unwrap().expand);
        assert!(marker("<<EOF").unwrap().unwrap().expand);
    }
}
