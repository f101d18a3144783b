//! When a stage on an image of a JDK does only what it does just so on Eclipse Temurin's image of the same release.

use crate::rewrite::Context;
use crate::semantics::{Base, Run};
use crate::syntax::shell::{self, Dialect};
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::TextRange;

/// Places where other images have the JDK, and the variable that says so.
const PLACES: &[&str] = &[
    "JAVA_HOME",
    "JAVA_VERSION",
    "JAVA_DEBIAN_VERSION",
    "JAVA_ALPINE_VERSION",
    "/usr/lib/jvm",
    "/usr/local/openjdk",
    "/usr/java/",
    "/docker-java-home",
    "/opt/java",
];

/// Programs that are in all of these images and take the same arguments there.
const PROGRAMS: &[&str] = &[
    "[", "cat", "cd", "chmod", "cp", "date", "echo", "exec", "exit", "export", "false", "jar", "java", "javac", "ln",
    "ls", "mkdir", "mv", "printf", "pwd", "rm", "set", "sleep", "test", "touch", "true", "unset",
];

/// Programs of Alpine that are the same in each of its releases.
const PROGRAMS_OF_ALPINE: &[&str] = &["addgroup", "adduser", "chgrp", "chown"];

/// Instructions that mean the same whatever the image.
const ANYWHERE: &[Keyword] = &[
    Keyword::Add,
    Keyword::Arg,
    Keyword::Copy,
    Keyword::Env,
    Keyword::Expose,
    Keyword::Label,
    Keyword::Maintainer,
    Keyword::Stopsignal,
    Keyword::Volume,
    Keyword::Workdir,
];

/// The first thing in stage `stage`, or in one based on it, that may find something else on the other image.
pub(super) fn obstacle(cx: &Context<'_>, stage: usize, is_alpine: bool) -> Option<(TextRange, String)> {
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
    let found = instructions.clone().find_map(|instruction| wrong(instruction));
    let may_be_based = stages.clone().any(|base| build.stages.iter().any(|stage| stage.possible_bases.contains(&base)));
    found.or_else(|| {
        let starts_program = |stage: usize| {
            let starts = |keyword| build.stages[stage].instructions.iter().any(|other| other.keyword() == keyword);
            starts(Keyword::Cmd) || starts(Keyword::Entrypoint)
        };
        let is_lent = |stage: usize| !build.stages[stage].exported;
        let lone = stages.clone().find(|&other| {
            let is_base = build.stages.iter().any(|stage| stage.base == Base::Stage(other));
            !is_base && !is_lent(other) && !starts_program(other) && !starts_program(stage)
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
    let find = |place: &&'static str| {
        let at = source.windows(place.len()).position(|window| window == place.as_bytes())?;
        Some((TextRange::new(at, at + place.len()), *place))
    };
    PLACES.iter().find_map(find)
}

fn instruction_obstacle(cx: &Context<'_>, instruction: &Instruction, is_alpine: bool) -> Option<String> {
    let keyword = instruction.keyword();
    match keyword {
        _ if ANYWHERE.contains(&keyword) => None,
        Keyword::Run => {
            let run = cx.build.runs.iter().find(|run| run.instruction.range == instruction.range)?;
            run_obstacle(run, is_alpine)
        }
        Keyword::Cmd | Keyword::Entrypoint => start_obstacle(instruction.arguments(), is_alpine),
        Keyword::Healthcheck => match instruction.arguments() {
            Arguments::Healthcheck { kind, .. } if kind.text.eq_ignore_ascii_case("none") => None,
            Arguments::Healthcheck { command, .. } => start_obstacle(command, is_alpine),
            _ => Some("what it runs cannot be read".to_owned()),
        },
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
    run.commands().iter().find_map(|command| program_obstacle(command.name(), is_alpine))
}

/// What CMD, ENTRYPOINT or a health check starts.
fn start_obstacle(arguments: &Arguments, is_alpine: bool) -> Option<String> {
    match arguments {
        Arguments::Json(strings) => {
            let words: Vec<_> = strings.iter().map(|string| string.value.as_str()).collect();
            match words.as_slice() {
                [] => None,
                ["sh" | "/bin/sh", "-c", script, ..] => script_obstacle(script, is_alpine),
                // What CMD adds to an ENTRYPOINT.
                [option, ..] if option.starts_with('-') => None,
                [program, ..] => program_obstacle(Some(program.rsplit('/').next().unwrap_or(program)), is_alpine),
            }
        }
        Arguments::Text(text) => script_obstacle(&text.text, is_alpine),
        _ => Some("what it starts cannot be read".to_owned()),
    }
}

fn script_obstacle(script: &str, is_alpine: bool) -> Option<String> {
    let Ok(script) = shell::parse(script, Dialect::Posix) else {
        return Some("what it starts cannot be read".to_owned());
    };
    let commands = script.commands();
    let mut programs = commands.iter().map(|visit| match &visit.command.kind {
        shell::CommandKind::Simple(simple) => {
            let words = simple.words.iter().map(|word| word.literal.as_deref());
            // `exec java` starts java.
            let mut words = words.skip_while(|word| *word == Some("exec"));
            words.next().flatten().map(|name| name.rsplit('/').next().unwrap_or(name).to_owned())
        }
        _ => None,
    });
    programs.find_map(|program| program_obstacle(program.as_deref(), is_alpine))
}

fn program_obstacle(program: Option<&str>, is_alpine: bool) -> Option<String> {
    match program {
        Some(program) if PROGRAMS.contains(&program) => None,
        Some(program) if is_alpine && PROGRAMS_OF_ALPINE.contains(&program) => None,
        Some(program) => Some(format!("`{program}` may not be there, or be another one")),
        None => Some("what it starts is only known when it runs".to_owned()),
    }
}
