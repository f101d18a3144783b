//! Empties the caches of npm, yarn 1 and pnpm in the layer that filled them.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use crate::rewrite::{Answer, Context, Effect, Findings, Preserves, Question, Transform};
use crate::semantics::commands::Command;
use crate::semantics::packages::{APK, APT, NPM, PNPM, YARN};
use crate::semantics::{Copied, Run};
use crate::transforms::caches::Cache;
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

const WORDS: &[&str] = &["npm", "yarn", "pnpm", "node"];

const NPM_CACHE: Cache = Cache {
    folders: &[],
    home_folders: &["/.npm"],
    mount_words: WORDS,
    moved_by_options: &["--dry-run"],
    moved_by_variables: &["npm_config_cache", "NPM_CONFIG_CACHE"],
    read_by_options: &[],
};

const YARN_CACHE: Cache = Cache {
    folders: &[],
    home_folders: &[".cache/yarn", "share/.cache"],
    mount_words: WORDS,
    moved_by_options: &[],
    moved_by_variables: &["YARN_CACHE_FOLDER", "yarn-offline-mirror", "XDG_CACHE_HOME", "PREFIX"],
    read_by_options: &[],
};

const PNPM_CACHE: Cache = Cache {
    folders: &[],
    home_folders: &["pnpm/store", ".pnpm-store"],
    mount_words: WORDS,
    moved_by_options: &["--virtual-store-dir", "--config.node-linker"],
    moved_by_variables: &[
        "npm_config_store_dir",
        "NPM_CONFIG_STORE_DIR",
        "store-dir",
        "package-import-method",
        "npm_config_node_linker",
    ],
    read_by_options: &[],
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let clean = |last: &LastInstall<'_>, title, verb| Plan::Clean {
        title,
        command: format!("{} {verb}", last.program()),
        needs: Needs::Manager,
    };
    let npm = cleanup::behind_last_install(cx, &NPM, &NPM_CACHE, |last| match () {
        () if last.is_followed_by(&["cache clean", "cache clear", "cache rm", "config get"]) => Plan::Done,
        () => clean(last, "Empty npm's cache in the layer that filled it", "cache clean --force"),
    });
    let file = LazyCell::new(|| Said::of(cx));
    let yarn = cleanup::behind_last_install(cx, &YARN, &YARN_CACHE, |last| match () {
        () if last.is_followed_by(&["cache clean", "cache clear", "cache dir"]) => Plan::Done,
        () if !is_yarn_1(cx, last, &file) => Plan::Blocked((
            last.command.range(),
            "which yarn this is cannot be told: from 2 on it may run from its cache".to_owned(),
        )),
        () => clean(last, "Empty yarn's cache in the layer that filled it", "cache clean"),
    });
    let has_node_linker = LazyCell::new(|| String::from_utf8_lossy(cx.file.source()).contains("node-linker"));
    let pnpm = cleanup::behind_last_install(cx, &PNPM, &PNPM_CACHE, |last| match () {
        () if last.is_followed_by(&["store prune"]) => Plan::Done,
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

/// Options that only yarn 1 has.
const ONLY_YARN_1: &[&str] = &[
    "--production",
    "--prod",
    "--pure-lockfile",
    "--non-interactive",
    "--ignore-engines",
    "--ignore-optional",
    "--ignore-platform",
    "--no-progress",
    "--prefer-offline",
    "--no-lockfile",
    "--flat",
];

/// What only yarn 2 and later bring into a file, or may bring.
const MAY_BE_LATER: &[&str] = &[
    "corepack",
    "yarn set version",
    ".yarn",
    "yarn@2",
    "yarn@3",
    "yarn@4",
    "yarn@berry",
    "yarn@stable",
    "--immutable",
    "packageManager",
];

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
            run.each_command().any(|command| matches!(command.name(), Some("git" | "svn" | "tar" | "unzip")))
        };
        let mut copies: Vec<_> = cx
            .build
            .copies()
            .filter(may_copy_settings)
            .map(|copied| (copied.stage, copied.instruction.range.start()))
            .collect();
        copies.dedup_by_key(|(stage, _)| *stage);
        Self {
            may_be_later: MAY_BE_LATER.iter().any(|later| source.contains(later)),
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
    let proves =
        last.package.verb().starts_with("global ") || ONLY_YARN_1.iter().any(|option| last.package.has_option(option));
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
