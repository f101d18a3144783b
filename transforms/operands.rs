//! Adds operands to a command, in the style of those it has, and flags to an instruction.

use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::packages::PackageCommand;
use crate::syntax::Instruction;
use crate::text::{Edit, TextRange, indent_at, is_blank, line_start};

/// Longest text that is added to a line, in bytes, in a script that has several lines.
const ADDED_BYTES_MAX: usize = 60;

/// The keyword `upper` in the case of that of `beside`, by its first letter.
pub(super) fn word_beside(cx: &Context<'_>, beside: &Instruction, upper: &str) -> String {
    let keyword = cx.file.slice(beside.source_range(beside.statement.keyword_range));
    if keyword.first().is_some_and(u8::is_ascii_lowercase) { upper.to_ascii_lowercase() } else { upper.to_owned() }
}

/// The edit that adds `names` behind the last operand: each on a line of its own if that one has its own, else on its line. `None` if there is no operand.
pub(super) fn append(
    cx: &Context<'_>,
    command: &Command<'_>,
    package: &PackageCommand<'_>,
    names: &[&str],
) -> Option<Edit> {
    let last = command.source_range(package.operands().next_back()?.range);
    let between = own_line(cx, command, last).unwrap_or_else(|| " ".to_owned());
    let text: String = names.iter().flat_map(|name| [between.as_str(), name]).collect();
    let source = cx.file.source();
    let is_too_long = between == " " && text.len() > ADDED_BYTES_MAX;
    let script = command.source_range(TextRange::new(0, command.script.text.bytes().len()));
    if is_too_long && !command.script.is_heredoc && cx.file.slice(script).contains(&b'\n') {
        let indent = indent_at(source, last.start());
        return Some(Edit::insert(
            last.end(),
            format!("{}    {}", line_break(cx, command, &indent), text.trim_start()),
        ));
    }
    Some(Edit::insert(last.end(), text))
}

/// What stands between two operands if the one at `operand` stands first on its line.
pub(super) fn own_line(cx: &Context<'_>, command: &Command<'_>, operand: TextRange) -> Option<String> {
    let source = cx.file.source();
    let line_start = line_start(source, operand.start());
    let lead = &source[line_start..operand.start()];
    (line_start > 0 && is_blank(lead)).then(|| line_break(cx, command, &String::from_utf8_lossy(lead)))
}

fn line_break(cx: &Context<'_>, command: &Command<'_>, indent: &str) -> String {
    let escape = if command.script.is_heredoc { '\\' } else { cx.file.escape().as_char() };
    format!(" {escape}{}{indent}", cx.file.newline().as_str())
}

/// Where a flag goes: behind the keyword.
pub(super) fn behind_keyword(instruction: &Instruction) -> usize {
    let keyword: TextRange = instruction.source_range(instruction.statement.keyword_range);
    keyword.end()
}

/// Where `--chmod` goes: behind `--chown` if that is there, so that it does not matter which of the two came first.
pub(super) fn behind_owner(instruction: &Instruction) -> usize {
    let owner = instruction.flags().iter().rev().find(|flag| flag.name() == "chown");
    owner.map_or_else(|| behind_keyword(instruction), |flag| instruction.source_range(flag.range).end())
}
