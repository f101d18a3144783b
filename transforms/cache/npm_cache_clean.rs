//! Empties the caches of npm, yarn 1 and pnpm in the layer that filled them.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use crate::known;
use crate::rewrite::{Answer, Context, Effect, Findings, Preserves, Question, Transform};
use crate::semantics::commands::Command;
use crate::semantics::packages::{APK, APT, NPM, PNPM, YARN};
use crate::semantics::{Copied, Run};
use crate::transforms::COMMANDS;
use crate::transforms::cleanup::{self, LastInstall, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "npm-cache-clean",
    preserves: Preserves::Behavior,
    page: include_str!("npm_cache_clean.md"),
    rules: &["DL3060"],
    effects: &[
        Effect::Files("~/.npm/**"),
        Effect::Files("~/.cache/yarn/**"),
        Effect::Files("/usr/local/share/.cache/**"),
        Effect::Files("~/.local/share/pnpm/store/**"),
        Effect::Files("~/.cache/pnpm/**"),
        Effect::Files("/**/.pnpm-store/**"),
    ],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let clean = |last: &LastInstall<'_>, title, verb| Plan::Clean {
        title,
        command: format!("{} {verb}", last.program()),
        needs: Needs::Manager,
    };
    let npm = cleanup::behind_last_install(cx, &NPM, |last| match () {
        () if last.is_followed_by_care() => Plan::Done,
        () => clean(last, "Empty npm's cache in the layer that filled it", "cache clean --force"),
    });
    let file = LazyCell::new(|| Said::of(cx));
    let yarn = cleanup::behind_last_install(cx, &YARN, |last| match () {
        () if last.is_followed_by_care() => Plan::Done,
        () if !is_yarn_1(cx, last, &file) => Plan::Blocked((
            last.command.range(),
            "which yarn this is cannot be told: from 2 on it may run from its cache".to_owned(),
        )),
        () => clean(last, "Empty yarn's cache in the layer that filled it", "cache clean"),
    });
    let has_node_linker = LazyCell::new(|| String::from_utf8_lossy(cx.file.source()).contains("node-linker"));
    let pnpm = cleanup::behind_last_install(cx, &PNPM, |last| match () {
        () if last.is_followed_by_care() => Plan::Done,
        () if *has_node_linker => {
            Plan::Blocked((last.command.range(), "with another `node-linker` pnpm may run from its store".to_owned()))
        }
        () => clean(last, "Remove what pnpm fetched and does not use", "store prune"),
    });
    let mut findings = npm;
    for more in [yarn, pnpm] {
        findings.rewrites.extend(more.rewrites);
        findings.declined.extend(more.declined);
    }
    findings
}

/// What the whole file says of yarn.
struct Said {
    may_be_later: bool,
    installs_yarn_1: bool,
    /// For each stage with a COPY or ADD that may bring a `.yarnrc.yml`, where the first one starts.
    copies: Vec<(usize, usize)>,
    /// The stages with a command that fetches or unpacks whole folders.
    fetches: BTreeSet<usize>,
}

impl Said {
    fn of(cx: &Context<'_>) -> Self {
        let source = String::from_utf8_lossy(cx.file.source());
        let fetches = |run: &&Run<'_>| {
            run.each_command()
                .any(|command| command.name().is_some_and(|name| COMMANDS.has("brings whole folders", name)))
        };
        let mut copies: Vec<_> = cx
            .build
            .copies()
            .filter(may_copy_settings)
            .map(|copied| (copied.stage, copied.instruction.range.start()))
            .collect();
        copies.dedup_by_key(|(stage, _)| *stage);
        Self {
            may_be_later: known::CACHES.sign("yarn sign of a later version", &source).is_some(),
            installs_yarn_1: cx.build.commands().any(|command| installs_yarn_1(&command)),
            copies,
            fetches: cx.build.runs.iter().filter(fetches).map(|run| run.stage).collect(),
        }
    }
}

/// Whether the command line, or where the file takes yarn from, proves that it is yarn 1.
fn is_yarn_1(cx: &Context<'_>, last: &LastInstall<'_>, file: &Said) -> bool {
    if file.may_be_later {
        return false;
    }
    let mut options = known::CACHES.of("yarn option of version 1");
    let proves = last.package.verb().starts_with("global ") || options.any(|option| last.package.has_option(option));
    if proves || may_bring_settings(cx, last.command.run, file) {
        return proves;
    }
    file.installs_yarn_1
}

fn installs_yarn_1(command: &Command<'_>) -> bool {
    let Some(package) = command.package_command().filter(|package| package.installs()) else { return false };
    let manages = [&NPM, &APT, &APK].contains(&package.manager);
    let is_yarn = |name: &str| name == "yarn" || name.starts_with("yarn@1") || name.starts_with("yarn=1");
    manages && package.operands().any(|word| word.literal.as_deref().is_some_and(is_yarn))
}

/// Whether a `.yarnrc.yml` may stand beside the project when `run` starts. With it, yarn 1 may start the yarn that the project comes with.
fn may_bring_settings(cx: &Context<'_>, run: &Run<'_>, file: &Said) -> bool {
    let is_in_image = |stage: usize| stage == run.stage || cx.build.is_based_on(run.stage, stage);
    let start = run.instruction.range.start();
    let is_fetched = || file.fetches.iter().any(|&stage| is_in_image(stage));
    let is_copied = || file.copies.iter().any(|&(stage, first)| first < start && is_in_image(stage));
    let is_absent = || *cx.facts.answer(Question::ContextEntry(".yarnrc.yml".to_owned())) == Answer::Absent;
    is_fetched() || (is_copied() && !is_absent())
}

fn may_copy_settings(copied: &Copied<'_>) -> bool {
    copied.sources.iter().any(|source| {
        let name = source.value.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        !name.trim_start_matches('.').contains('.')
            || name.starts_with(['*', '.', '?', '['])
            || source.value.known().is_none()
    })
}
