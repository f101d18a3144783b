//! What can be done about a place: one rewrite, all of a transform, all that is safe, everything.

use std::collections::{BTreeMap, BTreeSet};

use gen_lsp_types::{CodeAction, CodeActionContext, CodeActionKind, Range, WorkspaceEdit};

use super::diagnostics::of_finding;
use super::edits::workspace_edit;
use super::view::View;
use crate::examine::findings::{Finding, Kind, findings};
use crate::examine::{Examination, Examined, Rewritten};
use crate::rewrite::{Outcome, Preserves, Proposal, Transform};
use crate::text::TextRange;

/// Everything that is safe; who asks for `source.fixAll` gets it.
pub(super) const FIX_SAFE: &str = "source.fixAll.dockeropt";

/// Everything, also what changes the image on purpose; only who asks for exactly this gets it, or chooses it by hand.
pub(super) const FIX_ALL: &str = "source.fixAll.dockeropt.all";

const QUICK_FIX: &str = "quickfix";

pub(super) fn actions(view: &View<'_>, range: Range, context: &CodeActionContext) -> Vec<CodeAction> {
    let only = context.only.as_deref();
    let mut actions = Vec::new();
    if wants(only, QUICK_FIX) || wants_exactly(only, FIX_ALL) {
        let Ok(examined) = view.whole(view.sight()) else { return actions };
        if wants(only, QUICK_FIX) {
            actions.extend(quick_fixes(view, &examined, range));
        }
        if let Examination::Rewritten(rewritten) = &examined.result
            && wants_exactly(only, FIX_ALL)
        {
            let title = "Fix all, also what changes the image (dockeropt)";
            actions.extend(everything(view, rewritten).map(|edit| action(title.to_owned(), FIX_ALL, edit)));
        }
    }
    if wants(only, FIX_SAFE) {
        let edit = view.safe().and_then(|rewritten| workspace_edit(view, &rewritten.outcome));
        let title = "Fix all that is safe (dockeropt)";
        actions.extend(edit.map(|edit| action(title.to_owned(), FIX_SAFE, edit)));
    }
    actions
}

/// Whether who asks for `only` takes `kind`, or a kind that it belongs to.
fn wants(only: Option<&[CodeActionKind]>, kind: &str) -> bool {
    let is_within = |wanted: &str| {
        kind.strip_prefix(wanted).is_some_and(|rest| wanted.is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    only.is_none_or(|only| only.iter().any(|wanted| is_within(wanted.as_str())))
}

/// Whether `kind` is chosen by hand or by its full name. Who has all fixed on saving means what is safe.
fn wants_exactly(only: Option<&[CodeActionKind]>, kind: &str) -> bool {
    only.is_none_or(|only| only.iter().any(|wanted| ["", "source", kind].contains(&wanted.as_str())))
}

/// For the lines of `range`: each rewrite by itself, then each transform for the whole file.
fn quick_fixes(view: &View<'_>, examined: &Examined, range: Range) -> Vec<CodeAction> {
    let lines = view.lines();
    let place = view.lines_of(&lines, range);
    let end = place.start() + view.text()[place].trim_end_matches(['\r', '\n']).len();
    let touches = |range: TextRange| range.start() <= end && place.start() <= range.end();
    let findings = findings(examined);
    let found = || findings.iter().filter(|finding| finding.kind == Kind::Change && touches(finding.range));
    let ids: BTreeSet<_> = found().map(|finding| finding.transform.id).collect();
    let alone: BTreeMap<_, _> = ids.into_iter().filter_map(|id| Some((id, view.alone(id)?))).collect();
    let shown = |finding: &Finding<'_>| of_finding(view, &lines, finding);
    let single = found().filter_map(|finding| {
        let edit = one_rewrite(view, alone.get(finding.transform.id)?, finding)?;
        let title = title(finding.message, finding.transform);
        let is_preferred = is_safe(finding.transform).then_some(true);
        let diagnostics = Some(vec![shown(finding)]);
        Some(CodeAction { diagnostics, is_preferred, ..action(title, QUICK_FIX, edit) })
    });
    let all = alone.iter().filter_map(|(id, rewritten)| {
        let edit = workspace_edit(view, &rewritten.outcome)?;
        let diagnostics = Some(found().filter(|finding| finding.transform.id == *id).map(shown).collect());
        Some(CodeAction { diagnostics, ..action(format!("All of {id} in this file"), QUICK_FIX, edit) })
    });
    single.chain(all).collect()
}

/// The rewrite that `finding` is about, and no other of its transform.
fn one_rewrite(view: &View<'_>, alone: &Rewritten, finding: &Finding<'_>) -> Option<WorkspaceEdit> {
    let Rewritten { chain, facts, .. } = alone;
    let mut is_meant = |proposal: &Proposal<'_>| {
        proposal.rewrite.title == finding.message && proposal.range.start() == finding.range.start()
    };
    let outcome = chain.run_accepting(view.text().as_bytes(), facts, &mut is_meant).ok()?;
    workspace_edit(view, &outcome)
}

fn is_safe(transform: &Transform) -> bool {
    transform.preserves <= Preserves::Behavior
}

fn title(message: &str, transform: &Transform) -> String {
    let warning = if is_safe(transform) { "" } else { ", changes the image" };
    format!("{message} ({}{warning})", transform.id)
}

/// All that the chain does; without other files, if the client cannot make them.
fn everything(view: &View<'_>, rewritten: &Rewritten) -> Option<WorkspaceEdit> {
    let Rewritten { outcome, chain, facts, .. } = rewritten;
    let without_files = || -> Option<Outcome> {
        let mut accept = |proposal: &Proposal<'_>| proposal.rewrite.companion.is_none();
        chain.run_accepting(view.text().as_bytes(), facts, &mut accept).ok()
    };
    workspace_edit(view, outcome).or_else(|| workspace_edit(view, &without_files()?))
}

fn action(title: String, kind: &'static str, edit: WorkspaceEdit) -> CodeAction {
    CodeAction {
        title,
        kind: Some(CodeActionKind::from(kind)),
        diagnostics: None,
        is_preferred: None,
        disabled: None,
        edit: Some(edit),
        command: None,
        data: None,
        tags: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_all_fixed_on_saving_gets_what_is_safe() {
        let kinds = |wanted: &'static str| {
            let only = [CodeActionKind::from(wanted)];
            (wants(Some(&only), QUICK_FIX), wants(Some(&only), FIX_SAFE), wants_exactly(Some(&only), FIX_ALL))
        };
        assert_eq!(kinds("source.fixAll"), (false, true, false));
        assert_eq!(kinds(FIX_SAFE), (false, true, false));
        assert_eq!(kinds(FIX_ALL), (false, false, true));
        assert_eq!(kinds("source"), (false, true, true));
        assert_eq!(kinds("quickfix"), (true, false, false));
        assert_eq!(kinds("source.fix"), (false, false, false));
        assert_eq!(kinds(""), (true, true, true));
        assert!(wants(None, FIX_SAFE) && wants_exactly(None, FIX_ALL));
    }
}
