//! What merging two RUNs saves.

use super::commands::Command;
use super::installs;
use super::packages::{APK, APT, COMPOSER, CONDA, DNF, Manager, NPM, PIP, PNPM, PackageCommand, UV, YARN, ZYPPER};
use super::run::Run;
use crate::text::Words;

/// Why two neighbouring RUNs are better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gain {
    /// The second deletes, moves or changes the mode, owner or content of what the first one made, so that it is stored twice or for nothing.
    Rework,
    /// Both do nothing but install packages by name: a manager's data base is stored once for each layer that changes it.
    Packages,
    /// Both are so quick that there is no build cache to lose.
    Cheap,
}

/// What is gained by making `first` and `second` one.
#[must_use]
pub fn gain(first: &Run<'_>, second: &Run<'_>) -> Option<Gain> {
    let (one, other) = (Kind::of_run(first)?, Kind::of_run(second)?);
    if other.may_rework {
        let (first_commands, second_commands) = (first.commands(), second.commands());
        if second_commands.iter().any(|command| reworks(command, &second_commands, &first_commands)) {
            return Some(Gain::Rework);
        }
    }
    // Packages of a language alone have no data base that each layer would store.
    if one.changes_packages_only && other.changes_packages_only && (one.is_of_system || other.is_of_system) {
        return Some(Gain::Packages);
    }
    (one.is_cheap && other.is_cheap).then_some(Gain::Cheap)
}

/// What the commands of a script are, as far as a merge can gain by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Whether one of them may delete or change what another RUN made.
    may_rework: bool,
    changes_packages_only: bool,
    /// Whether one of them calls a manager of the system's packages.
    is_of_system: bool,
    is_cheap: bool,
}

impl Kind {
    fn of_run(run: &Run<'_>) -> Option<Self> {
        let script = run.script.as_ref().ok()?;
        Some(*script.once().kind.get_or_init(|| Self::of(&run.commands())))
    }

    fn of(commands: &[Command<'_>]) -> Self {
        Self {
            may_rework: commands.iter().any(may_rework),
            changes_packages_only: changes_packages_only(commands),
            is_of_system: OF_SYSTEM.iter().any(|manager| commands.iter().any(|command| command.is_of(manager))),
            is_cheap: !commands.is_empty() && commands.iter().all(is_cheap),
        }
    }
}

/// Managers of a system's packages. Those of languages also install what a project needs by its own files, which change more often.
const OF_SYSTEM: &[&Manager] = &[&APT, &APK, &DNF, &ZYPPER];

/// What the set-up of a package source consists of, besides cheap commands.
static SETS_UP_SOURCE: Words = Words::new(&[
    "add-apt-repository",
    "apt-add-repository",
    "apt-key",
    "apt-mark",
    "curl",
    "dpkg",
    "gpg",
    "rpm",
    "wget",
    "yum-config-manager",
]);

/// Whether a RUN does nothing but install packages by name: a build or a test in it would have to run again whenever the packages change.
fn changes_packages_only(commands: &[Command<'_>]) -> bool {
    let mut changes = false;
    commands.iter().all(|command| match command.package_command() {
        Some(package) => {
            let by_name = package.has_operands()
                && package.operands().all(|word| names_package(command.text(word.range)))
                && !installs::names_files(command);
            let is_change = package.installs() || package.removes();
            changes |= is_change;
            !package.is_simulation()
                && if OF_SYSTEM.contains(&package.manager) { true } else { is_change && by_name || cleans(&package) }
        }
        None => is_cheap(command) || command.name().is_some_and(|name| SETS_UP_SOURCE.contains(name)),
    }) && changes
}

/// Whether an operand is the name of a package, not a folder, an address or something the shell replaces.
fn names_package(operand: &str) -> bool {
    !operand.starts_with(['.', '/', '$', '-']) && !operand.contains("://") && !operand.contains("git+")
}

/// Whether it only empties a cache.
fn cleans(package: &PackageCommand<'_>) -> bool {
    matches!(package.verb(), "clean" | "autoclean" | "cache clean" | "cache" | "clear-cache")
}

/// Commands that take no time worth caching.
static CHEAP: Words = Words::new(&[
    ":",
    "[",
    "addgroup",
    "adduser",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "chsh",
    "cp",
    "echo",
    "false",
    "groupadd",
    "install",
    "ln",
    "locale-gen",
    "mkdir",
    "mv",
    "printf",
    "rm",
    "rmdir",
    "sed",
    "setcap",
    "tee",
    "test",
    "touch",
    "true",
    "truncate",
    "update-alternatives",
    "useradd",
    "usermod",
    "groupmod",
    "passwd",
    "chpasswd",
    "ldconfig",
    "dpkg-reconfigure",
    "update-locale",
    "a2enmod",
    "a2dismod",
    "a2ensite",
    "a2dissite",
]);

fn is_cheap(command: &Command<'_>) -> bool {
    command.name().is_some_and(|name| CHEAP.contains(name))
}

/// Programs that delete files or change them in place, so that all of each is stored again.
static REWORKS: Words = Words::new(&["rm", "rmdir", "mv", "chmod", "chown", "chgrp", "strip", "shred", "unlink"]);

/// Whether `command` is one that deletes or changes what others made.
fn may_rework(command: &Command<'_>) -> bool {
    match command.package_command() {
        Some(package) => cleans(&package) || package.removes(),
        None => command.name().is_some_and(|name| REWORKS.contains(name) || name == "sed" && is_in_place(command)),
    }
}

/// Whether `sed` changes the files that it reads.
fn is_in_place(sed: &Command<'_>) -> bool {
    let mut options = sed.arguments().iter().filter_map(|word| word.literal.as_deref());
    options.any(|text| text.starts_with("-i") || text == "--in-place")
}

/// Whether `command`, one of `all`, deletes or changes a file that one of `earlier` names or is known to leave.
fn reworks(command: &Command<'_>, all: &[Command<'_>], earlier: &[Command<'_>]) -> bool {
    if let Some(package) = command.package_command() {
        let tidies_only =
            (cleans(&package) || package.removes() && !package.has_operands()) && all.iter().all(is_tidying);
        let takes_back = |other: &Command<'_>| {
            let brought: Vec<&str> = other.words().iter().map(|word| other.text(word.range)).collect();
            package.operands().any(|word| brought.contains(&command.text(word.range)))
        };
        return (tidies_only || package.removes())
            && earlier
                .iter()
                .filter(|other| brings_packages(other, &[package.manager]))
                .any(|other| tidies_only || takes_back(other));
    }
    if !may_rework(command) {
        return false;
    }
    let Some(name) = command.name() else { return false };
    let operands: Vec<&str> =
        command.arguments().iter().map(|word| command.text(word.range)).filter(|text| !text.starts_with('-')).collect();
    let paths = match name {
        // The mode, the owner, the sed script; the folder that something is moved to.
        "chmod" | "chown" | "chgrp" | "sed" => operands.get(1..).unwrap_or_default(),
        "mv" => operands.split_last().map_or(&[][..], |(_, sources)| sources),
        _ => operands.as_slice(),
    };
    let deletes = matches!(name, "rm" | "rmdir" | "unlink");
    paths.iter().filter_map(|word| path_stem(word)).any(|path| {
        earlier.iter().any(|other| {
            let words = other.simple.words.iter().map(|word| other.text(word.range));
            let redirects = other.node.redirects.iter().map(|redirect| other.text(redirect.target.range));
            (deletes && leaves_in(other, path) && !earlier.iter().any(|other| deletes_under(other, path)))
                || words.chain(redirects).any(|text| shares_path(text, path))
        })
    })
}

fn brings_packages(command: &Command<'_>, managers: &[&Manager]) -> bool {
    managers
        .iter()
        .find_map(|manager| command.package_command_of(manager))
        .is_some_and(|package| package.installs() || package.refreshes() || package.removes())
}

/// Whether `command` is known to leave files in the folder `path` that nobody needs later.
fn leaves_in(command: &Command<'_>, path: &str) -> bool {
    let under = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    under(&["/var/lib/apt", "/var/cache/apt", "/var/cache/debconf"]) && brings_packages(command, &[&APT])
        || under(&["/var/cache/apk", "/etc/apk/cache"]) && brings_packages(command, &[&APK])
        || under(&["/var/cache/yum", "/var/cache/dnf"]) && brings_packages(command, &[&DNF])
        || under(&["/var/cache/zypp"]) && brings_packages(command, &[&ZYPPER])
        || under(&["/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/usr/share/info"])
            && brings_packages(command, OF_SYSTEM)
        || under(&["/root/.cache", "~/.cache", "$HOME/.cache"])
            && brings_packages(command, &[&PIP, &CONDA, &UV, &YARN, &PNPM, &COMPOSER])
        || under(&["/root/.npm", "~/.npm", "$HOME/.npm"]) && brings_packages(command, &[&NPM])
}

/// Whether `command` itself clears the folder `path`.
fn deletes_under(command: &Command<'_>, path: &str) -> bool {
    let mut words = command.arguments().iter().filter_map(|word| path_stem(command.text(word.range)));
    command.name() == Some("rm") && words.any(|other| other.starts_with(path) || path.starts_with(other))
}

/// Whether `command` does no more than delete what is not needed.
fn is_tidying(command: &Command<'_>) -> bool {
    match command.package_command() {
        Some(package) => !package.installs() && !package.refreshes(),
        None => is_cheap(command) || matches!(command.name(), Some("find" | "set")),
    }
}

/// The path in a word, without quotes and up to its first glob; `None` for options and the like.
fn path_stem(word: &str) -> Option<&str> {
    let word = word.trim_matches(['"', '\'']);
    let stem = word.split(['*', '?', '[']).next().unwrap_or(word).trim_end_matches('/');
    let is_path =
        !stem.is_empty() && !word.starts_with('-') && !stem.bytes().all(|byte| byte.is_ascii_digit()) && stem.len() > 1;
    (is_path && (stem.contains(['/', '.']) || !stem.contains(':'))).then_some(stem)
}

/// Whether what `text` names is, holds or lies in `path`.
fn shares_path(text: &str, path: &str) -> bool {
    let text = text.trim_matches(['"', '\'']).trim_end_matches('/');
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    text == path
        || within(text, path)
        || within(path, text) && text.len() > 1
        || text.ends_with(path) && text[..text.len() - path.len()].ends_with('/')
}
