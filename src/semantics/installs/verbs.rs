//! What the verbs of the package managers of Python and Node.js do.

use crate::semantics::packages::{Manager, NPM, PIP, PIPENV, PNPM, POETRY, UV, YARN};

/// What a verb does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It brings the packages that it names; without any, those of the project, if there are such.
    Brings,
    /// It brings newer versions of the packages that it names, or of all, whatever the lock file says.
    Updates,
    /// It removes the packages that are there, and brings those of the lock file.
    BringsAnew,
    /// It brings the packages of the files that it names.
    BringsFiles,
    /// It brings the packages of the project.
    BringsProject,
    /// It brings programs, each with an environment of its own.
    BringsPrograms,
    /// It compiles the packages that are there.
    Rebuilds,
    /// It runs the script of the project that it names.
    Runs,
    /// It runs the script of the project that is called so itself.
    RunsItself,
    /// It stores a setting.
    Sets,
    /// It takes packages away.
    Removes,
    /// It brings nothing.
    Nothing,
}

/// `None` if the verb is not known, or what it does is not followed.
pub(super) fn act(manager: &Manager, verb: &str) -> Option<Act> {
    let table: &[(Act, &[&str])] = match manager {
        manager if *manager == PIP => OF_PIP,
        manager if *manager == UV => OF_UV,
        manager if *manager == POETRY => OF_POETRY,
        manager if *manager == PIPENV => OF_PIPENV,
        manager if *manager == NPM => OF_NPM,
        manager if *manager == YARN => OF_YARN,
        manager if *manager == PNPM => OF_PNPM,
        _ => return None,
    };
    let known = table.iter().find(|(_, verbs)| verbs.contains(&verb)).map(|(act, _)| *act);
    // Any other word is a script, or a program of a package.
    let is_script = || [YARN, PNPM].contains(manager) && !NOT_FOLLOWED.contains(&verb) && !verb.contains(' ');
    known.or_else(|| is_script().then_some(Act::RunsItself))
}

/// Verbs of yarn and pnpm that do more than is followed here.
const NOT_FOLLOWED: &[&str] = &[
    "create",
    "deploy",
    "dlx",
    "env",
    "exec",
    "fetch",
    "import",
    "link",
    "node",
    "pack",
    "patch",
    "patch-commit",
    "plugin",
    "publish",
    "set",
    "setup",
    "self-update",
    "unlink",
    "unplug",
    "workspace",
    "workspaces",
    "global",
];

const OF_PIP: &[(Act, &[&str])] = &[
    (Act::Brings, &["install", "wheel", "download"]),
    (Act::Sets, &["config"]),
    (
        Act::Nothing,
        &["", "cache", "check", "debug", "freeze", "hash", "help", "index", "inspect", "list", "search", "show"],
    ),
    (Act::Removes, &["uninstall"]),
];

const OF_UV: &[(Act, &[&str])] = &[
    (Act::Brings, &["pip install"]),
    (Act::BringsFiles, &["pip sync"]),
    (Act::BringsProject, &["sync"]),
    (Act::BringsPrograms, &["tool install"]),
    (Act::Nothing, &["", "cache", "help", "pip check", "pip freeze", "pip list", "pip show", "pip tree", "tree"]),
    (Act::Removes, &["pip uninstall"]),
];

const OF_POETRY: &[(Act, &[&str])] = &[
    (Act::BringsProject, &["install", "sync"]),
    (Act::Sets, &["config"]),
    (Act::Nothing, &["", "about", "cache clear", "cache list", "check", "env info", "help", "list", "show"]),
];

const OF_PIPENV: &[(Act, &[&str])] = &[
    (Act::Brings, &["install"]),
    (Act::BringsProject, &["sync"]),
    (Act::Nothing, &["", "check", "graph"]),
    (Act::Removes, &["clean", "uninstall"]),
];

const OF_NPM: &[(Act, &[&str])] = &[
    (Act::Updates, &["udpate", "up", "update", "upgrade"]),
    (
        Act::Brings,
        &["add", "i", "in", "ins", "inst", "insta", "instal", "install", "isnt", "isnta", "isntal", "isntall"],
    ),
    (Act::BringsAnew, &["ci", "clean-install", "ic", "install-clean", "isntall-clean"]),
    (Act::Rebuilds, &["rb", "rebuild"]),
    (Act::Runs, &["run", "run-script", "rum", "urn"]),
    (Act::RunsItself, &["restart", "start", "stop", "t", "test", "tst"]),
    (Act::Sets, &["c", "config", "set"]),
    (
        Act::Nothing,
        &[
            "", "bin", "cache", "doctor", "fund", "get", "help", "la", "list", "ll", "ls", "outdated", "ping",
            "prefix", "root", "v", "view", "whoami",
        ],
    ),
    (Act::Removes, &["prune", "r", "remove", "rm", "un", "uninstall", "unlink"]),
];

const OF_YARN: &[(Act, &[&str])] = &[
    (Act::Updates, &["upgrade"]),
    (Act::Brings, &["", "add", "global add", "install"]),
    (Act::Runs, &["run"]),
    (Act::Sets, &["config"]),
    (
        Act::Nothing,
        &[
            "audit",
            "bin",
            "cache",
            "check",
            "global bin",
            "global dir",
            "global list",
            "help",
            "info",
            "licenses",
            "list",
            "outdated",
            "versions",
            "why",
        ],
    ),
    (Act::Removes, &["autoclean", "global remove", "remove"]),
];

const OF_PNPM: &[(Act, &[&str])] = &[
    (Act::Updates, &["up", "update", "upgrade"]),
    (Act::Brings, &["add", "i", "install"]),
    (Act::Rebuilds, &["rb", "rebuild"]),
    (Act::Runs, &["run"]),
    (Act::Sets, &["c", "config"]),
    (Act::Nothing, &["", "bin", "help", "licenses", "list", "ls", "outdated", "root", "store", "why"]),
    (Act::Removes, &["prune", "remove", "rm", "un", "uninstall"]),
];
