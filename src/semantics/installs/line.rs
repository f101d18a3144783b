//! The words that a package manager of Python or Node.js is told: verb, options with their meaning, operands.

use super::options::{self, Meaning};
use crate::known::{SIGNS, VARIABLES};
use crate::semantics::build::Build;
use crate::semantics::commands::Command;
use crate::semantics::packages::{Manager, NPM, PIP, PNPM, POETRY, UV, YARN};
use crate::syntax::shell::{Assignment, Word};

/// A command line, or what variables say as if it stood there.
#[derive(Debug, Default)]
pub(super) struct Line<'r> {
    /// With a single blank if it is two words long; empty if there is none.
    pub verb: String,
    pub options: Vec<Said>,
    /// The first option that is not known.
    pub unknown: Option<String>,
    pub operands: Vec<&'r Word>,
}

/// An option that is given.
#[derive(Debug)]
pub(super) struct Said {
    pub meaning: Meaning,
    /// The option, or the variable that is read as one.
    pub name: String,
    /// `None` if there is none, or it is not written out.
    pub value: Option<String>,
}

/// # Errors
/// Why it cannot be read: the verb is not written out, or a value is missing.
pub(super) fn read<'r>(
    manager: &Manager,
    command: &Command<'r>,
    program_len: usize,
    is_run: impl Fn(&str) -> bool,
) -> Result<Line<'r>, String> {
    let mut line = Line::default();
    let mut words = command.words()[program_len..].iter();
    let mut options_ended = false;
    while let Some(word) = words.next() {
        let text = word.literal.as_deref().unwrap_or_else(|| command.text(word.range));
        match text {
            "--" if !options_ended => options_ended = true,
            _ if !options_ended && text.starts_with('-') && text.len() > 1 => {
                let is_written = word.literal.is_some();
                let mut next = || words.next().map(|word| word.literal.as_deref().map(str::to_owned));
                line.take(manager, text, is_written, &mut next)?;
            }
            _ if line.verb.is_empty() || manager.has_verb_group(&line.verb) => {
                let verb = word.literal.as_deref().ok_or("what it is told is only known when it runs")?;
                if !line.verb.is_empty() {
                    line.verb.push(' ');
                }
                line.verb.push_str(verb);
                // What stands behind is for the script.
                options_ended |= is_run(&line.verb) && ![NPM, YARN, PNPM].contains(manager);
            }
            _ => {
                line.operands.push(word);
                options_ended |= is_run(&line.verb) && *manager != NPM;
            }
        }
    }
    Ok(line)
}

impl Line<'_> {
    /// Takes the option `text`, whose value may be the next word.
    pub fn take(
        &mut self,
        manager: &Manager,
        text: &str,
        is_written: bool,
        next: &mut dyn FnMut() -> Option<Option<String>>,
    ) -> Result<(), String> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let value = value.map(|value| is_written.then(|| value.to_owned()));
        if let Some(known) = options::option(manager, name) {
            let value = match (known.has_value, value) {
                (true, Some(value)) => value,
                (true, None) => next().ok_or(format!("`{name}` has no value"))?,
                (false, None) => None,
                (false, Some(value)) => match value.as_deref() {
                    Some("true") if manager.is_of_node() => None,
                    Some("false") if manager.is_of_node() => return Ok(()),
                    // It may name the packages it is for.
                    Some(_) if known.meaning == Meaning::Compiles => value,
                    _ => {
                        self.unknown.get_or_insert_with(|| text.to_owned());
                        return Ok(());
                    }
                },
            };
            self.options.push(Said { meaning: known.meaning, name: name.to_owned(), value });
            return Ok(());
        }
        if text.starts_with("--") || !is_written {
            self.unknown.get_or_insert_with(|| name.to_owned());
            return Ok(());
        }
        // Letters that stand together, the last maybe with its value.
        let letters = &text[1..];
        for (at, letter) in letters.char_indices() {
            let name = format!("-{letter}");
            let Some(known) = options::option(manager, &name) else {
                self.unknown.get_or_insert_with(|| text.to_owned());
                return Ok(());
            };
            let rest = &letters[at + letter.len_utf8()..];
            if !known.has_value {
                self.options.push(Said { meaning: known.meaning, name, value: None });
                continue;
            }
            let value = match rest.strip_prefix('=').unwrap_or(rest) {
                "" => next().ok_or(format!("`{name}` has no value"))?,
                rest => Some(rest.to_owned()),
            };
            self.options.push(Said { meaning: known.meaning, name, value });
            break;
        }
        Ok(())
    }

    /// Takes the variable `name` as an option, if the manager does so.
    fn take_variable(&mut self, manager: &Manager, name: &str, value: Option<&str>) {
        let value = value.map(|value| value.trim_matches(['"', '\'']));
        if value == Some("") {
            return;
        }
        let lower = name.to_ascii_lowercase();
        let written = |value: &&str| !value.contains('$');
        let value = value.filter(written).map(str::to_owned);
        for prefix in prefixes(manager) {
            let Some(rest) = lower.strip_prefix(prefix) else { continue };
            // npm alone reads its variables in both cases.
            if prefix != "npm_config_" && name != name.to_ascii_uppercase() {
                continue;
            }
            let asked = if prefix == "pip_" { &PIP } else { manager };
            let asked = if prefix == "npm_config_" { &NPM } else { asked };
            // As a variable it is the folder of packages for all projects.
            if rest == "prefix" && *asked == NPM && !self.options.iter().any(|said| said.meaning == Meaning::Global) {
                continue;
            }
            let known = meaning_of_variable(rest, asked, manager);
            let Some((meaning, has_value)) = known else { continue };
            let is_off =
                !has_value && value.as_deref().is_some_and(|value| const { SIGNS.expect("value for no") }.has(value));
            // pip takes this one for said, whatever it says.
            if is_off && meaning != Meaning::NoCache {
                continue;
            }
            self.options.push(Said { meaning, name: name.to_owned(), value: value.clone() });
        }
    }

    /// Takes all variables that are set for `command`.
    ///
    /// # Errors
    /// That there are too many.
    pub fn take_variables(
        &mut self,
        manager: &Manager,
        build: &Build<'_>,
        command: &Command<'_>,
    ) -> Result<(), String> {
        let variables = build.options_by_variables(command.run);
        for (name, value) in variables.ok_or("more variables are set for package managers than are read here")? {
            self.take_variable(manager, name, value);
        }
        let value = |assignment: &Assignment| assignment.value.as_ref().and_then(|word| word.literal.clone());
        for other in command.run.each_command() {
            let is_it = other.node.range == command.node.range;
            if is_it || (other.words().is_empty() && other.node.range.start() < command.node.range.start()) {
                for assignment in &other.simple.assignments {
                    self.take_variable(manager, &assignment.name, Some(value(assignment).as_deref().unwrap_or("$")));
                }
            }
            let exports = other.known().has("sets variables");
            let words = match () {
                () if is_it => &other.simple.words[..other.simple.words.len() - other.words().len()],
                () if exports => other.arguments(),
                () => &[],
            };
            for word in words {
                let text = other.text(word.range);
                let text = word.literal.as_deref().unwrap_or(text);
                if let Some((name, value)) = text.split_once('=') {
                    self.take_variable(manager, name, Some(if word.literal.is_some() { value } else { "$" }));
                }
            }
        }
        Ok(())
    }
}

/// How the variables start that `manager` reads as options, in small letters.
pub(super) fn prefixes(manager: &Manager) -> impl Iterator<Item = &'static str> {
    manager.known().that("options in variables ")
}

/// What the variable means that `asked` reads, which `manager` hands on; `rest` is its name behind the prefix. Names that are no options are ignored, as
/// the managers do, but for those that say where an environment is.
fn meaning_of_variable(rest: &str, asked: &Manager, manager: &Manager) -> Option<(Meaning, bool)> {
    let known = VARIABLES.known(rest);
    if known.has("says where an environment is") {
        return Some((Meaning::To, true));
    }
    if known.has("names a file with settings") {
        return Some((Meaning::Reads, true));
    }
    if (*manager == UV && rest == "system_python") || (*manager == POETRY && rest == "virtualenvs_create") {
        return None;
    }
    let name = format!("--{}", rest.replace('_', "-"));
    // A version that is asked for by a variable is one for the file itself.
    let known = options::option(asked, &name).filter(|known| known.meaning != Meaning::Simulates)?;
    Some((known.meaning, known.has_value))
}
