//! When a stage on an image of a JDK does only what it does just so on Eclipse Temurin's image of the same release.

use super::FACTS;
use crate::rewrite::{Context, Obstacle};
use crate::semantics::commands::Command;
use crate::semantics::{Base, By, Origin, Part, Run};
use crate::syntax::shell::{self, Dialect};
use crate::syntax::{Instruction, Keyword};
use crate::text::TextRange;

/// Instructions that mean the same whatever the image.
const ANYWHERE: &[Keyword] = &[
    Keyword::Add,
    Keyword::Arg,
    Keyword::Copy,
    Keyword::Expose,
    Keyword::Label,
    Keyword::Maintainer,
    Keyword::Stopsignal,
    Keyword::Workdir,
];

/// The first thing in stage `stage`, or in one based on it, that may find something else on the other image.
pub(super) fn obstacle(cx: &Context<'_>, stage: usize, is_alpine: bool) -> Option<Obstacle> {
    if let Some((range, place)) = place(cx) {
        return Some((range, format!("`{place}` is elsewhere in the image that took its place")));
    }
    let build = cx.build;
    let stages = (0..build.stages.len()).filter(|&other| other == stage || build.is_based_on(other, stage));
    let instructions = stages.clone().flat_map(|stage| &build.stages[stage].instructions);
    let wrong = |instruction: &Instruction| {
        let because = instruction_obstacle(cx, instruction, is_alpine)?;
        Some((instruction.text_range(), because))
    };
    let found = instructions.clone().find_map(|instruction| wrong(instruction)).or_else(|| lent(cx, &stages));
    let may_be_based = stages.clone().any(|base| build.stages.iter().any(|stage| stage.possible_bases.contains(&base)));
    found.or_else(|| {
        let starts_program = |stage: usize| build.start(stage).shown().is_some();
        let is_lent = |stage: usize| !build.stages[stage].exported;
        let lone = stages.clone().find(|&other| {
            let is_base = build.stages.iter().any(|stage| stage.base == Base::Stage(other));
            !is_base && !is_lent(other) && !starts_program(other)
        });
        let lone =
            lone.map(|stage| (build.stages[stage].from.text_range(), "nothing here says what it starts".to_owned()));
        let unsure = (build.stages[stage].from.text_range(), "a variable may base other stages on it".to_owned());
        lone.or(may_be_based.then_some(unsure))
    })
}

/// Where the file names a place in the old image.
fn place(cx: &Context<'_>) -> Option<(TextRange, &'static str)> {
    let source = cx.file.source();
    let find = |place: &'static str| {
        let at = memchr::memmem::find(source, place.as_bytes())?;
        Some((TextRange::new(at, at + place.len()), place))
    };
    let first = |about| FACTS.of(about).filter_map(find).min_by_key(|(range, _)| range.start());
    first("variable about a JDK").or_else(|| first("place of a JDK"))
}

/// Where another stage takes something of the distribution from one of `stages`.
fn lent(cx: &Context<'_>, stages: &(impl Iterator<Item = usize> + Clone)) -> Option<Obstacle> {
    let is_one = |from: Origin| match from {
        Origin::Stage(lender) => stages.clone().any(|stage| stage == lender),
        Origin::Unknown => true,
        Origin::Context | Origin::Elsewhere => false,
    };
    cx.build.lent().filter(|copied| is_one(copied.from)).find_map(|copied| {
        let because = if copied.by == By::Mount {
            format!("a mount shows all of `{}`", copied.lender.unwrap_or_default())
        } else {
            let mut sources = copied.sources.iter().map(|source| &source.value);
            let value = sources.find(|value| is_of_the_system(&format!("/{}", value.text)))?;
            format!("`{}` may be another one there", value.written)
        };
        Some((copied.instruction.text_range(), because))
    })
}

/// Whether what is at `path`, if it is absolute, is the distribution's, or may be.
fn is_of_the_system(path: &str) -> bool {
    if !path.starts_with('/') {
        return false;
    }
    let mut folders = path.split('/').filter(|folder| !matches!(*folder, "" | "."));
    let is_unknown = |folder: &str| folder.contains(['$', '*', '?', '[']) || folder == "..";
    match (folders.next(), folders.next()) {
        (None, _) => true,
        (Some("usr"), folder) => folder.is_none_or(|folder| !FACTS.has("folder in /usr of no distribution", folder)),
        (Some("opt" | "var"), folder) => folder.is_none_or(is_unknown),
        (Some(folder), _) => FACTS.has("folder of a distribution", folder) || is_unknown(folder),
    }
}

/// What an ENV says that wins over, or loses against, what the image itself says.
fn variable_obstacle(instruction: &Instruction) -> Option<String> {
    instruction.arguments().pairs().iter().find_map(|pair| {
        let (name, value) = (pair.key.text.as_str(), pair.value.text.as_str());
        let keeps = value.contains("$PATH") || value.contains("${PATH}");
        match name {
            "PATH" if !keeps => Some("`PATH` would not find its `java`".to_owned()),
            "LC_ALL" => None,
            _ if name.starts_with("LC_") || matches!(name, "LANG" | "LANGUAGE") => {
                Some(format!("that image sets `LC_ALL`, which wins over `{name}`"))
            }
            _ => None,
        }
    })
}

/// The first of `words`, program and arguments, that is a place in the distribution.
fn operand_obstacle<'w>(mut words: impl Iterator<Item = &'w str>) -> Option<String> {
    let program = words.next()?;
    if FACTS.has("needs nothing of what it names", program) {
        return None;
    }
    let found = words.map(|word| word.trim_matches(['"', '\''])).find(|word| is_of_the_system(word))?;
    Some(format!("`{found}` may be another one there"))
}

fn instruction_obstacle(cx: &Context<'_>, instruction: &Instruction, is_alpine: bool) -> Option<String> {
    let keyword = instruction.keyword();
    match keyword {
        Keyword::Env => variable_obstacle(instruction),
        Keyword::Volume => {
            let hides = |path: &&str| path.trim_end_matches('/') == "/opt";
            instruction
                .arguments()
                .list()
                .iter()
                .any(hides)
                .then(|| "what is mounted over `/opt` hides its `java`".to_owned())
        }
        _ if ANYWHERE.contains(&keyword) => None,
        Keyword::Run => {
            let run = cx.build.run_of(instruction)?;
            run_obstacle(run, is_alpine)
        }
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck => {
            start_obstacle(&cx.build.part(instruction)?, is_alpine)
        }
        Keyword::User => {
            let user = instruction.arguments().list().concat();
            let is_known =
                is_alpine || user == "root" || user.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
            (!is_known).then(|| format!("the user `{user}` may be another one there"))
        }
        _ => Some(format!("{} may need something that is not there", keyword.name())),
    }
}

fn run_obstacle(run: &Run<'_>, is_alpine: bool) -> Option<String> {
    if let Err(because) = &run.script {
        return Some(format!("what it runs cannot be read: {because}"));
    }
    let commands = run.commands();
    let operands =
        |command: &Command<'_>| operand_obstacle(command.words().iter().map(|word| command.text(word.range)));
    commands.iter().find_map(|command| program_obstacle(command.name(), is_alpine).or_else(|| operands(command)))
}

/// What CMD, ENTRYPOINT or a health check starts.
fn start_obstacle(part: &Part<'_>, is_alpine: bool) -> Option<String> {
    if let Some(script) = part.script() {
        let shell =
            part.is_exec().then(|| part.pieces().next()).flatten().filter(|shell| !matches!(*shell, "sh" | "/bin/sh"));
        let of_shell = shell.and_then(|shell| program_obstacle(Some(shell), is_alpine));
        return of_shell.or_else(|| script_obstacle(script, is_alpine));
    }
    let Ok(line) = part.line() else { return Some("what it starts cannot be read".to_owned()) };
    match line.words.first().map(|word| word.text.as_str()) {
        None => None,
        // What CMD adds to an ENTRYPOINT.
        Some(option) if option.starts_with('-') => None,
        Some(program) => program_obstacle(Some(program.rsplit('/').next().unwrap_or(program)), is_alpine),
    }
}

fn script_obstacle(text: &str, is_alpine: bool) -> Option<String> {
    let Ok(script) = shell::parse(text, Dialect::Posix) else {
        return Some("what it starts cannot be read".to_owned());
    };
    let commands = script.commands();
    commands.iter().find_map(|visit| {
        let shell::CommandKind::Simple(simple) = &visit.command.kind else { return None };
        // `exec java` starts java.
        let mut words = simple.words.iter().skip_while(|word| word.is("exec")).peekable();
        let program = words.peek().and_then(|word| word.literal.as_deref());
        let program = program.map(|name| name.rsplit('/').next().unwrap_or(name));
        program_obstacle(program, is_alpine).or_else(|| operand_obstacle(words.map(|word| &text[word.range])))
    })
}

fn program_obstacle(program: Option<&str>, is_alpine: bool) -> Option<String> {
    match program {
        Some(program) if FACTS.has("same on every image of a JDK", program) => None,
        Some(program) if is_alpine && FACTS.has("same on every Alpine", program) => None,
        Some(program) => Some(format!("`{program}` may not be there, or be another one")),
        None => Some("what it starts is only known when it runs".to_owned()),
    }
}
