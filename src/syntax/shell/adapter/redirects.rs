//! Redirects, and the here-documents they bring.

use shuck_ast::{Redirect as RedirectNode, RedirectKind, RedirectTarget};

use crate::text::TextRange;

use super::super::opaque::Opaque;
use super::super::tree::{Heredoc, Redirect, RedirectOperator};
use super::Reader;
use super::words::{in_body_part, in_parts};

const UNCLEAR: Opaque = Opaque::because("a redirect in it can be read in more than one way");
const UNCLEAR_HEREDOC: Opaque = Opaque::because("a here-document in it can be read in more than one way");

/// Longest first, so that the first match is the token.
const OPERATORS: [(&str, RedirectOperator, RedirectKind); 12] = [
    ("&>>", RedirectOperator::AppendBoth, RedirectKind::Append),
    ("<<<", RedirectOperator::HereString, RedirectKind::HereString),
    ("<<-", RedirectOperator::HeredocStripTabs, RedirectKind::HereDocStrip),
    ("&>", RedirectOperator::OutputBoth, RedirectKind::OutputBoth),
    (">>", RedirectOperator::Append, RedirectKind::Append),
    (">|", RedirectOperator::Clobber, RedirectKind::Clobber),
    (">&", RedirectOperator::DuplicateOutput, RedirectKind::DupOutput),
    ("<&", RedirectOperator::DuplicateInput, RedirectKind::DupInput),
    ("<>", RedirectOperator::ReadWrite, RedirectKind::ReadWrite),
    ("<<", RedirectOperator::Heredoc, RedirectKind::HereDoc),
    (">", RedirectOperator::Output, RedirectKind::Output),
    ("<", RedirectOperator::Input, RedirectKind::Input),
];

impl Reader<'_> {
    /// The redirects behind a compound command.
    pub(super) fn redirects(&mut self, nodes: &[RedirectNode]) -> Result<Vec<Redirect>, Opaque> {
        let mut nodes: Vec<_> = nodes.iter().collect();
        nodes.dedup_by_key(|node| node.span.start.offset());
        nodes.into_iter().map(|node| self.redirect(node)).collect()
    }

    pub(super) fn redirect(&mut self, node: &RedirectNode) -> Result<Redirect, Opaque> {
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        let end = node.span.end.offset();
        if start != node.span.start.offset() || node.fd_var.is_some() {
            return Err(UNCLEAR);
        }
        let raw = self.cursor.slice(start, end)?;
        let digits = raw.bytes().take_while(u8::is_ascii_digit).count();
        let (sign, operator, kind) =
            OPERATORS.into_iter().find(|(sign, ..)| raw[digits..].starts_with(sign)).ok_or(UNCLEAR)?;
        if kind != node.kind {
            return Err(UNCLEAR);
        }
        let descriptor = if digits > 0 { Some(raw[..digits].parse().map_err(|_| UNCLEAR)?) } else { None };
        self.cursor.redirect_operator(digits, sign.len())?;

        // The reported span of the target is not to be trusted: the `1` of `2>&1` has none.
        let at = self.cursor.at();
        if at >= end {
            return Err(UNCLEAR);
        }
        let expansions = match &node.target {
            RedirectTarget::Word(word) => in_parts(&word.parts),
            RedirectTarget::Heredoc(_) => Vec::new(),
        };
        let target = self.word_of(at, end, &expansions)?;
        let heredoc = match &node.target {
            RedirectTarget::Word(_) => None,
            RedirectTarget::Heredoc(heredoc) => {
                let raw = &self.text[target.range];
                Some(self.heredoc(heredoc, raw, target.literal.as_deref())?)
            }
        };
        Ok(Redirect { range: TextRange::new(start, end), descriptor, operator, target, heredoc })
    }

    fn heredoc(&mut self, node: &shuck_ast::Heredoc, raw: &str, value: Option<&str>) -> Result<Heredoc, Opaque> {
        let expands = !raw.contains(['\'', '"', '\\']);
        let delimiter = node.delimiter.cooked.as_str();
        if value != Some(delimiter) || expands != node.delimiter.expands_body {
            return Err(UNCLEAR_HEREDOC);
        }
        let body = self.cursor.await_heredoc(delimiter, node.delimiter.strip_tabs)?;
        let reported = node.body.span;
        if !body.is_empty() && (body.start(), body.end()) != (reported.start.offset(), reported.end.offset()) {
            return Err(UNCLEAR_HEREDOC);
        }
        let parts = if node.body.source_backed { node.body.parts.as_slice() } else { &[] };
        let expansions: Vec<_> = parts.iter().filter_map(|part| in_body_part(&part.kind, part.span)).collect();
        let substitutions = if expands { self.substitutions(body, &expansions)? } else { Vec::new() };
        Ok(Heredoc { body, delimiter: delimiter.to_owned(), expands, substitutions })
    }
}
