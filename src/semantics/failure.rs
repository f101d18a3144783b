//! Whether a RUN fails when one of its commands does.

use super::commands::Command;
use super::placement::AfterFailure;
use crate::syntax::shell::{CommandKind, ConnectorKind, List, Pipeline, RedirectOperator, Step};
use crate::text::TextRange;

impl Command<'_> {
    /// Whether the RUN surely fails if this command does: nothing catches or overlooks its failure.
    #[must_use]
    pub fn failure_counts(&self) -> bool {
        let stops = AfterFailure::in_run(self.run) == AfterFailure::Stops;
        counts_in_list(&self.script.tree().body, self.node.range, stops)
    }

    /// Whether something feeds its standard input: a pipe or a redirect, of its own or of what it stands in.
    #[must_use]
    pub fn is_fed(&self) -> bool {
        let piped = self.path.iter().any(|step| matches!(step, Step::Pipe(index) if *index > 0));
        let is_input = |operator| {
            !matches!(
                operator,
                RedirectOperator::Output
                    | RedirectOperator::Append
                    | RedirectOperator::Clobber
                    | RedirectOperator::DuplicateOutput
                    | RedirectOperator::OutputBoth
                    | RedirectOperator::AppendBoth
            )
        };
        piped
            || self.script.tree().commands().iter().any(|visit| {
                visit.command.range.contains(self.node.range)
                    && visit.command.redirects.iter().any(|redirect| is_input(redirect.operator))
            })
    }
}

/// Whether a failure at `at` makes the whole list fail; `stops` says that a failing command ends the shell (`-e`).
fn counts_in_list(list: &List, at: TextRange, stops: bool) -> bool {
    let Some(index) = list.items.iter().position(|item| item.and_or.range().contains(at)) else { return false };
    let item = &list.items[index];
    let chain = &item.and_or;
    let Some(position) = chain.pipelines().position(|pipeline| pipeline.range.contains(at)) else { return false };
    if item.in_background() || chain.rest[position..].iter().any(|(connector, _)| connector.kind == ConnectorKind::Or) {
        return false;
    }
    let stops_here = stops && position == chain.rest.len();
    let is_last = index + 1 == list.items.len();
    let pipeline = chain.pipelines().nth(position).unwrap_or(&chain.first);
    (is_last || stops_here) && counts_in_pipeline(pipeline, at, stops_here)
}

fn counts_in_pipeline(pipeline: &Pipeline, at: TextRange, stops: bool) -> bool {
    let Some(command) = pipeline.commands.last().filter(|last| last.range.contains(at)) else { return false };
    if pipeline.negation.is_some() {
        return false;
    }
    let in_list = |list: &List| counts_in_list(list, at, stops);
    match &command.kind {
        CommandKind::Simple(_) => command.range == at,
        CommandKind::Group(list) | CommandKind::Subshell(list) => in_list(list),
        CommandKind::If { branches, otherwise } => branches.iter().map(|(_, body)| body).chain(otherwise).any(in_list),
        CommandKind::Loop { body, .. } | CommandKind::For { body, .. } => stops && in_list(body),
        CommandKind::Case { arms, .. } => arms.iter().any(|arm| in_list(&arm.body)),
        CommandKind::Function { .. } | CommandKind::Test { .. } | CommandKind::Arithmetic => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::semantics::Build;
    use crate::syntax::Dockerfile;

    /// Whether a failure of the `x` in `script` counts.
    fn counts(script: &str) -> bool {
        let file = Dockerfile::parse(format!("FROM a\nRUN {script}\n"));
        let build = Build::of(&file);
        build.commands().find(|command| command.name() == Some("x")).unwrap().failure_counts()
    }

    #[test]
    fn a_failure_counts_where_nothing_catches_or_overlooks_it() {
        for script in ["x", "a; x", "x && a", "set -e; x; a", "if a; then x; fi", "set -e; for i in 1; do x; b; done"] {
            assert!(counts(script), "{script}");
        }
        for script in ["x; a", "x || a", "x && a || b", "set -e; x && b; a", "x | a", "! x", "if x; then a; fi", "x &"]
        {
            assert!(!counts(script), "{script}");
        }
        for script in ["set -e; (x; a) && b", "for i in 1 2; do x; done", "echo $(x)", "f() { x; }; f"] {
            assert!(!counts(script), "{script}");
        }
    }
}
