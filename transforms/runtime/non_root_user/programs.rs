//! Whether the programs that a container starts are known to need nothing that root alone has.

use super::ownership::Ownership;
use super::starts::{Start, name_of};
use super::{FACTS, PROGRAMS, signs};
use crate::bases::around::Kept;
use crate::ecosystems::{self, Ecosystem};
use crate::rewrite::{Context, Obstacle};
use crate::semantics::{Base, Origin, joined};
use crate::syntax::ImageReference;

/// What is known of a program besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// That it listens, or waits for work.
    Service,
    Nothing,
}

/// Whether the program is known to work for any user, with what it is given.
///
/// # Errors
/// Why that is not known.
pub(super) fn needs_no_root(
    cx: &Context<'_>,
    start: &Start<'_>,
    ownership: &Ownership<'_>,
    known: Known,
) -> Result<(), Obstacle> {
    let wrong = |because: String| (start.range, because);
    program(cx, &start.words, ownership, known).map_err(wrong)?;
    for line in &start.others {
        if !is_step(cx, line, ownership) {
            program(cx, line, ownership, known).map_err(wrong)?;
        }
    }
    let mut own = ownership.copied.iter().map(|copied| copied.destination.clone()).collect::<Vec<_>>();
    own.extend(ownership.folder.clone());
    for line in start.lines() {
        arguments(line, &own).map_err(wrong)?;
    }
    Ok(())
}

/// That `words` name no place and no port for root alone.
fn arguments(words: &[String], own: &[String]) -> Result<(), String> {
    let is_of_gunicorn = words.iter().any(|word| word.ends_with("gunicorn"));
    for (before, word) in words.iter().zip(words.iter().skip(1)) {
        if is_of_gunicorn && (word.starts_with("-u") || word.starts_with("-g")) {
            return Err(format!("`{word}` says as whom it runs"));
        }
        if let Some(port) = signs::low_port(word).filter(|_| !signs::is_about_amounts(before)) {
            return Err(format!("port {port} may be for root alone"));
        }
        if FACTS.sign("part of an option with a place or a user", word).is_some() {
            return Err(format!("`{word}` says where it writes, or as whom"));
        }
        if let Some(because) = signs::outside(word, own) {
            return Err(because);
        }
    }
    Ok(())
}

/// The ecosystem of the service that `words` start, as a table has it.
pub(super) fn service_of(words: &[String]) -> Option<&'static Ecosystem> {
    begins_with(words, "service")
}

/// Whether `words` do something once before a program starts, as whoever it is that starts it.
pub(super) fn is_step(cx: &Context<'_>, words: &[String], ownership: &Ownership<'_>) -> bool {
    begins_with(words, "step").is_some()
        || words.first().is_some_and(|path| FACTS.has("command of a harmless script", name_of(path)))
        || words.first().is_some_and(|path| is_compiled(cx, path, ownership))
}

/// Whether `words` begin with those of `lead`, whatever folder the program is in.
pub(super) fn begins(words: &[String], lead: &str) -> bool {
    begin(words.iter().enumerate().map(|(at, word)| if at == 0 { name_of(word) } else { word }), lead)
}

/// Whether `words` begin with those of `lead`.
pub(super) fn begin<'w>(mut words: impl Iterator<Item = &'w str>, lead: &str) -> bool {
    lead.split(' ').all(|wanted| words.next() == Some(wanted))
}

/// The ecosystem for which the table has the words that `words` begin with.
fn begins_with(words: &[String], kind: &str) -> Option<&'static Ecosystem> {
    let (path, arguments) = words.split_first()?;
    let name = if name_of(path) == "python3" { "python" } else { name_of(path) };
    // Of `python -u manage.py runserver` the option says nothing.
    let is_said = |word: &&String| !FACTS.has("option of an interpreter", word);
    let line = std::iter::once("").chain(arguments.iter().filter(is_said).map(String::as_str));
    let mut key = format!("{kind} of ");
    let start = key.len();
    ecosystems::ALL.iter().copied().find(|ecosystem| {
        key.truncate(start);
        key.push_str(ecosystem.name);
        FACTS.known(&key).that(name).any(|rest| begin(line.clone(), rest))
    })
}

fn program(cx: &Context<'_>, words: &[String], ownership: &Ownership<'_>, known: Known) -> Result<(), String> {
    let [path, arguments @ ..] = words else { return Err("it starts a shell".to_owned()) };
    let name = name_of(path);
    if service_of(words).is_some() {
        return Ok(());
    }
    if let Some(because) = PROGRAMS.get(name) {
        return Err(format!("`{name}` {because}"));
    }
    let is_known_to = |what: bool| {
        if what { Ok(()) } else { Err(format!("what `{}` writes, and where, is not known", words.join(" "))) }
    };
    let is_of_service = |file: &str| known == Known::Service || is_of_service(file);
    let is_file = |kind: &str| {
        script_of(arguments).is_some_and(|file| {
            let has_ending = FACTS.of(kind).any(|ending| file.ends_with(ending));
            let is_of_node = kind.ends_with("Node.js") && known == Known::Service && !name_of(file).contains('.');
            (has_ending || is_of_node) && is_of_service(file)
        })
    };
    match name {
        "java" => {
            let jar = arguments.iter().position(|word| word == "-jar").and_then(|at| arguments.get(at + 1));
            is_known_to(jar.is_some_and(|jar| jar.ends_with(".jar")))
        }
        "node" | "nodejs" => is_known_to(is_file("ending of a script of Node.js")),
        _ if FACTS.has("starter of TypeScript", name) => is_known_to(is_file("ending of a script in TypeScript")),
        "dotnet" => is_known_to(is_file("ending of a program of .NET")),
        "ruby" => is_known_to(is_file("ending of a script of Ruby")),
        _ if ecosystems::is_server(name) => Ok(()),
        "flask" => is_known_to(arguments.first().is_some_and(|verb| verb == "run")),
        "python" | "python3" => {
            let module = arguments.iter().position(|word| word == "-m").and_then(|at| arguments.get(at + 1));
            let is_server = |module: &String| ecosystems::is_server(module);
            is_known_to(module.map_or(is_file("ending of a script of Python"), is_server))
        }
        _ => is_known_to(is_compiled(cx, path, ownership)),
    }
}

/// The file that an interpreter is given, behind its options and what they load.
pub(super) fn script_of(arguments: &[String]) -> Option<&str> {
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            _ if FACTS.has("option that loads something first", word) => drop(words.next()),
            _ if word.starts_with('-') || FACTS.has("verb that runs a script", word) => {}
            _ => return Some(word),
        }
    }
    None
}

/// Whether a script is not one of those that train, test, fetch or work on files that they are given, or are for development.
fn is_of_service(file: &str) -> bool {
    FACTS.sign("part of the name of a script that is no service", &file.to_ascii_lowercase()).is_none()
}

/// Whether the program at `path` was compiled in a stage of a language whose programs are one file.
fn is_compiled(cx: &Context<'_>, path: &str, ownership: &Ownership<'_>) -> bool {
    let lower = name_of(path).to_ascii_lowercase();
    FACTS.sign("part of the name of a program for hosts", &lower).is_none() && compiler(cx, path, ownership).is_some()
}

/// What the program at `path` is written in, if a compiler whose programs are one file made it in another stage, or in its own.
pub(super) fn compiler(cx: &Context<'_>, path: &str, ownership: &Ownership<'_>) -> Option<&'static Ecosystem> {
    let name = name_of(path);
    let file = joined(&ownership.directory, path);
    let copied = ownership.copied.iter().rev().find(|copied| {
        let is_found = !path.contains('/') && copied.destination.rsplit('/').next() == Some(name);
        copied.destination == file || is_found
    });
    let mut stage = match copied {
        Some(copied) => {
            let Origin::Stage(stage) = copied.from else { return None };
            stage
        }
        None => ownership.stage,
    };
    let own = stage;
    while let Base::Stage(base) = cx.build.stages[stage].base {
        stage = base;
    }
    let Base::Image(image) = &cx.build.stages[stage].base else { return None };
    let reference = ImageReference::parse(image).ok()?;
    let ecosystem = ecosystems::of_image(&reference).filter(|ecosystem| ecosystem.kept == Kept::Nothing)?;
    (copied.is_some() || (makes(cx, own, ecosystem, name) && is_here(&ownership.directory, path))).then_some(ecosystem)
}

/// Whether a command of stage `stage` compiles a program and names it `name`, or its only program.
fn makes(cx: &Context<'_>, stage: usize, ecosystem: &Ecosystem, name: &str) -> bool {
    let is_builder = |program: &str| FACTS.has(&format!("compiler of {}", ecosystem.name), program);
    cx.build.runs_of(stage).any(|run| {
        run.commands().iter().any(|command| {
            let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
            let output = words.iter().position(|word| *word == "-o").and_then(|at| words.get(at + 1));
            let verb = words.first().copied().unwrap_or_default();
            command.name().is_some_and(is_builder)
                && FACTS.has("verb that compiles", verb)
                && output.is_none_or(|output| name_of(output) == name || output.ends_with('/') || *output == ".")
        })
    })
}

/// Whether a program at `path` is one that a build leaves where it works, or among those that are found by their names, and no part of the image.
fn is_here(directory: &str, path: &str) -> bool {
    let file = joined(directory, path);
    !path.contains('/')
        || !FACTS.has("folder of the system's programs", file.rsplit_once('/').map_or("", |(folder, _)| folder))
}
