//! The folder in which a command of a RUN works.

use crate::semantics::build::Build;
use crate::semantics::commands::Command;
use crate::semantics::joined;
use crate::syntax::shell::{ConnectorKind, Step};

/// The working directory of `command`, in full: by WORKDIR, and by `cd` in its RUN.
///
/// # Errors
/// Why it is not known.
pub fn folder(build: &Build<'_>, command: &Command<'_>) -> Result<String, String> {
    let mut folder = build.in_full(command.run.instruction, command.run.directory.as_deref())?;
    for other in command.run.each_command() {
        if other.node.range.start() >= command.node.range.start() {
            break;
        }
        let moves = match other.name() {
            Some(_) => other.known().has("may change the folder"),
            // What is only known when it runs may be one that does.
            None => !other.words().is_empty(),
        };
        if !moves || stays_behind(&other, command) {
            continue;
        }
        let unclear = || format!("`{}` decides in which folder it runs", other.text(other.node.range));
        let target = match (other.name(), other.arguments()) {
            (Some("cd" | "chdir"), [target]) => target.literal.as_deref().filter(|target| *target != "-"),
            _ => None,
        };
        let target = target.filter(|_| surely_ran(&other, command)).ok_or_else(unclear)?;
        folder = joined(&folder, target);
    }
    Ok(folder)
}

/// Whether `other` runs in a shell of its own, in which `command` does not.
fn stays_behind(other: &Command<'_>, command: &Command<'_>) -> bool {
    let is_own = |step: &Step| matches!(step, Step::Subshell | Step::Substitution | Step::Pipe(_) | Step::Background);
    let Some(last) = other.path.iter().rposition(is_own) else { return false };
    command.path.get(..=last) != Some(&other.path[..=last])
}

/// Whether `command` is only reached if `other` ran and went well, as far as the two paths tell.
fn surely_ran(other: &Command<'_>, command: &Command<'_>) -> bool {
    let shared = other.path.iter().zip(command.path).take_while(|(one, two)| one == two).count();
    let is_plain =
        |steps: &[Step]| steps.iter().all(|step| matches!(step, Step::ListItem(_) | Step::AndOr(_) | Step::Group));
    let shared_is_plain = other.path[..shared]
        .iter()
        .all(|step| !matches!(step, Step::Branch | Step::Loop | Step::Case | Step::Function));
    if !shared_is_plain || !is_plain(&other.path[shared..]) {
        return false;
    }
    // An alternative behind it may run instead, but for one that ends the script.
    let [Step::ListItem(item), Step::AndOr(at), ..] = other.path else { return false };
    let Some(entry) = other.script.tree().body.items.get(*item) else { return false };
    let is_same_item = matches!(command.path.first(), Some(Step::ListItem(own)) if own == item);
    let until = match (is_same_item, command.path.get(1)) {
        (true, Some(Step::AndOr(own))) => *own,
        _ => entry.and_or.rest.len(),
    };
    let between = entry.and_or.rest.iter().enumerate().skip(*at).take(until.saturating_sub(*at));
    let mut alternatives = between.filter(|(_, (connector, _))| connector.kind == ConnectorKind::Or);
    alternatives.all(|(_, (_, pipeline))| {
        let text = other.script.plain().get(std::ops::Range::from(pipeline.range)).unwrap_or_default();
        text.trim() == "exit" || text.starts_with("exit ")
    })
}
