//! What merging two RUNs saves.

use super::commands::Command;
use super::installs;
use super::packages::Manager;
use super::run::Run;

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
            is_of_system: commands.iter().any(is_of_system),
            is_cheap: !commands.is_empty() && commands.iter().all(is_cheap),
        }
    }
}

/// Whether it calls a manager of a system's packages. Those of languages also install what a project needs by its own files, which change more often.
fn is_of_system(command: &Command<'_>) -> bool {
    command.manager().is_some_and(Manager::is_of_distribution)
}

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
                && if package.manager.is_of_distribution() {
                    true
                } else {
                    is_change && by_name || package.empties_cache()
                }
        }
        None => is_cheap(command) || command.known().has("sets up a package source"),
    }) && changes
}

/// Whether an operand is the name of a package, not a folder, an address or something the shell replaces.
fn names_package(operand: &str) -> bool {
    !operand.starts_with(['.', '/', '$', '-']) && !operand.contains("://") && !operand.contains("git+")
}

/// Whether it takes no time worth caching.
fn is_cheap(command: &Command<'_>) -> bool {
    command.known().has("takes no time")
}

/// Whether `command` is one that deletes or changes what others made.
fn may_rework(command: &Command<'_>) -> bool {
    match command.package_command() {
        Some(package) => package.empties_cache() || package.removes(),
        None => {
            command.known().has("deletes or changes in place") || command.name() == Some("sed") && is_in_place(command)
        }
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
            (package.empties_cache() || package.removes() && !package.has_operands()) && all.iter().all(is_tidying);
        let takes_back = |other: &Command<'_>| {
            let brought: Vec<&str> = other.words().iter().map(|word| other.text(word.range)).collect();
            package.operands().any(|word| brought.contains(&command.text(word.range)))
        };
        return (tidies_only || package.removes())
            && earlier
                .iter()
                .filter(|other| other.is_of(package.manager) && brings_packages(other))
                .any(|other| tidies_only || takes_back(other));
    }
    if !may_rework(command) {
        return false;
    }
    let known = command.known();
    let operands: Vec<&str> =
        command.arguments().iter().map(|word| command.text(word.range)).filter(|text| !text.starts_with('-')).collect();
    let paths = match command.name() {
        // The mode, the owner, the sed script; the folder that something is moved to.
        _ if known.has("takes its files behind another operand") => operands.get(1..).unwrap_or_default(),
        Some("mv") => operands.split_last().map_or(&[][..], |(_, sources)| sources),
        _ => operands.as_slice(),
    };
    let deletes = known.has("deletes");
    paths.iter().filter_map(|word| path_stem(word)).any(|path| {
        earlier.iter().any(|other| {
            let words = other.simple.words.iter().map(|word| other.text(word.range));
            let redirects = other.node.redirects.iter().map(|redirect| other.text(redirect.target.range));
            (deletes && leaves_in(other, path) && !earlier.iter().any(|other| deletes_under(other, path)))
                || words.chain(redirects).any(|text| shares_path(text, path))
        })
    })
}

fn brings_packages(command: &Command<'_>) -> bool {
    command.package_command().is_some_and(|package| package.installs() || package.refreshes() || package.removes())
}

/// Whether `command` is known to leave files in the folder `path` that nobody needs later.
fn leaves_in(command: &Command<'_>, path: &str) -> bool {
    let mut folders = command.manager().into_iter().flat_map(Manager::leaves);
    folders.any(|folder| path.starts_with(folder)) && brings_packages(command)
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
