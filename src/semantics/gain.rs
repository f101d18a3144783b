//! What merging two RUNs saves.

use super::commands::Command;
use super::run::Run;

/// Why two neighbouring RUNs are better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gain {
    /// The second deletes, moves or changes the mode, owner or content of what the first one made, so that it is stored twice or for nothing.
    Rework,
    /// Both change the package manager's data base, which is stored once for each.
    PackageData,
    /// Both are so quick that there is no build cache to lose.
    Cheap,
}

/// What is gained by making `first` and `second` one.
#[must_use]
pub fn gain(first: &Run<'_>, second: &Run<'_>) -> Option<Gain> {
    let (first_commands, second_commands) = (first.commands(), second.commands());
    if second_commands.iter().any(|command| reworks(command, &first_commands)) {
        return Some(Gain::Rework);
    }
    let installs = |commands: &[Command<'_>]| {
        commands.iter().any(|command| {
            command
                .package_command()
                .is_some_and(|package| package.installs() || package.removes() || package.refreshes())
        })
    };
    if installs(&first_commands) && installs(&second_commands) {
        return Some(Gain::PackageData);
    }
    let cheap = |commands: &[Command<'_>]| !commands.is_empty() && commands.iter().all(is_cheap);
    (cheap(&first_commands) && cheap(&second_commands)).then_some(Gain::Cheap)
}

/// Commands that take no time worth caching.
const CHEAP: &[&str] = &[
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
];

fn is_cheap(command: &Command<'_>) -> bool {
    command.name().is_some_and(|name| CHEAP.contains(&name))
}

/// Programs that change files in place, so that all of each is stored again.
const REWORKS: &[&str] = &["rm", "rmdir", "mv", "chmod", "chown", "chgrp", "strip", "shred", "unlink"];

/// Whether `command` deletes or changes a file that one of `earlier` names.
fn reworks(command: &Command<'_>, earlier: &[Command<'_>]) -> bool {
    if let Some(package) = command.package_command() {
        return package.removes()
            || matches!(package.verb(), "clean" | "autoclean" | "cache clean" | "cache" | "clear-cache");
    }
    let Some(name) = command.name() else { return false };
    let in_place = name == "sed"
        && command
            .arguments()
            .iter()
            .any(|word| word.literal.as_deref().is_some_and(|text| text.starts_with("-i") || text == "--in-place"));
    if !REWORKS.contains(&name) && !in_place {
        return false;
    }
    let paths = command.arguments().iter().filter_map(|word| path_stem(command.text(word.range)));
    let deletes = matches!(name, "rm" | "rmdir" | "unlink");
    paths.into_iter().any(|path| {
        (deletes && is_cache(path))
            || earlier.iter().any(|other| {
                let words = other.simple.words.iter().map(|word| other.text(word.range));
                let redirects = other.node.redirects.iter().map(|redirect| other.text(redirect.target.range));
                words.chain(redirects).any(|text| shares_path(text, path))
            })
    })
}

/// The path in a word, without quotes and up to its first glob; `None` for options and the like.
fn path_stem(word: &str) -> Option<&str> {
    let word = word.trim_matches(['"', '\'']);
    let stem = word.split(['*', '?', '[']).next().unwrap_or(word).trim_end_matches('/');
    let is_path =
        !stem.is_empty() && !word.starts_with('-') && !stem.bytes().all(|byte| byte.is_ascii_digit()) && stem.len() > 1;
    (is_path && (stem.contains(['/', '.']) || !stem.contains(':'))).then_some(stem)
}

/// Where package managers keep what they download.
fn is_cache(path: &str) -> bool {
    ["/var/lib/apt", "/var/cache", "/tmp", "/root/.cache", "/var/tmp", "/root/.npm", "~/.cache"]
        .iter()
        .any(|cache| path.starts_with(cache))
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
