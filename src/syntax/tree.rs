//! The tree of a Dockerfile as data: for people, and in the shape in which BuildKit's own parser reports it.

use serde::Serialize;

use super::dockerfile::{Dockerfile, RefusedBy};
use super::heredoc::Heredoc;
use super::instruction::{Arguments, Instruction, Statement};
use super::logical::lossy;
use crate::text::TextRange;

/// What a file is, as BuildKit would say.
#[derive(Debug, Serialize)]
pub struct Tree {
    /// Whether BuildKit takes the file.
    pub accepted: bool,
    pub problems: Vec<TreeProblem>,
    pub escape: String,
    pub nodes: Vec<Node>,
}

#[derive(Debug, Serialize)]
pub struct TreeProblem {
    /// From 1.
    pub line: usize,
    pub message: String,
    /// `parse` or `instruction`: which part of BuildKit refuses.
    pub by: &'static str,
}

/// One instruction. Fields that say nothing are left out.
#[derive(Debug, Serialize)]
pub struct Node {
    pub cmd: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// `null` if there are none.
    pub args: Option<Vec<String>>,
    #[serde(skip_serializing_if = "is_false")]
    pub json: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heredocs: Vec<TreeHeredoc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<Box<Node>>,
    pub start: usize,
    pub end: usize,
    pub original: String,
    /// First and last byte offset in the file, half open; of the statement's first to last byte where it is part of another one.
    pub bytes: [usize; 2],
}

#[derive(Debug, Serialize)]
pub struct TreeHeredoc {
    pub name: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub fd: u64,
    pub expand: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub chomp: bool,
    pub content: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Tree {
    #[must_use]
    pub fn of(file: &Dockerfile) -> Self {
        let problems: Vec<_> = file
            .problems()
            .iter()
            .map(|problem| TreeProblem {
                line: problem.line,
                message: problem.message.clone(),
                by: match problem.by {
                    RefusedBy::Parser => "parse",
                    RefusedBy::InstructionParser => "instruction",
                },
            })
            .collect();
        Self {
            accepted: problems.is_empty(),
            problems,
            escape: file.escape().as_char().to_string(),
            nodes: file.instructions().map(|instruction| node(file, instruction)).collect(),
        }
    }
}

fn node(file: &Dockerfile, instruction: &Instruction) -> Node {
    let whole = TextRange::new(0, instruction.line.bytes().len());
    let mut node = statement_node(instruction, &instruction.statement, whole);
    node.heredocs = instruction.heredocs.iter().map(|heredoc| tree_heredoc(file, heredoc)).collect();
    (node.start, node.end) = (instruction.first_line, instruction.last_line);
    node.bytes = [instruction.range.start(), instruction.range.end()];
    node
}

fn statement_node(instruction: &Instruction, statement: &Statement, range: TextRange) -> Node {
    let list: Vec<_> = statement.arguments.list().into_iter().map(str::to_owned).collect();
    let sub = match &statement.arguments {
        Arguments::Trigger(trigger) => Some(Box::new(statement_node(instruction, trigger, statement.arguments_range))),
        _ => None,
    };
    let source = instruction.source_range(range);
    Node {
        cmd: instruction.line.text(statement.keyword_range),
        flags: statement.flags.iter().map(|flag| flag.text.clone()).collect(),
        args: (!list.is_empty()).then_some(list),
        json: statement.arguments.is_json(),
        heredocs: Vec::new(),
        sub,
        start: 0,
        end: 0,
        original: instruction.line.text(range),
        bytes: [source.start(), source.end()],
    }
}

fn tree_heredoc(file: &Dockerfile, heredoc: &Heredoc) -> TreeHeredoc {
    TreeHeredoc {
        name: heredoc.marker.name.clone(),
        fd: heredoc.marker.file_descriptor,
        expand: heredoc.marker.expand,
        chomp: heredoc.marker.strip_tabs,
        content: lossy(file.slice(heredoc.body)),
    }
}
