//! Removes the cache of dnf, yum and microdnf in the layer that made it.

use crate::rewrite::{Context, Effect, Findings, Preserves, Rewrite, Transform};
use crate::semantics::Run;
use crate::semantics::commands::Command;
use crate::semantics::packages::DNF;
use crate::syntax::shell::Step;
use crate::text::{Edit, TextRange};
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "dnf-clean",
    preserves: Preserves::Behavior,
    page: include_str!("dnf_clean.md"),
    rules: &["DL3032", "DL3040"],
    effects: &[
        Effect::Files("/var/cache/dnf/**"),
        Effect::Files("/var/cache/yum/**"),
        Effect::Files("/var/cache/libdnf5/**"),
    ],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = behind_last_install(cx);
    // A RUN whose last install is still to be cleaned behind is looked at again.
    if findings.rewrites.is_empty() {
        let early = cx.build.runs_with(&DNF).map(early_cleans).filter(|edits| !edits.is_empty());
        findings.rewrites.extend(early.map(|edits| Rewrite {
            title: "Leave the package cache for the next install of the same layer".to_owned(),
            edits,
            companion: None,
        }));
    }
    findings
}

/// The edits that take away each `&& dnf clean all` of `run` between two installs, where another one stands behind the last.
fn early_cleans(run: &Run<'_>) -> Vec<Edit> {
    let commands = run.commands();
    let is_clean = |command: &Command<'_>| {
        let package = command.package_command_of(&DNF);
        package.is_some_and(|package| package.verb() == "clean" && package.operands().any(|word| word.is("all")))
    };
    let install = |command: &Command<'_>| cleanup::install(command, &DNF).is_some();
    let (Some(first), Some(last)) = (commands.iter().position(install), commands.iter().rposition(install)) else {
        return Vec::new();
    };
    if !commands[last..].iter().any(is_clean) {
        return Vec::new();
    }
    let is_of_chain = |command: &Command<'_>| matches!(command.path, [Step::ListItem(_), Step::AndOr(_)]);
    let early = commands.windows(2).take(last).skip(first).filter(|pair| is_clean(&pair[1]));
    let edit = |pair: &[Command<'_>]| {
        let (before, clean) = (&pair[0], &pair[1]);
        let (is_chain, is_alone) = (is_of_chain(before) && is_of_chain(clean), clean.node.redirects.is_empty());
        if !is_chain || !is_alone || before.path[0] != clean.path[0] {
            return None;
        }
        let between = TextRange::new(before.node.range.end(), clean.node.range.start());
        let is_and = clean.text(between).trim_matches(|c: char| c.is_whitespace() || c == '\\') == "&&";
        let range = TextRange::new(before.node.range.end(), clean.node.range.end());
        is_and.then(|| Edit::delete(clean.source_range(range)))
    };
    early.filter_map(edit).collect()
}

fn behind_last_install(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &DNF, |last| {
        if last.is_followed_by_care() {
            return Plan::Done;
        }
        if matches!(last.package.verb(), "makecache" | "check-update") {
            return Plan::Blocked((last.command.range(), "it is there to fill the cache".to_owned()));
        }
        let mut command = format!("{} clean all", last.program());
        if last.command.name() == Some("yum") {
            command.push_str(&format!(" && {}rm -rf /var/cache/yum", last.command.privilege()));
        }
        Plan::Clean { title: "Remove the package cache in the layer that made it", command, needs: Needs::Manager }
    })
}
