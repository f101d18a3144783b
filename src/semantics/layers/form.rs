//! How two scripts can stand in one so that each failure still ends it.

use super::Obstacle;
use crate::semantics::run::{Run, Script};
use crate::syntax::shell::{
    AndOr, Command, CommandKind, ConnectorKind, ListItem, Pipeline, SeparatorKind, Simple, Word,
};
use crate::text::TextRange;

/// What stands between the two scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `first && second`
    Chain,
    /// Both start with the same `set ... &&`; the second one is left out.
    ChainUnderSet { second_start: usize },
    /// Both start with the same `set -e...;`: `first; second`, and the second `set` is left out.
    ListUnderSet { second_start: usize },
}

impl Form {
    /// Whether the first script's own `set` stays in force for the second, which asks for the same.
    pub fn shares_set(self) -> bool {
        self != Self::Chain
    }
}

/// A `set` that a script starts with.
struct Prefix<'s> {
    options: Vec<&'s str>,
    stops_on_error: bool,
    is_chained: bool,
    /// Where the rest of the script starts.
    rest_start: usize,
}

/// The form for `first` and `second`, and whether `-e` is in force in `first` and would lose its force inside its compound commands.
pub(super) fn of(
    first: &Run<'_>,
    first_script: &Script,
    second: &Run<'_>,
    second_script: &Script,
) -> Result<(Form, bool), Obstacle> {
    if let (Some(ours), Some(theirs)) = (prefix(first_script), prefix(second_script))
        && ours.options == theirs.options
        && ours.is_chained == theirs.is_chained
    {
        if ours.is_chained {
            only_chain(first, first_script)?;
            is_plain_chain(second, second_script)?;
            let exits = ours.stops_on_error || first.shell.stops_on_error();
            return Ok((Form::ChainUnderSet { second_start: theirs.rest_start }, exits));
        }
        if ours.stops_on_error {
            is_stopped_by_its_end(first, first_script)?;
            is_list(second, second_script)?;
            return Ok((Form::ListUnderSet { second_start: theirs.rest_start }, false));
        }
    }
    only_chain(first, first_script)?;
    is_plain_chain(second, second_script)?;
    Ok((Form::Chain, first.shell.stops_on_error()))
}

fn prefix(script: &Script) -> Option<Prefix<'_>> {
    let items = &script.tree().body.items;
    let first = items.first()?;
    let simple = plain_simple(&first.and_or.first)?;
    let (name, options) = simple.words.split_first()?;
    if !name.is("set") || !simple.assignments.is_empty() || options.is_empty() {
        return None;
    }
    let options: Vec<&str> = options.iter().map(|word| word.literal.as_deref()).collect::<Option<_>>()?;
    if options.iter().any(|option| !option.starts_with('-') && *option != "pipefail" && *option != "errexit") {
        return None;
    }
    let is_flag = |option: &str| !option.starts_with("--") && option.len() > 1;
    if !options.iter().all(|option| !option.starts_with('-') || is_flag(option)) {
        return None;
    }
    let stops_on_error =
        options.iter().any(|option| option.starts_with('-') && option.contains('e') || *option == "errexit");
    let rest_start = match (first.and_or.rest.first(), items.get(1)) {
        (Some((connector, pipeline)), None) if connector.kind == ConnectorKind::And => pipeline.range.start(),
        (None, Some(next)) if is_semicolon(first) => next.and_or.range().start(),
        _ => return None,
    };
    Some(Prefix { options, stops_on_error, is_chained: items.len() == 1, rest_start })
}

fn is_semicolon(item: &ListItem) -> bool {
    item.separator.is_some_and(|separator| separator.kind == SeparatorKind::Semicolon)
}

/// The simple command that the pipeline consists of, if nothing is done to it.
fn plain_simple(pipeline: &Pipeline) -> Option<&Simple> {
    let ([command], None) = (pipeline.commands.as_slice(), pipeline.negation) else { return None };
    match &command.kind {
        CommandKind::Simple(simple) if command.redirects.is_empty() => Some(simple),
        _ => None,
    }
}

pub(super) fn is_simple(command: &Command) -> bool {
    matches!(command.kind, CommandKind::Simple(_))
}

fn only_chain<'s>(run: &Run<'_>, script: &'s Script) -> Result<&'s AndOr, Obstacle> {
    match script.tree().body.items.as_slice() {
        [item] if item.separator.is_none() => Ok(&item.and_or),
        [item, ..] => {
            let range =
                item.separator.map_or(run.instruction.range, |separator| script.text.source_range(separator.range));
            Err(Obstacle::new(range, "it is a list of several commands, not one `&&` chain"))
        }
        [] => Err(Obstacle::new(run.instruction.range, "it is empty")),
    }
}

/// The second script must fail as soon as one of its commands does, whatever stands before it.
fn is_plain_chain(run: &Run<'_>, script: &Script) -> Result<(), Obstacle> {
    let chain = only_chain(run, script)?;
    for (connector, _) in &chain.rest {
        if connector.kind == ConnectorKind::Or {
            let range = script.text.source_range(connector.range);
            return Err(Obstacle::new(range, "its `||` would also catch failures of the RUN before"));
        }
    }
    Ok(())
}

/// A list whose items `;` separates and nothing ends.
fn is_list(run: &Run<'_>, script: &Script) -> Result<(), Obstacle> {
    let Some((last, others)) = script.tree().body.items.split_last() else { return Ok(()) };
    if let Some(separator) = last.separator {
        return Err(Obstacle::new(
            script.text.source_range(separator.range),
            "something stands behind its last command",
        ));
    }
    if !others.iter().all(is_semicolon) {
        return Err(Obstacle::new(run.instruction.range, "its commands are not separated by `;` alone"));
    }
    Ok(())
}

/// A list under `set -e` whose last item, if it fails, ends the shell: `-e` overlooks what fails before `&&`, behind `!`, and in compound commands
/// that end with such.
fn is_stopped_by_its_end(run: &Run<'_>, script: &Script) -> Result<(), Obstacle> {
    is_list(run, script)?;
    let Some(ListItem { and_or, .. }) = script.tree().body.items.last() else { return Ok(()) };
    let place = |range: TextRange| script.text.source_range(range);
    let last = and_or.rest.last().map_or(&and_or.first, |(_, pipeline)| pipeline);
    if let Some((connector, _)) = and_or.rest.last().filter(|(connector, _)| connector.kind == ConnectorKind::And) {
        return Err(Obstacle::new(place(connector.range), "`-e` overlooks a failure before this last `&&`"));
    }
    if let Some(negation) = last.negation {
        return Err(Obstacle::new(place(negation), "`-e` overlooks what `!` turns round"));
    }
    match last.commands.iter().find(|command| !is_simple(command)) {
        Some(compound) => {
            Err(Obstacle::new(place(compound.range), "`-e` may overlook a failure in its last compound command"))
        }
        None => Ok(()),
    }
}

/// Whether the word is exactly one of `names`.
pub(super) fn is_one_of(word: &Word, names: &[&str]) -> bool {
    word.literal.as_deref().is_some_and(|text| names.contains(&text))
}
