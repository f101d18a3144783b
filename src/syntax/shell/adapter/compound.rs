//! The commands that hold commands: `if`, loops, `case`, groups, tests.

use shuck_ast::{
    ArithmeticForCommand, CaseCommand, CaseTerminator, CompoundCommand, ConditionalExpr, ForCommand, IfCommand,
    SelectCommand, Span, StmtSeq, Word as WordNode,
};

use super::super::opaque::Opaque;
use super::super::tree::{CaseArm, CommandKind, List, Word};
use super::super::word::{has_substitution, is_arithmetic};
use super::{Reader, UNKNOWN_CONSTRUCT};

impl Reader<'_> {
    pub(super) fn compound(&mut self, node: &CompoundCommand) -> Result<CommandKind, Opaque> {
        match node {
            CompoundCommand::BraceGroup(nodes) => Ok(CommandKind::Group(self.group(nodes)?)),
            CompoundCommand::Subshell(nodes) => {
                self.cursor.operator("(")?;
                let body = self.body(nodes)?;
                self.cursor.operator(")")?;
                Ok(CommandKind::Subshell(body))
            }
            CompoundCommand::If(node) => self.if_command(node),
            CompoundCommand::While(node) => self.while_loop("while", &node.condition, &node.body),
            CompoundCommand::Until(node) => self.while_loop("until", &node.condition, &node.body),
            CompoundCommand::For(node) => self.for_loop(node),
            CompoundCommand::Select(node) => self.select(node),
            CompoundCommand::ArithmeticFor(node) => self.arithmetic_for(node),
            CompoundCommand::Case(node) => self.case(node),
            CompoundCommand::Conditional(node) => {
                self.cursor.keyword("[[")?;
                let mut words = Vec::new();
                self.test(&node.expression, &mut words)?;
                self.cursor.skip_lines();
                self.cursor.keyword("]]")?;
                Ok(CommandKind::Test { words })
            }
            CompoundCommand::Arithmetic(node) => {
                self.arithmetic(node.left_paren_span, node.right_paren_span)?;
                Ok(CommandKind::Arithmetic)
            }
            CompoundCommand::Time(_) => Err(Opaque::because("`time` is not read")),
            CompoundCommand::Coproc(_) => Err(Opaque::because("`coproc` is not read")),
            CompoundCommand::Repeat(_) | CompoundCommand::Foreach(_) | CompoundCommand::Always(_) => {
                Err(UNKNOWN_CONSTRUCT)
            }
        }
    }

    fn group(&mut self, nodes: &StmtSeq) -> Result<List, Opaque> {
        self.cursor.keyword("{")?;
        let body = self.body(nodes)?;
        self.cursor.keyword("}")?;
        Ok(body)
    }

    fn if_command(&mut self, node: &IfCommand) -> Result<CommandKind, Opaque> {
        let mut branches = Vec::with_capacity(1 + node.elif_branches.len());
        let first = std::iter::once((&node.condition, &node.then_branch));
        let others = node.elif_branches.iter().map(|(condition, body)| (condition, body));
        for (condition, body) in first.chain(others) {
            self.cursor.keyword(if branches.is_empty() { "if" } else { "elif" })?;
            let condition = self.body(condition)?;
            self.cursor.keyword("then")?;
            branches.push((condition, self.body(body)?));
        }
        let otherwise = match &node.else_branch {
            Some(body) => {
                self.cursor.keyword("else")?;
                Some(self.body(body)?)
            }
            None => None,
        };
        self.cursor.keyword("fi")?;
        Ok(CommandKind::If { branches, otherwise })
    }

    fn while_loop(&mut self, keyword: &str, condition: &StmtSeq, body: &StmtSeq) -> Result<CommandKind, Opaque> {
        self.cursor.keyword(keyword)?;
        let condition = self.body(condition)?;
        Ok(CommandKind::Loop { condition, body: self.do_done(body)? })
    }

    fn for_loop(&mut self, node: &ForCommand) -> Result<CommandKind, Opaque> {
        let [target] = node.targets.as_slice() else { return Err(UNKNOWN_CONSTRUCT) };
        self.cursor.keyword("for")?;
        self.loop_over(target.span, node.words.as_deref(), &node.body)
    }

    fn select(&mut self, node: &SelectCommand) -> Result<CommandKind, Opaque> {
        self.cursor.keyword("select")?;
        self.loop_over(node.variable_span, Some(&node.words), &node.body)
    }

    fn loop_over(&mut self, variable: Span, words: Option<&[WordNode]>, body: &StmtSeq) -> Result<CommandKind, Opaque> {
        let variable = self.plain_word(variable)?.literal.ok_or(UNKNOWN_CONSTRUCT)?;
        self.cursor.skip_lines();
        if words.is_some() {
            self.cursor.keyword("in")?;
        }
        let words = words.unwrap_or_default().iter().map(|word| self.word(word)).collect::<Result<_, _>>()?;
        self.optional_semicolon()?;
        Ok(CommandKind::For { variable, words, body: self.do_done(body)? })
    }

    fn arithmetic_for(&mut self, node: &ArithmeticForCommand) -> Result<CommandKind, Opaque> {
        self.cursor.keyword("for")?;
        self.arithmetic(node.left_paren_span, node.right_paren_span)?;
        self.optional_semicolon()?;
        Ok(CommandKind::For { variable: Box::default(), words: Vec::new(), body: self.do_done(&node.body)? })
    }

    fn optional_semicolon(&mut self) -> Result<(), Opaque> {
        if self.cursor.next_operator() == Some(";") {
            self.cursor.operator(";")?;
        }
        self.cursor.skip_lines();
        Ok(())
    }

    fn do_done(&mut self, body: &StmtSeq) -> Result<List, Opaque> {
        self.cursor.keyword("do")?;
        let body = self.body(body)?;
        self.cursor.keyword("done")?;
        Ok(body)
    }

    fn case(&mut self, node: &CaseCommand) -> Result<CommandKind, Opaque> {
        self.cursor.keyword("case")?;
        let subject = self.word(&node.word)?;
        self.cursor.skip_lines();
        self.cursor.keyword("in")?;
        let mut arms = Vec::with_capacity(node.cases.len());
        for (index, item) in node.cases.iter().enumerate() {
            self.cursor.skip_lines();
            if self.cursor.next_operator() == Some("(") {
                self.cursor.operator("(")?;
            }
            let mut patterns = Vec::with_capacity(item.patterns.len());
            for pattern in &item.patterns {
                if !patterns.is_empty() {
                    self.cursor.operator("|")?;
                }
                patterns.push(self.pattern(pattern)?);
            }
            self.cursor.operator(")")?;
            let body = self.list(&item.body)?;
            let is_last = index + 1 == node.cases.len();
            if !is_last || item.terminator_span.is_some() {
                self.cursor.operator(match item.terminator {
                    CaseTerminator::Break => ";;",
                    CaseTerminator::FallThrough => ";&",
                    CaseTerminator::ContinueMatching => ";;&",
                    CaseTerminator::Continue => return Err(UNKNOWN_CONSTRUCT),
                })?;
            }
            arms.push(CaseArm { patterns, body });
        }
        self.cursor.skip_lines();
        self.cursor.keyword("esac")?;
        Ok(CommandKind::Case { subject, arms })
    }

    /// The inside of `[[ ]]`: each operand and operator in turn.
    fn test(&mut self, node: &ConditionalExpr, words: &mut Vec<Word>) -> Result<(), Opaque> {
        self.cursor.skip_lines();
        self.nested(|reader| match node {
            ConditionalExpr::Binary(node) => {
                reader.test(&node.left, words)?;
                reader.cursor.skip_lines();
                reader.symbol(node.op_span)?;
                reader.test(&node.right, words)
            }
            ConditionalExpr::Unary(node) => {
                reader.symbol(node.op_span)?;
                reader.test(&node.expr, words)
            }
            ConditionalExpr::Parenthesized(node) => {
                reader.symbol(node.left_paren_span)?;
                reader.test(&node.expr, words)?;
                reader.cursor.skip_lines();
                reader.symbol(node.right_paren_span)
            }
            ConditionalExpr::Word(node) => reader.word(node).map(|word| words.push(word)),
            ConditionalExpr::Regex(node) => reader.regex(node).map(|word| words.push(word)),
            ConditionalExpr::Pattern(node) => reader.pattern(node).map(|word| words.push(word)),
            ConditionalExpr::VarRef(node) => reader.plain_word(node.span).map(|word| words.push(word)),
        })
    }

    /// `((...))` from its first to its last parenthesis.
    fn arithmetic(&mut self, opening: Span, closing: Span) -> Result<(), Opaque> {
        self.cursor.skip_blanks();
        let (start, end) = (opening.start.offset(), closing.end.offset());
        let raw = self.cursor.slice(start, end)?;
        if !is_arithmetic(raw) || has_substitution(raw) {
            return Err(Opaque::because("an arithmetic command is not plain"));
        }
        self.cursor.piece(start, end)?;
        self.cursor.after_operator();
        Ok(())
    }
}
