//! A shell remembers where it found a program. If a script puts another of that name in front of it, only a new shell finds that.

use super::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::run::Run;
use crate::text::Words;

/// Programs of the base system, which nothing puts another one in front of.
static BASE: Words = Words::new(&[
    "[", "apk", "apt", "apt-get", "awk", "basename", "cat", "chgrp", "chmod", "chown", "cp", "cut", "date", "dirname",
    "dnf", "dpkg", "echo", "env", "expr", "false", "find", "getent", "grep", "groupadd", "gunzip", "gzip", "head",
    "id", "install", "ln", "ls", "microdnf", "mkdir", "mktemp", "mv", "printf", "pwd", "rm", "rmdir", "rpm", "sed",
    "sleep", "sort", "stat", "tail", "tar", "tee", "test", "touch", "tr", "true", "uname", "uniq", "useradd",
    "usermod", "wc", "xargs", "yum", "zypper",
]);

/// Programs that bring in what they name, no other.
static NAMES_WHAT_IT_BRINGS: Words = Words::new(&[
    "curl",
    "wget",
    "unzip",
    "xz",
    "bzip2",
    "git",
    "gpg",
    "add-apt-repository",
    "update-ca-certificates",
    "ldconfig",
    "adduser",
    "addgroup",
]);

pub(super) fn stay_the_same(before: &[&Run<'_>], second: &Run<'_>) -> Result<(), Obstacle> {
    let earlier = || before.iter().flat_map(|run| run.each_command());
    let later = names(second.each_command());
    let mut both = names(earlier());
    both.retain(|name| later.contains(name));
    both.sort_unstable();
    both.dedup();
    for name in both {
        let mut since_first_use = earlier().skip_while(|command| command.name() != Some(name));
        if let Some(replacing) = since_first_use.find(|command| may_replace(command, name)) {
            return Err(Obstacle::new(
                replacing.range(),
                format!("it may install another `{name}`, which a shell that has already run `{name}` would not find"),
            ));
        }
    }
    Ok(())
}

/// The names that the shell searches PATH for.
fn names<'r>(commands: impl Iterator<Item = Command<'r>>) -> Vec<&'r str> {
    commands.filter(is_looked_up).filter_map(|command| command.name()).collect()
}

/// Whether the shell searches PATH for it.
fn is_looked_up(command: &Command<'_>) -> bool {
    let is_path = |text: &str| text.contains('/');
    !command.words().first().is_some_and(|word| word.literal.as_deref().is_some_and(is_path))
        && !matches!(
            command.name(),
            Some("echo" | "test" | "[" | "true" | "false" | "printf" | "cd" | ":" | "set" | "export")
        )
}

fn may_replace(command: &Command<'_>, name: &str) -> bool {
    let mut words = command.arguments().iter().map(|word| command.text(word.range));
    if BASE.contains(name) {
        return words.any(|word| word == name || word.strip_suffix(name).is_some_and(|folder| folder.ends_with('/')));
    }
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let speaks = matches!(command.name(), Some("echo" | "printf" | "test" | "["));
    if !speaks && words.any(|word| mentions(word, stem)) {
        return true;
    }
    match command.name() {
        Some(other) => {
            let known =
                BASE.contains(other) || NAMES_WHAT_IT_BRINGS.contains(other) || command.package_command().is_some();
            other != name
                && !known
                && command.simple.words.first().is_some_and(|word| !word.is("command"))
                && !is_builtin(other)
        }
        None => !command.simple.words.is_empty(),
    }
}

fn is_builtin(name: &str) -> bool {
    matches!(name, "cd" | ":" | "set" | "export" | "command" | "type" | "exit" | "umask" | "pwd" | "read" | "unset")
}

/// Whether `text` names the program `stem`, with any version behind it: as a word of its own, as in `pip==20`, `/usr/bin/pip3` or `Python-3.12.tgz`.
fn mentions(text: &str, stem: &str) -> bool {
    let (text_bytes, stem_bytes) = (text.as_bytes(), stem.as_bytes());
    // A single letter means too much.
    let is_stem = |part: &[u8]| if stem.len() > 1 { part.eq_ignore_ascii_case(stem_bytes) } else { part == stem_bytes };
    let mut at = 0;
    while let Some(part) = text_bytes.get(at..at + stem.len()) {
        if !text.is_char_boundary(at) || !is_stem(part) {
            at += 1;
            continue;
        }
        let before = text[..at].chars().next_back();
        let behind = text[at + stem.len()..].chars().next();
        if before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
            && behind.is_none_or(|c| !c.is_ascii_alphabetic() && c != '_')
        {
            return true;
        }
        at += stem.len().max(1);
    }
    false
}
