//! Words, assignments, and the commands substituted in them.

use shuck_ast::{
    ArrayElem, Assignment as AssignmentNode, AssignmentValue, BourneParameterExpansion, HeredocBodyPart,
    ParameterExpansion, ParameterExpansionSyntax, ParameterOp, Pattern, PatternPart, Span, StmtSeq, Word as WordNode,
    WordPart, WordPartNode,
};

use crate::text::TextRange;

use super::super::opaque::Opaque;
use super::super::tree::{Assignment, List, Word};
use super::super::word;
use super::Reader;

const UNCLEAR_EXPANSION: Opaque = Opaque::because("an expansion in it can be read in more than one way");
const UNCLEAR_ASSIGNMENT: Opaque = Opaque::because("an assignment in it can be read in more than one way");

/// `$name`, `${...}`, `$((...))` or a command substitution, as reported.
pub(super) struct Expansion<'n> {
    span: Span,
    /// The commands, if it is a command or process substitution.
    commands: Option<&'n StmtSeq>,
    inner: Vec<Expansion<'n>>,
}

impl Expansion<'_> {
    fn range(&self) -> Result<TextRange, Opaque> {
        let (start, end) = (self.span.start.offset(), self.span.end.offset());
        if start < end { Ok(TextRange::new(start, end)) } else { Err(UNCLEAR_EXPANSION) }
    }
}

impl Reader<'_> {
    pub(super) fn word(&mut self, node: &WordNode) -> Result<Word, Opaque> {
        self.word_of(node.span.start.offset(), node.span.end.offset(), &in_parts(&node.parts))
    }

    /// A word that has no expansions.
    pub(super) fn plain_word(&mut self, span: Span) -> Result<Word, Opaque> {
        self.word_of(span.start.offset(), span.end.offset(), &[])
    }

    pub(super) fn pattern(&mut self, node: &Pattern) -> Result<Word, Opaque> {
        self.word_of(node.span.start.offset(), node.span.end.offset(), &in_pattern(node))
    }

    /// The right side of `=~`, where parentheses and bars are part of the word.
    pub(super) fn regex(&mut self, node: &WordNode) -> Result<Word, Opaque> {
        let range = self.cursor.word(node.span.start.offset(), node.span.end.offset())?;
        let substitutions = self.substitutions(range, &in_parts(&node.parts))?;
        Ok(Word { range, literal: None, substitutions: substitutions.into() })
    }

    pub(super) fn word_of(&mut self, start: usize, end: usize, expansions: &[Expansion]) -> Result<Word, Opaque> {
        let range = self.cursor.word(start, end)?;
        self.value(range, expansions)
    }

    /// A built-in's name, which is next, as a word.
    pub(super) fn built_in(&mut self, name: Option<&str>) -> Result<Option<Word>, Opaque> {
        let Some(name) = name else { return Ok(None) };
        let range = self.cursor.keyword(name)?;
        Ok(Some(Word { range, literal: Some(name.into()), substitutions: Box::default() }))
    }

    pub(super) fn assignment(&mut self, node: &AssignmentNode) -> Result<Assignment, Opaque> {
        let range = self.cursor.word(node.span.start.offset(), node.span.end.offset())?;
        let raw = &self.text[range];
        let name = assigned_name(raw, node.target.name.as_str()).ok_or(UNCLEAR_ASSIGNMENT)?;
        let append = raw[name.len()..].starts_with("+=");
        if append != node.append {
            return Err(UNCLEAR_ASSIGNMENT);
        }
        let value = TextRange::new(range.start() + name.len() + if append { 2 } else { 1 }, range.end());
        let value = match &node.value {
            _ if value.is_empty() => None,
            AssignmentValue::Scalar(node) => Some(self.value(value, &in_parts(&node.parts))?),
            AssignmentValue::Compound(_) => Some(self.array(value, node)?),
        };
        Ok(Assignment { range, name: name.to_owned(), value, append })
    }

    /// An assignment that is an operand, as of `export`: one word.
    pub(super) fn assigned_operand(&mut self, node: &AssignmentNode) -> Result<Word, Opaque> {
        let range = self.cursor.word(node.span.start.offset(), node.span.end.offset())?;
        match &node.value {
            AssignmentValue::Scalar(value) => self.value(range, &in_parts(&value.parts)),
            AssignmentValue::Compound(_) => self.array(range, node),
        }
    }

    fn array(&mut self, range: TextRange, node: &AssignmentNode) -> Result<Word, Opaque> {
        if !self.text[range].ends_with(')') {
            return Err(UNCLEAR_ASSIGNMENT);
        }
        Ok(Word { range, literal: None, substitutions: self.substitutions(range, &in_array(node))?.into() })
    }

    fn value(&mut self, range: TextRange, expansions: &[Expansion]) -> Result<Word, Opaque> {
        let ranges = expansions.iter().map(Expansion::range).collect::<Result<Vec<_>, _>>()?;
        let literal = word::literal(self.text, range, &ranges)?;
        let mut substitutions = Vec::new();
        for expansion in expansions {
            self.expansion(expansion, &mut substitutions)?;
        }
        Ok(Word { range, literal, substitutions: substitutions.into() })
    }

    /// The commands in the expansions of a text whose quotes are not looked at. Outside of those that are reported,
    /// nothing may look like one.
    pub(super) fn substitutions(&mut self, range: TextRange, expansions: &[Expansion]) -> Result<Vec<List>, Opaque> {
        let mut substitutions = Vec::new();
        let mut at = range.start();
        for expansion in expansions {
            let inner = expansion.range()?;
            let between = self.text.get(at..inner.start()).ok_or(UNCLEAR_EXPANSION)?;
            if !range.contains(inner) || word::has_substitution(between) {
                return Err(UNCLEAR_EXPANSION);
            }
            self.expansion(expansion, &mut substitutions)?;
            at = inner.end();
        }
        if word::has_substitution(&self.text[at..range.end()]) {
            return Err(UNCLEAR_EXPANSION);
        }
        Ok(substitutions)
    }

    fn expansion(&mut self, expansion: &Expansion, found: &mut Vec<List>) -> Result<(), Opaque> {
        let range = expansion.range()?;
        let raw = self.cursor.slice(range.start(), range.end())?;
        if let Some(commands) = expansion.commands {
            found.push(self.substitution(range, raw, commands)?);
            return Ok(());
        }
        let is_closed = match raw.as_bytes() {
            [b'$', b'(', ..] => word::is_arithmetic(&raw[1..]),
            [b'$', b'{', ..] => raw.ends_with('}'),
            [b'$', b'[', ..] => raw.ends_with(']'),
            _ => false,
        };
        if !is_closed {
            return Err(UNCLEAR_EXPANSION);
        }
        let opening = if raw.starts_with("$((") { 3 } else { 2 };
        let inside = TextRange::new(range.start() + opening, range.end());
        found.extend(self.nested(|reader| reader.substitutions(inside, &expansion.inner))?);
        Ok(())
    }

    /// The commands between the delimiters of a substitution.
    fn substitution(&mut self, range: TextRange, raw: &str, commands: &StmtSeq) -> Result<List, Opaque> {
        let opening = if raw.starts_with("$(") || raw.starts_with("<(") || raw.starts_with(">(") { 2 } else { 1 };
        let inside = raw.get(opening..raw.len() - 1).ok_or(UNCLEAR_EXPANSION)?;
        let is_closed = if opening == 2 { raw.ends_with(')') } else { raw.starts_with('`') && raw.ends_with('`') };
        if !is_closed {
            return Err(UNCLEAR_EXPANSION);
        }
        if opening == 1 && inside.contains('\\') {
            return Err(Opaque::because("a backslash stands between backticks"));
        }
        let outside = self.cursor.enter(TextRange::new(range.start() + opening, range.end() - 1));
        let list = self.list(commands)?;
        self.cursor.leave(outside)?;
        Ok(list)
    }

    /// An operator inside `[[ ]]`; those of punctuation need no blanks around them.
    pub(super) fn symbol(&mut self, span: Span) -> Result<(), Opaque> {
        let (start, end) = (span.start.offset(), span.end.offset());
        if self.cursor.slice(start, end)?.starts_with(['&', '|', '(', ')', '<', '>']) {
            self.cursor.skip_blanks();
            self.cursor.piece(start, end)?;
            self.cursor.after_operator();
        } else {
            self.cursor.word(start, end)?;
        }
        Ok(())
    }
}

/// The `name` or `name[subscript]` that an assignment starts with.
fn assigned_name<'t>(raw: &'t str, name: &str) -> Option<&'t str> {
    let rest = raw.strip_prefix(name)?;
    let subscript = match rest.strip_prefix('[') {
        Some(inside) => inside.find("]=").or_else(|| inside.find("]+="))? + 2,
        None => 0,
    };
    let (subscript, rest) = rest.split_at(subscript);
    let assigns = rest.starts_with('=') || rest.starts_with("+=");
    (assigns && !word::has_substitution(subscript)).then(|| &raw[..name.len() + subscript.len()])
}

/// The expansions in a word, in order.
pub(super) fn in_parts(parts: &[WordPartNode]) -> Vec<Expansion<'_>> {
    parts.iter().flat_map(|part| in_part(&part.kind, part.span)).collect()
}

fn in_part(part: &WordPart, span: Span) -> Vec<Expansion<'_>> {
    let (commands, inner) = match part {
        // Plain parameters are found without help, and behind `\"` their span is wrong.
        WordPart::Literal(_) | WordPart::SingleQuoted { .. } | WordPart::Variable(_) => return Vec::new(),
        WordPart::Parameter(parameter) if is_plain(parameter) => return Vec::new(),
        WordPart::DoubleQuoted { parts, .. } => return in_parts(parts),
        WordPart::CommandSubstitution { body, .. } | WordPart::ProcessSubstitution { body, .. } => {
            (Some(body), Vec::new())
        }
        WordPart::ArithmeticExpansion { expression_word_ast, .. } => (None, in_parts(&expression_word_ast.parts)),
        WordPart::Parameter(parameter) => (None, in_parameter(parameter)),
        WordPart::ParameterExpansion { operator, operand_word_ast, .. } => {
            (None, in_operand(Some(operator), operand_word_ast.as_deref()))
        }
        WordPart::IndirectExpansion { operator, operand_word_ast, .. } => {
            (None, in_operand(operator.as_deref(), operand_word_ast.as_deref()))
        }
        // What is nested in the others is rare: if there are commands, the text shows it.
        WordPart::ZshQualifiedGlob(_)
        | WordPart::Length(_)
        | WordPart::ArrayAccess(_)
        | WordPart::ArrayLength(_)
        | WordPart::ArrayIndices(_)
        | WordPart::Substring { .. }
        | WordPart::ArraySlice { .. }
        | WordPart::PrefixMatch { .. }
        | WordPart::Transformation { .. } => (None, Vec::new()),
    };
    vec![Expansion { span, commands, inner }]
}

/// The expansion that a part of a here-document is, if it is one.
pub(super) fn in_body_part(part: &HeredocBodyPart, span: Span) -> Option<Expansion<'_>> {
    let (commands, inner) = match part {
        HeredocBodyPart::Literal(_) | HeredocBodyPart::Variable(_) => return None,
        HeredocBodyPart::CommandSubstitution { body, .. } => (Some(body), Vec::new()),
        HeredocBodyPart::ArithmeticExpansion { expression_word_ast, .. } => {
            (None, in_parts(&expression_word_ast.parts))
        }
        HeredocBodyPart::Parameter(parameter) => (None, in_parameter(parameter)),
    };
    Some(Expansion { span, commands, inner })
}

/// Whether it is `${name}`.
fn is_plain(parameter: &ParameterExpansion) -> bool {
    match &parameter.syntax {
        ParameterExpansionSyntax::Bourne(BourneParameterExpansion::Access { reference }) => {
            reference.subscript.is_none()
        }
        _ => false,
    }
}

fn in_parameter(parameter: &ParameterExpansion) -> Vec<Expansion<'_>> {
    match &parameter.syntax {
        ParameterExpansionSyntax::Bourne(BourneParameterExpansion::Operation {
            operator, operand_word_ast, ..
        }) => in_operand(Some(operator), operand_word_ast.as_deref()),
        ParameterExpansionSyntax::Bourne(BourneParameterExpansion::Indirect { operator, operand_word_ast, .. }) => {
            in_operand(operator.as_deref(), operand_word_ast.as_deref())
        }
        _ => Vec::new(),
    }
}

fn in_operand<'n>(operator: Option<&'n ParameterOp>, operand: Option<&'n WordNode>) -> Vec<Expansion<'n>> {
    let replacement = operator.and_then(ParameterOp::replacement_word_ast);
    replacement.into_iter().chain(operand).flat_map(|word| in_parts(&word.parts)).collect()
}

fn in_pattern(pattern: &Pattern) -> Vec<Expansion<'_>> {
    let words = pattern.parts.iter().filter_map(|part| match &part.kind {
        PatternPart::Word(word) => Some(word),
        _ => None,
    });
    words.flat_map(|word| in_parts(&word.parts)).collect()
}

fn in_array(node: &AssignmentNode) -> Vec<Expansion<'_>> {
    let AssignmentValue::Compound(array) = &node.value else { return Vec::new() };
    let values = array.elements.iter().map(|element| match element {
        ArrayElem::Sequential(value) | ArrayElem::Keyed { value, .. } | ArrayElem::KeyedAppend { value, .. } => value,
    });
    values.flat_map(|value| in_parts(&value.word.parts)).collect()
}
