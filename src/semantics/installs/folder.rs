//! The folder in which a command of a RUN works.

use crate::semantics::build::Build;
use crate::semantics::commands::Command;
use crate::semantics::images;
use crate::semantics::{Base, joined};
use crate::syntax::Keyword;
use crate::syntax::shell::{ConnectorKind, Step};

/// The working directory of `command`, in full: by WORKDIR, and by `cd` in its RUN.
///
/// # Errors
/// Why it is not known.
pub fn folder(build: &Build<'_>, command: &Command<'_>) -> Result<String, String> {
    let mut folder = workdir(build, command.run.stage, command.run.position)?;
    for other in command.run.each_command() {
        if other.node.range.start() >= command.node.range.start() {
            break;
        }
        let moves = match other.name() {
            Some("cd" | "chdir" | "pushd" | "popd" | "eval") => true,
            // What is only known when it runs may be one of them.
            None => !other.words().is_empty(),
            Some(_) => false,
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

/// The working directory of the instruction at `position` of stage `stage`, in full.
///
/// # Errors
/// Why it is not known.
pub fn workdir(build: &Build<'_>, stage: usize, position: usize) -> Result<String, String> {
    let mut directory = match build.stages[stage].base {
        Base::Stage(base) => workdir(build, base, usize::MAX)?,
        _ => home(build, stage).to_owned(),
    };
    let instructions = &build.stages[stage].instructions;
    for (at, instruction) in instructions.iter().enumerate().take(position) {
        if instruction.keyword() == Keyword::Workdir {
            let written = instruction.arguments().list().concat();
            directory = joined(&directory, &expanded(build, stage, at, &written)?);
        }
    }
    Ok(directory)
}

/// Where an image works that a stage starts from; a folder that nothing else is in, if that is not known.
fn home(build: &Build<'_>, stage: usize) -> &'static str {
    const AT_ROOT: &[&str] = &["alpine", "debian", "node", "python", "ubuntu"];
    let image = build.image_of(stage).and_then(images::Name::of);
    if image.is_some_and(|image| AT_ROOT.contains(&image.repository)) { "/" } else { "/~" }
}

/// `path` with the variables in it that the file sets for the instruction at `position` of stage `stage`, without quotes.
///
/// # Errors
/// That one is not known.
pub fn expanded(build: &Build<'_>, stage: usize, position: usize, path: &str) -> Result<String, String> {
    let unknown = || format!("a variable decides what `{path}` is");
    let mut parts = Vec::new();
    for part in path.trim_matches(['"', '\'']).split('/') {
        let name = part
            .strip_prefix('$')
            .map(|name| name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name));
        match name {
            None if part.contains(['$', '"', '\'', '\\']) => return Err(unknown()),
            None => parts.push(part),
            Some(name) => {
                let value = build.variable_at(stage, position, name).flatten().unwrap_or_default();
                let value = value.trim_matches(['"', '\'']);
                if value.is_empty() || value.contains('$') {
                    return Err(unknown());
                }
                parts.push(value);
            }
        }
    }
    Ok(parts.join("/"))
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
