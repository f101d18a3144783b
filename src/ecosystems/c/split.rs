//! One static program in C or C++, for the transform that ships it alone.

use super::FACTS;
use super::code as c;
use crate::bases::bare;
use crate::ecosystems::Sole;
use crate::ecosystems::sole::is_folder_of_programs;
use crate::ecosystems::split::{self, Ships, Split, Work};
use crate::programs::files;
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::commands::Command;
use crate::semantics::joined;
use crate::text::TextRange;

const MAKEFILE: &str = "Makefile";

/// Whether a program is linked statically here, as far as that is seen at once.
pub(crate) fn is_built(cx: &Context<'_>) -> bool {
    let is_static = |command: &Command<'_>| {
        command.name().is_some_and(|name| FACTS.has("compiler", name)) && command.has_argument("-static")
    };
    let mut makes = cx.build.commands().filter(|command| command.name() == Some("make")).peekable();
    let by_make = || {
        let Answer::Text(text) = cx.facts.answer(Question::ContextFile(MAKEFILE.to_owned())) else { return false };
        String::from_utf8_lossy(text).contains(" -static ")
    };
    cx.build.commands().any(|command| is_static(&command)) || (makes.peek().is_some() && by_make())
}

pub(super) const SPLIT: Split = Split {
    ships: Ships::Product,
    pays: |_, _| true,
    image: |sole, image, reference| bare::static_image(sole.cx, image, reference),
    step: |sole, work, command| Build { sole, work }.take(command),
    artifacts: |sole, work, _| split::made(sole, work, "nothing here makes what it starts"),
    starts: |sole, work| sole.starts(&work.place, "the build", FACTS),
    files: |_, _, paths| match paths.iter().find(|path| !c::is_code(path) && !files::is_for_people(path)) {
        Some(path) => Err(format!("the program may read `{path}` of the build context when it runs")),
        None => Ok(()),
    },
};

/// How the program comes about.
struct Build<'s, 'a> {
    sole: &'s Sole<'a>,
    work: &'s mut Work,
}

impl Build<'_, '_> {
    /// Whether the command is one that builds.
    fn take(&mut self, command: &Command<'_>) -> Result<bool, String> {
        let directory = self.sole.directory_of(command);
        let words: Vec<_> = command.words().iter().filter_map(|word| word.literal.as_deref()).collect();
        let name = command.name().unwrap_or_default();
        let is_of_packages = matches!(name, "apk" | "apt" | "apt-get");
        if let Some(assignment) = command.simple.assignments.first().filter(|_| !is_of_packages) {
            return Err(format!("`{}` may change what is built", assignment.name));
        }
        match name {
            _ if is_of_packages => packages(&words).map(|()| true),
            "make" => {
                if self.sole.source_of(&joined(&directory, MAKEFILE)).as_deref() != Some(MAKEFILE) {
                    return Err("what `make` does is not known".to_owned());
                }
                self.make(&words[1..], &directory, command.range()).map(|()| true)
            }
            _ => self.is_step(&words, &directory, command.range()),
        }
    }

    /// Whether the command makes the program, or puts it in its place.
    fn is_step(&mut self, words: &[&str], directory: &str, at: TextRange) -> Result<bool, String> {
        let is_product =
            |path: &str| self.work.made.as_ref().is_some_and(|product| joined(directory, path) == *product);
        match words {
            [compiler, rest @ ..] if FACTS.has("compiler", compiler) => {
                self.work.makes(joined(directory, compiled(rest)?), at)?;
                Ok(true)
            }
            ["cp" | "mv", from, to] | ["install", "-m", "755" | "0755", from, to] | ["install", "-m755", from, to]
                if is_product(from) =>
            {
                let to = joined(directory, to);
                let is_folder = is_folder_of_programs(&to);
                let name = if is_folder { from.rsplit('/').next().unwrap_or_default() } else { "" };
                self.work.place = joined(&to, name);
                Ok(true)
            }
            ["strip", path] => Ok(is_product(path)),
            _ => Ok(false),
        }
    }

    /// What `make` does, if its file is no more than rules with plain commands.
    fn make(&mut self, words: &[&str], directory: &str, at: TextRange) -> Result<(), String> {
        let text = files::texts(self.sole.cx, &[MAKEFILE]).ok_or("what `make` does is not known")?.remove(0);
        let rules = rules(&text)?;
        let mut targets = words.to_vec();
        if let Some(option) = targets.iter().find(|word| word.starts_with('-') || word.contains('=')) {
            return Err(format!("what `make` does with `{option}` is not known"));
        }
        if targets.is_empty() {
            let first = rules.iter().find(|rule| !rule.target.starts_with('.'));
            targets.extend(first.map(|rule| rule.target));
        }
        targets.iter().try_for_each(|target| self.make_target(target, &rules, directory, at))
    }

    fn make_target(&mut self, target: &str, rules: &[Rule<'_>], directory: &str, at: TextRange) -> Result<(), String> {
        let Some(rule) = rules.iter().find(|rule| rule.target == target) else { return Ok(()) };
        if self.work.targets.iter().any(|made| made == target) {
            return Ok(());
        }
        self.work.targets.push(target.to_owned());
        rule.needs.iter().try_for_each(|needed| self.make_target(needed, rules, directory, at))?;
        for line in &rule.commands {
            let words: Vec<_> = line.split_whitespace().collect();
            if !self.is_step(&words, directory, at)? {
                return Err(format!("what `make` does with `{line}` is not known"));
            }
        }
        Ok(())
    }
}

/// One rule of a Makefile.
struct Rule<'t> {
    target: &'t str,
    needs: Vec<&'t str>,
    commands: Vec<&'t str>,
}

/// The rules of a Makefile without variables, patterns and conditions.
fn rules(text: &str) -> Result<Vec<Rule<'_>>, String> {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some(sign) =
            line.chars().find(|sign| "$\\`'\"*?[]|;&<>%=(){}~!#".contains(*sign) && !is_option(line, *sign))
        {
            return Err(format!("what `make` does is not known: its file has `{sign}`"));
        }
        match (line.strip_prefix('\t'), rules.last_mut(), line.split_once(':')) {
            (Some(command), Some(rule), _) => rule.commands.push(command.trim_start_matches('@').trim()),
            (None, _, Some((target, needs))) if !target.trim().contains([' ', '\t']) && !needs.contains(':') => {
                rules.push(Rule {
                    target: target.trim(),
                    needs: needs.split_whitespace().collect(),
                    commands: Vec::new(),
                });
            }
            _ => return Err(format!("what `make` does is not known: its file has `{}`", line.trim())),
        }
    }
    Ok(rules)
}

/// Whether `=` only stands in options of a command.
fn is_option(line: &str, sign: char) -> bool {
    sign == '='
        && line.starts_with('\t')
        && line.split_whitespace().filter(|word| word.contains('=')).all(|word| word.starts_with('-'))
}

/// What the compiler makes, if it is a program that needs no library.
fn compiled<'w>(words: &[&'w str]) -> Result<&'w str, String> {
    let mut product = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let is_for_tools = ["-Wl,", "-Wa,", "-Wp,"].iter().any(|start| word.starts_with(start));
        match *word {
            "-o" if product.is_none() => product = rest.next().copied(),
            word if FACTS.has("option", word) => {}
            word if !is_for_tools && FACTS.of("start of an option").any(|start| word.starts_with(start)) => {}
            word if !word.starts_with('-') && c::is_code(word) => {}
            word => return Err(format!("what the compiler makes with `{word}` is not known")),
        }
    }
    if !words.contains(&"-static") {
        return Err("the program is linked to libraries of this image".to_owned());
    }
    match product {
        Some(path) if !path.ends_with(['/', '.']) => Ok(path),
        _ => Err("it does not say where it puts the program".to_owned()),
    }
}

/// That only what a build needs is installed.
fn packages(words: &[&str]) -> Result<(), String> {
    let rest = match words {
        ["apt" | "apt-get", rest @ ..] | ["apk", rest @ ..] => rest,
        _ => words,
    };
    let mut plain = rest.iter().filter(|word| !word.starts_with('-'));
    match plain.next() {
        Some(&("update" | "clean")) => Ok(()),
        Some(&("install" | "add")) => match plain.find(|package| !FACTS.has("package of a build", package)) {
            Some(package) => Err(format!("the program may need the package `{package}`")),
            None => Ok(()),
        },
        _ => Err(format!("`{}` may change more than is needed to build", words.join(" "))),
    }
}
