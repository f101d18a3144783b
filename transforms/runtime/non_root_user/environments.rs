//! Where tools keep what a program needs of them when it starts: in the home of root, no other user finds it.

use super::FACTS;
use crate::rewrite::Context;
use crate::semantics::Base;
use crate::syntax::Keyword;

/// Where poetry installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Environment {
    /// In the home of root.
    Home,
    /// In `.venv`, where every user of poetry looks first.
    Project,
    /// Beside Python. Whether poetry knows when it starts is in the settings of root, or in a variable.
    Shared { is_known_to_all: bool },
}

/// That `program`, which starts another, finds what the build has brought it.
///
/// # Errors
/// That it lies in the home of root.
pub(super) fn at_start(cx: &Context<'_>, stage: usize, program: &str) -> Result<(), String> {
    let is_found = match program {
        "poetry" => matches!(poetry(cx, stage), Environment::Project | Environment::Shared { is_known_to_all: true }),
        _ if FACTS.has("program that corepack brings", program) => !runs(cx, stage, "corepack"),
        _ => true,
    };
    if is_found { Ok(()) } else { Err(format!("what `{program}` needs lies in the home of root")) }
}

/// That `poetry install` brings packages to where every user finds them.
pub(super) fn is_shared(cx: &Context<'_>, stage: usize) -> bool {
    poetry(cx, stage) != Environment::Home
}

fn poetry(cx: &Context<'_>, stage: usize) -> Environment {
    let is_set = |name: &str, values: &[&str]| variable(cx, stage, name).is_some_and(|value| values.contains(&value));
    if is_set("POETRY_VIRTUALENVS_IN_PROJECT", &["1", "true"]) {
        return Environment::Project;
    }
    if is_set("POETRY_VIRTUALENVS_CREATE", &["0", "false"]) {
        return Environment::Shared { is_known_to_all: true };
    }
    let says = |setting: &str, value: &str| {
        let runs = stages(cx, stage).into_iter().flat_map(|stage| cx.build.runs_of(stage));
        runs.flat_map(|run| {
            run.commands()
                .into_iter()
                .map(|command| {
                    command.name() == Some("poetry") && {
                        let arguments: Vec<_> =
                            command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
                        let arguments: Vec<_> = arguments.into_iter().filter(|word| !word.starts_with('-')).collect();
                        arguments.first() == Some(&"config") && arguments.get(1..) == Some(&[setting, value])
                    }
                })
                .collect::<Vec<_>>()
        })
        .any(|says| says)
    };
    if says("virtualenvs.in-project", "true") {
        return Environment::Project;
    }
    if says("virtualenvs.create", "false") {
        return Environment::Shared { is_known_to_all: false };
    }
    Environment::Home
}

/// The stage and those that it is based on.
pub(super) fn stages(cx: &Context<'_>, stage: usize) -> Vec<usize> {
    let mut stages = vec![stage];
    while let Base::Stage(base) = cx.build.stages[stages[stages.len() - 1]].base {
        stages.push(base);
    }
    stages
}

fn runs(cx: &Context<'_>, stage: usize, program: &str) -> bool {
    let mut runs = stages(cx, stage).into_iter().flat_map(|stage| cx.build.runs_of(stage));
    runs.any(|run| run.script.is_err() || run.commands().iter().any(|command| command.name() == Some(program)))
}

/// The value that ENV gives to a variable.
fn variable<'f>(cx: &Context<'f>, stage: usize, name: &str) -> Option<&'f str> {
    stages(cx, stage).into_iter().find_map(|stage| {
        let instructions = cx.build.stages[stage].instructions.iter().rev().copied();
        let mut pairs = instructions
            .filter(|instruction| instruction.keyword() == Keyword::Env)
            .flat_map(|instruction| instruction.arguments().pairs().iter().rev());
        pairs.find(|pair| pair.key.text == name).map(|pair| pair.value.text.trim_matches(['"', '\'']))
    })
}
