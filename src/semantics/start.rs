//! What a container starts: ENTRYPOINT, CMD and HEALTHCHECK as words, with or without a shell in between.
//!
//! The words are those of the Dockerfile. What `npm start` or a script of the build context starts in turn is found by those who know the context.

use super::build::Build;
use super::process::Shell;
use super::stages::Base;
use crate::known::COMMANDS;
use crate::syntax::shell::{self, CommandKind, Dialect, Simple};
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::TextRange;

/// What a container of a stage starts.
#[derive(Debug)]
pub struct Start<'f> {
    /// The ENTRYPOINT in force.
    pub entrypoint: Option<Part<'f>>,
    /// The CMD in force.
    pub command: Option<Part<'f>>,
}

/// An ENTRYPOINT, a CMD or a HEALTHCHECK.
#[derive(Clone, Debug)]
pub struct Part<'f> {
    pub instruction: &'f Instruction,
    pub stage: usize,
    arguments: &'f Arguments,
    /// The shell that reads its shell form.
    shell: Shell,
    is_on_windows: bool,
}

/// A command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub words: Vec<StartWord>,
    /// Whether a shell reads the words and starts the program.
    pub is_in_shell: bool,
}

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartWord {
    /// What the program gets; as written if only the shell can say.
    pub text: String,
    pub is_known: bool,
    /// Where it stands in the file.
    pub range: TextRange,
}

/// Where something cannot be read, and why.
type Unread = (TextRange, String);

impl<'f> Start<'f> {
    /// The instruction that says which program is started; `None` if only the base image does.
    #[must_use]
    pub fn shown(&self) -> Option<&Part<'f>> {
        self.entrypoint.as_ref().or(self.command.as_ref())
    }

    /// The parts in force, ENTRYPOINT first.
    pub fn parts(&self) -> impl Iterator<Item = &Part<'f>> {
        self.entrypoint.iter().chain(&self.command)
    }

    /// The whole command line, that of CMD behind that of ENTRYPOINT; empty if only the base image says what is started.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn line(&self) -> Result<Line, Unread> {
        let read = |part: &Part<'_>| part.line().map_err(|because| (part.instruction.text_range(), because));
        let (entrypoint, command) = match (&self.entrypoint, &self.command) {
            (None, None) => return Ok(Line::default()),
            (Some(part), None) | (None, Some(part)) => return read(part),
            (Some(entrypoint), Some(command)) => (entrypoint, command),
        };
        if let Some(script) = entrypoint.script() {
            // The shell gets what CMD says, and hands on what its script names.
            let is_used = entrypoint.is_exec() && script.contains('$');
            let because = "its shell may hand on what CMD says".to_owned();
            return if is_used { Err((entrypoint.instruction.text_range(), because)) } else { read(entrypoint) };
        }
        let mut line = read(entrypoint)?;
        line.words.extend(command.arguments_behind().map_err(|because| (command.instruction.text_range(), because))?);
        Ok(line)
    }
}

impl<'f> Part<'f> {
    /// Whether it is in exec form.
    #[must_use]
    pub fn is_exec(&self) -> bool {
        self.arguments.is_json()
    }

    /// Whether a SHELL of the file, or Windows, decides how its shell form is read.
    #[must_use]
    pub fn has_other_shell(&self) -> bool {
        self.is_on_windows || self.shell != Shell::default()
    }

    /// The text that a shell reads: the shell form, or the script of `["sh", "-c", …]`.
    #[must_use]
    pub fn script(&self) -> Option<&'f str> {
        if let Arguments::Text(text) = self.arguments {
            return Some(&text.text);
        }
        match self.arguments.exec_form()? {
            [shell, option, script] if is_shell(&shell.value) && option.value == "-c" => Some(&script.value),
            _ => None,
        }
    }

    /// The words between blanks of all that it says, whatever they mean.
    pub fn pieces(&self) -> impl Iterator<Item = &'f str> {
        self.arguments.list().into_iter().flat_map(str::split_whitespace)
    }

    /// The words of the exec form, or of the one simple command that its shell is to run.
    ///
    /// # Errors
    /// Why there are none that can be read.
    pub fn line(&self) -> Result<Line, String> {
        let place = |range| self.instruction.source_range(range);
        match (self.script(), self.arguments) {
            (Some(script), Arguments::Text(text)) => {
                if self.is_on_windows {
                    return Err("it runs on Windows".to_owned());
                }
                let dialect = self.shell.dialect().ok_or("its SHELL is no Unix shell")?;
                in_shell(script, dialect, |range| place(range.shift(text.range.start())))
            }
            (Some(script), _) => {
                let [.., last] = self.arguments.exec_form().unwrap_or_default() else { return Ok(Line::default()) };
                in_shell(script, Dialect::Posix, |_| place(last.range))
            }
            (None, Arguments::Json(strings)) => {
                let words = strings.iter().map(|string| StartWord {
                    text: string.value.clone(),
                    is_known: true,
                    range: place(string.range),
                });
                Ok(Line { words: words.collect(), is_in_shell: false })
            }
            (None, _) => Err("what it starts cannot be read".to_owned()),
        }
    }

    /// What it adds to an ENTRYPOINT in exec form, which gets a shell form as a shell with its text.
    fn arguments_behind(&self) -> Result<Vec<StartWord>, String> {
        let Arguments::Text(text) = self.arguments else {
            let strings = self.arguments.exec_form().ok_or("what it starts cannot be read")?.iter();
            let word = |range, text: &str| StartWord { text: text.to_owned(), is_known: true, range };
            return Ok(strings
                .map(|string| word(self.instruction.source_range(string.range), &string.value))
                .collect());
        };
        if self.has_other_shell() {
            return Err("another shell than `/bin/sh` reads it".to_owned());
        }
        let range = self.instruction.source_range(text.range);
        let words = ["/bin/sh", "-c", &text.text];
        Ok(words.map(|text| StartWord { text: text.to_owned(), is_known: true, range }).into())
    }
}

/// Whether a word is a Unix shell.
#[must_use]
pub fn is_shell(word: &str) -> bool {
    COMMANDS.has(word.rsplit('/').next().unwrap_or(word), "is a shell")
}

/// The words of the one simple command that `script` is; `place` says where a range of it stands in the file.
///
/// # Errors
/// What else the script is.
pub fn in_shell(script: &str, dialect: Dialect, place: impl Fn(TextRange) -> TextRange) -> Result<Line, String> {
    let tree = shell::parse(script, dialect).map_err(|_| "what it starts cannot be read".to_owned())?;
    let [visit] = tree.commands() else { return Err("it starts several commands".to_owned()) };
    let CommandKind::Simple(simple) = &visit.command.kind else {
        return Err("what it starts depends on what happens".to_owned());
    };
    let is_plain = simple.assignments.is_empty() && visit.command.redirects.is_empty();
    let item = tree.body.items.first().filter(|item| !item.in_background());
    let is_negated = item.is_none_or(|item| item.and_or.pipelines().any(|pipeline| pipeline.negation.is_some()));
    if !visit.is_top_level() || !is_plain || is_negated {
        return Err("it starts more than a program with arguments".to_owned());
    }
    Ok(Line { words: words_of(simple, script, place), is_in_shell: true })
}

/// The words of `simple`, a command of `script`, which `exec` may start.
pub fn words_of(simple: &Simple, script: &str, place: impl Fn(TextRange) -> TextRange) -> Vec<StartWord> {
    let words = simple.words.iter().map(|word| {
        let text = word.literal.as_deref().unwrap_or(&script[word.range]);
        StartWord { text: text.to_owned(), is_known: word.literal.is_some(), range: place(word.range) }
    });
    words.skip_while(|word| word.text == "exec").collect()
}

impl<'f> Build<'f> {
    /// What a container of stage `stage` starts, by it and the stages that it is based on.
    #[must_use]
    pub fn start(&self, stage: usize) -> Start<'f> {
        let mut stages = vec![stage];
        while let Base::Stage(base) = self.stages[stages[stages.len() - 1]].base {
            stages.push(base);
        }
        let mut start = Start { entrypoint: None, command: None };
        for stage in stages.into_iter().rev() {
            let last = |keyword| {
                let mut all = self.stages[stage].instructions.iter().rev().copied();
                all.find(|instruction| instruction.keyword() == keyword).and_then(|last| self.part(last))
            };
            let (entrypoint, command) = (last(Keyword::Entrypoint), last(Keyword::Cmd));
            // An ENTRYPOINT sets back the CMD of the base (`dispatchEntrypoint`).
            if entrypoint.is_some() || command.is_some() {
                start.command = command.or(start.command.filter(|_| entrypoint.is_none()));
            }
            start.entrypoint = entrypoint.or(start.entrypoint);
        }
        start
    }

    /// Every CMD, ENTRYPOINT and HEALTHCHECK of stage `stage`, those included that a later one replaces; without `HEALTHCHECK NONE`.
    pub fn parts_of(&self, stage: usize) -> impl Iterator<Item = Part<'f>> {
        self.stages[stage].instructions.iter().filter_map(move |instruction| self.part(instruction))
    }

    /// The CMD, ENTRYPOINT or HEALTHCHECK that `instruction` is.
    #[must_use]
    pub fn part(&self, instruction: &'f Instruction) -> Option<Part<'f>> {
        let arguments = match (instruction.keyword(), instruction.arguments()) {
            (Keyword::Cmd | Keyword::Entrypoint, arguments) => arguments,
            (Keyword::Healthcheck, Arguments::Healthcheck { kind, .. }) if kind.text.eq_ignore_ascii_case("none") => {
                return None;
            }
            (Keyword::Healthcheck, Arguments::Healthcheck { command, .. }) => command,
            (Keyword::Healthcheck, arguments) => arguments,
            _ => return None,
        };
        let stage = self.stage_with(instruction);
        let shell = self.shell_at(stage, instruction);
        Some(Part { instruction, stage, arguments, shell, is_on_windows: self.is_on_windows(stage) })
    }

    /// The instructions of stage `stage` that a later one of the same keyword replaces.
    pub fn replaced(&self, stage: usize, keyword: Keyword) -> impl Iterator<Item = &'f Instruction> {
        let all = &self.stages[stage].instructions;
        let is_one = move |instruction: &&Instruction| instruction.keyword() == keyword;
        let last = all.iter().rposition(|other| other.keyword() == keyword).unwrap_or_default();
        all[..last].iter().copied().filter(is_one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Dockerfile;

    /// What the last stage starts, or why that cannot be read.
    fn started(text: &str) -> String {
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        let start = build.start(build.stages.len() - 1);
        let line = match start.line() {
            Ok(line) => line,
            Err((_, because)) => return because,
        };
        let words: Vec<_> = line.words.iter().map(|word| word.text.as_str()).collect();
        let unknown = line.words.iter().filter(|word| !word.is_known).count();
        let shell = if line.is_in_shell { " in a shell" } else { "" };
        format!("{words:?}{shell}{}", if unknown > 0 { ", not all known" } else { "" })
    }

    #[test]
    fn the_last_of_a_stage_and_of_its_bases_counts() {
        for (text, read) in [
            ("FROM a\n", "[]"),
            ("FROM a\nCMD [\"a\"]\nCMD [\"b\", \"c d\"]\n", "[\"b\", \"c d\"]"),
            ("FROM a\nCMD [\"b\"]\nENTRYPOINT [\"a\"]\n", "[\"a\", \"b\"]"),
            ("FROM a AS one\nCMD [\"b\"]\nFROM one\n", "[\"b\"]"),
            ("FROM a AS one\nCMD [\"b\"]\nFROM one\nENTRYPOINT [\"a\"]\n", "[\"a\"]"),
            ("FROM a AS one\nENTRYPOINT [\"a\"]\nFROM one\nCMD [\"b\"]\n", "[\"a\", \"b\"]"),
            ("FROM a AS one\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\nFROM one\nRUN true\n", "[\"a\", \"b\"]"),
            ("FROM a\nENTRYPOINT []\nCMD [\"b\"]\n", "[\"b\"]"),
        ] {
            assert_eq!(started(text), read, "{text}");
        }
    }

    #[test]
    fn a_shell_form_of_one_simple_command_is_read() {
        for (line, read) in [
            ("CMD exec node \"my app.js\"", "[\"node\", \"my app.js\"] in a shell"),
            ("CMD [\"/bin/bash\", \"-c\", \"exec node a.js\"]", "[\"node\", \"a.js\"] in a shell"),
            (
                "CMD java $JAVA_OPTS -jar a.jar",
                "[\"java\", \"$JAVA_OPTS\", \"-jar\", \"a.jar\"] in a shell, not all known",
            ),
            ("CMD a && b", "it starts several commands"),
            ("CMD a > b", "it starts more than a program with arguments"),
            ("CMD A=1 b", "it starts more than a program with arguments"),
            ("CMD a &", "it starts more than a program with arguments"),
            ("CMD (a)", "it starts several commands"),
            ("CMD a \"", "what it starts cannot be read"),
            ("SHELL [\"pwsh\", \"-c\"]\nCMD a", "its SHELL is no Unix shell"),
            ("SHELL [\"pwsh\", \"-c\"]\nFROM 0\nCMD a", "[\"a\"] in a shell"),
            ("AS b\nSHELL [\"pwsh\", \"-c\"]\nFROM y\nFROM b\nCMD a", "its SHELL is no Unix shell"),
        ] {
            let text = if line.starts_with("AS") { format!("FROM x {line}\n") } else { format!("FROM x\n{line}\n") };
            assert_eq!(started(&text), read, "{line}");
        }
        assert_eq!(started("FROM mcr.microsoft.com/windows/nanoserver:1\nCMD a\n"), "it runs on Windows");
    }

    #[test]
    fn an_entrypoint_gets_cmd_only_in_exec_form() {
        for (lines, read) in [
            ("ENTRYPOINT a b\nCMD [\"c\"]", "[\"a\", \"b\"] in a shell"),
            ("ENTRYPOINT [\"a\"]\nCMD b c", "[\"a\", \"/bin/sh\", \"-c\", \"b c\"]"),
            ("ENTRYPOINT [\"sh\", \"-c\", \"a\"]\nCMD [\"b\"]", "[\"a\"] in a shell"),
            ("ENTRYPOINT [\"sh\", \"-c\", \"a $0\"]\nCMD [\"b\"]", "its shell may hand on what CMD says"),
        ] {
            assert_eq!(started(&format!("FROM x\n{lines}\n")), read, "{lines}");
        }
    }

    #[test]
    fn words_have_their_places() {
        let text = "FROM a\nCMD exec  node \\\n  'a b'\n";
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        let line = build.start(0).line().unwrap();
        let places: Vec<_> = line.words.iter().map(|word| &text[word.range]).collect();
        assert_eq!(places, ["node", "'a b'"]);
    }
}
