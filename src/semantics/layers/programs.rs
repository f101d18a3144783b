//! A shell remembers where it found a program. If a script puts another of that name in front of it, only a new shell finds that.

use super::Obstacle;
use crate::known::COMMANDS;
use crate::semantics::commands::Command;
use crate::semantics::run::Run;

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
        && !command.known().has("is part of a shell")
}

fn may_replace(command: &Command<'_>, name: &str) -> bool {
    let mut words = command.arguments().iter().map(|word| command.text(word.range));
    if COMMANDS.has(name, "is part of a base system") {
        return words.any(|word| word == name || word.strip_suffix(name).is_some_and(|folder| folder.ends_with('/')));
    }
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let known = command.known();
    let speaks = known.has("only speaks or tests");
    if !speaks && words.any(|word| mentions(word, stem)) {
        return true;
    }
    match command.name() {
        Some(other) => {
            other != name
                && !known.has("is part of a base system")
                && !known.has("brings only what it names")
                && !known.has("is part of a shell")
                && command.package_command().is_none()
                && command.simple.words.first().is_some_and(|word| !word.is("command"))
        }
        None => !command.simple.words.is_empty(),
    }
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
