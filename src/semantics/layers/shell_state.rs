//! What a script leaves behind in the shell it runs in.

use super::Obstacle;
use super::form::{Form, is_one_of, is_simple};
use crate::known::{COMMANDS, VARIABLES};
use crate::semantics::commands::Command;
use crate::semantics::process::Shell;
use crate::semantics::run::{Run, Script};
use crate::syntax::shell::{CommandKind, Dialect, RedirectOperator, Step};
use crate::text::TextRange;

/// The first script must leave its shell as new; where `set` is shared, but for that. If `exits`, `-e` is in force in it.
pub(super) fn stays_as_new(run: &Run<'_>, script: &Script, form: &Form, exits: bool) -> Result<(), Obstacle> {
    let place = |range| script.text.source_range(range);
    for visit in script.tree().commands() {
        let contained = is_contained(&visit.path);
        let because = match &visit.command.kind {
            CommandKind::Function { .. } if !contained => "it defines a function".to_owned(),
            CommandKind::For { variable, .. } if !contained => format!("the loop sets `{variable}`"),
            CommandKind::Arithmetic if !contained => "arithmetic may set variables".to_owned(),
            CommandKind::Test { .. } if !contained => "`[[` may set variables".to_owned(),
            _ if exits && loses_exit(&visit.path, is_simple(&visit.command)) => {
                "`-e` would not count inside its compound commands".to_owned()
            }
            _ if !is_surely_bash(run)
                && visit.command.redirects.iter().any(|redirect| {
                    matches!(redirect.operator, RedirectOperator::OutputBoth | RedirectOperator::AppendBoth)
                }) =>
            {
                "`&>` starts a background process where the shell is not bash".to_owned()
            }
            _ => continue,
        };
        return Err(Obstacle::new(place(visit.command.range), because));
    }
    if let Some(at) =
        run.text().filter(|text| !is_surely_bash(run) && text.contains("\\'")).and_then(|text| text.find("$'"))
    {
        let because = "where the shell is not bash, `$'` ends elsewhere";
        return Err(Obstacle::new(place(TextRange::new(at, at + 2)), because));
    }
    if let Some(at) = assigning_expansion(script) {
        return Err(Obstacle::new(place(at), "an expansion sets a variable"));
    }
    for command in run.each_command() {
        let is_shared_set = form.shares_set() && command.path == [Step::ListItem(0), Step::AndOr(0)];
        if let Some(because) = change(&command).filter(|_| !is_shared_set) {
            return Err(Obstacle::new(command.range(), because));
        }
    }
    Ok(())
}

/// Whether SHELL says that it is bash; where nothing says so, its text is read as that of bash but may run in another shell.
fn is_surely_bash(run: &Run<'_>) -> bool {
    run.shell != Shell::default() && run.shell.dialect() == Some(Dialect::Bash)
}

/// Whether a shell of its own runs what stands there.
fn is_contained(path: &[Step]) -> bool {
    path.iter().any(|step| matches!(step, Step::Subshell | Step::Substitution | Step::Pipe(_)))
}

/// Whether what stands at `path` relies on `-e`, which counts for nothing within a part of a chain that is not its last.
fn loses_exit(path: &[Step], is_simple: bool) -> bool {
    let outer = path.iter().filter(|step| matches!(step, Step::ListItem(_))).count();
    outer > 1 || !is_simple
}

fn change(command: &Command<'_>) -> Option<String> {
    let contained = is_contained(command.path);
    let sets_variable = || Some("it sets a shell variable".to_owned());
    let Some(mut first) = command.simple.words.first() else {
        return if command.simple.assignments.is_empty() || contained { None } else { sets_variable() };
    };
    if is_one_of(first, &["command", "builtin"]) {
        // `command -v x` only asks.
        first = command.simple.words.get(1).filter(|word| !is_one_of(word, &["-v", "-V"]))?;
    }
    let Some(name) = first.literal.as_deref() else { return Some("its command is only known when it runs".to_owned()) };
    let known = COMMANDS.known(name);
    if known.has("changes its shell") && !(contained && known.has("changes nothing beyond a subshell")) {
        return Some(format!("`{name}` changes the shell that the next RUN would share"));
    }
    if contained {
        return None;
    }
    if known.has("keeps assignments in front of it") && !command.simple.assignments.is_empty() {
        return sets_variable();
    }
    let option = command.simple.words.get(1).and_then(|word| word.literal.as_deref());
    if name == "printf" && option.is_some_and(|text| text.starts_with("-v")) {
        return Some("`printf -v` sets a shell variable".to_owned());
    }
    None
}

/// An expansion such as `${x:=y}`, `${x:i=1}` or `$((x++))`, which sets a variable.
fn assigning_expansion(script: &Script) -> Option<TextRange> {
    let text = Some(script.plain()).filter(|text| text.contains('$'))?;
    let arithmetic =
        ["$((", "$["].iter().filter_map(|start| text.find(start)).find(|&at| text[at..].contains(['=', '+', '-']));
    let assigning = text.match_indices("${").map(|(at, _)| at).find(|&at| {
        let inner = text[at + 2..].trim_start_matches('!');
        let name = inner.trim_start_matches(|c: char| c == '_' || c.is_ascii_alphanumeric());
        // A subscript is arithmetic, and so is `:` with an offset.
        let subscript =
            name.starts_with('[') && name.split(']').next().is_some_and(|text| text.contains(['=', '+', '-']));
        let name = name.split_once(']').filter(|_| name.starts_with('[')).map_or(name, |(_, rest)| rest);
        let offset = name.strip_prefix(':').is_some_and(|rest| {
            !rest.starts_with(['-', '+', '?']) && rest.split('}').next().is_some_and(|text| text.contains(['=', '+']))
        });
        subscript || name.starts_with('=') || offset
    });
    arithmetic.or(assigning).map(|at| TextRange::new(at, at + 2))
}

/// The second script must not ask what the shell has done before it, and must have one structure in every shell.
pub(super) fn is_not_read(run: &Run<'_>) -> Result<(), Obstacle> {
    let Some(text) = run.text() else { return Ok(()) };
    for (at, _) in text.match_indices('$') {
        let name = text[at + 1..].trim_start_matches(['{', '#', '!']);
        let whole = name.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let is_last_process = text[at + 1..].starts_with('!') || text[at + 1..].starts_with("{!}");
        if is_last_process || VARIABLES.has(&name[..whole], "tells of earlier commands") {
            return Err(Obstacle::new(run.instruction.range, "it reads what the shell's last commands left"));
        }
    }
    let Ok(script) = &run.script else { return Ok(()) };
    if !is_surely_bash(run) && text.contains("||") {
        let test = script.tree().commands().iter().find(|visit| matches!(visit.command.kind, CommandKind::Test { .. }));
        if let Some(test) = test {
            let range = script.text.source_range(test.command.range);
            return Err(Obstacle::new(
                range,
                "where the shell is not bash, `||` in `[[` would catch failures of the RUN before",
            ));
        }
    }
    Ok(())
}
