//! Shell texts that a container starts: the commands in them, as far as all of them are simple.

use super::FACTS;
use crate::semantics::StartWord;
use crate::semantics::start::words_of;
use crate::syntax::shell::{self, CommandKind, Dialect, Redirect, RedirectOperator, Step};

/// The commands of a script of one line, one after the other.
///
/// # Errors
/// What else it is.
pub(super) fn sequence(text: &str) -> Result<Vec<Vec<StartWord>>, String> {
    let tree = shell::parse(text, Dialect::Posix).map_err(|_| "what it starts cannot be read".to_owned())?;
    let mut lines = Vec::new();
    for visit in tree.commands() {
        let CommandKind::Simple(simple) = &visit.command.kind else {
            return Err("what it starts depends on what happens".to_owned());
        };
        if !visit.is_top_level() || !visit.command.redirects.is_empty() {
            return Err("it starts more than a program with arguments".to_owned());
        }
        lines.push(words_of(simple, text, |range| range));
    }
    lines.retain(|line| !line.is_empty());
    Ok(lines)
}

/// The commands of the script at `name`, without those that do nothing to files: what it starts in the end comes last.
///
/// # Errors
/// What cannot be read of it, or may need root.
pub(super) fn of_file(name: &str, text: &str) -> Result<Vec<Vec<StartWord>>, String> {
    let unreadable = || format!("what `{name}` does cannot be read");
    let tree = shell::parse(text, Dialect::Bash).map_err(|_| unreadable())?;
    let commands = tree.commands();
    let last = commands.iter().rposition(|visit| visit.is_top_level()).ok_or_else(unreadable)?;
    let depends = || format!("what `{name}` starts depends on what happens");
    let mut lines = Vec::new();
    for (index, visit) in commands.iter().enumerate() {
        redirects(name, text, &visit.command.redirects)?;
        if visit.is_under(Step::Background) {
            return Err(format!("`{name}` starts several programs"));
        }
        match &visit.command.kind {
            CommandKind::Simple(simple) => {
                let program = simple.words.first().map(|word| word.literal.as_deref().unwrap_or_default());
                let is_harmless = program.is_none_or(|word| FACTS.has("command of a harmless script", word));
                if index == last {
                    lines.push(words_of(simple, text, |range| range));
                } else if !is_harmless {
                    // What is started instead of the program comes here too.
                    lines.push(words_of(simple, text, |range| range));
                }
            }
            CommandKind::Function { .. } => return Err(depends()),
            _ if index == last => return Err(depends()),
            _ => {}
        }
    }
    Ok(lines)
}

/// That a script writes nothing that belongs to root.
fn redirects(name: &str, text: &str, redirects: &[Redirect]) -> Result<(), String> {
    use RedirectOperator::{DuplicateInput, HereString, Heredoc, HeredocStripTabs, Input};
    let reads = [DuplicateInput, HereString, Heredoc, HeredocStripTabs, Input];
    let writes = redirects.iter().filter(|redirect| !reads.contains(&redirect.operator));
    for redirect in writes {
        let to = &text[redirect.target.range.start()..redirect.target.range.end()];
        if FACTS.sign("variable of GitHub", to).is_some() {
            return Err(format!("`{name}` writes to `{to}`: GitHub has its actions run as root"));
        }
        if to != "/dev/null" && to.parse::<u32>().is_err() {
            return Err(format!("`{name}` writes to `{to}`, which may belong to root"));
        }
    }
    Ok(())
}
