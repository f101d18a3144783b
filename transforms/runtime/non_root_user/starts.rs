//! What a container starts, and whether that program is known to need nothing that root alone has.

use super::ownership::Ownership;
use super::{FACTS, PROGRAMS, signs};
use crate::bases::around::Kept;
use crate::ecosystems::{self, Ecosystem};
use crate::rewrite::{Answer, Context, Obstacle, Question};
use crate::semantics::start::{in_shell, is_shell, words_of};
use crate::semantics::{Base, Origin, StartWord, joined};
use crate::syntax::shell::{self, CommandKind, Dialect, Redirect, RedirectOperator};
use crate::syntax::{ImageReference, Instruction};
use crate::text::TextRange;

/// The command line that a container starts with.
#[derive(Debug)]
pub(super) struct Start<'f> {
    pub words: Vec<String>,
    /// The first of CMD and ENTRYPOINT, of those that count.
    pub first: &'f Instruction,
    pub range: TextRange,
}

/// What stage `stage` starts, in words.
///
/// # Errors
/// Why that is not known.
pub(super) fn start<'f>(cx: &Context<'f>, stage: usize, ownership: &Ownership<'_>) -> Result<Start<'f>, Obstacle> {
    let start = cx.build.start(stage);
    let own = start.parts().filter(|part| part.stage == stage).map(|part| part.instruction);
    let first = own.min_by_key(|instruction| instruction.range.start());
    let (Some(shown), Some(first)) = (start.shown(), first) else {
        let because = "it starts nothing itself: there is no CMD and no ENTRYPOINT".to_owned();
        return Err((cx.build.stages[stage].from.text_range(), because));
    };
    let range = shown.instruction.text_range();
    let wrong = |because: String| (range, because);
    let words = known(start.line()?.words).map_err(wrong)?;
    let words = through_script(cx, ownership, words).map_err(wrong)?;
    let words = match words.as_slice() {
        [shell, option, script] if is_shell(shell) && option == "-c" => {
            let line = in_shell(script, Dialect::Posix, |range| range).map_err(wrong)?;
            known(line.words).map_err(wrong)?
        }
        _ => words,
    };
    Ok(Start { words, first, range })
}

/// The words, where those that only the shell knows are options.
fn known(words: Vec<StartWord>) -> Result<Vec<String>, String> {
    let word = |StartWord { text, is_known, .. }: StartWord| {
        let holds_options = || FACTS.has("variable with options", text.trim_matches(['"', '$', '{', '}']));
        let is_option = || holds_options() || text == "\"$@\"";
        if is_known || is_option() { Ok(text) } else { Err(format!("what `{text}` is, is only known when it runs")) }
    };
    words.into_iter().map(word).collect()
}

/// The words that a script of the build context starts in the end, if that is what `words` start.
fn through_script(cx: &Context<'_>, ownership: &Ownership<'_>, words: Vec<String>) -> Result<Vec<String>, String> {
    let at = usize::from(words.first().is_some_and(|word| is_shell(word)));
    let Some(name) = words.get(at) else { return Err("it starts a shell".to_owned()) };
    let is_script = at == 1 || name.ends_with(".sh") || name.contains("entrypoint");
    if !is_script {
        return Ok(words);
    }
    let unknown = || format!("what `{name}` does is not known");
    let path = joined(&ownership.directory, name);
    let source = ownership.source_of(&path).ok_or_else(unknown)?;
    let Answer::Text(text) = cx.facts.answer(Question::ContextFile(source)) else { return Err(unknown()) };
    let text = String::from_utf8(text.clone()).map_err(|_| unknown())?;
    let started = last_of_script(name, &text)?;
    Ok(started
        .into_iter()
        .flat_map(|word| if word == "\"$@\"" { words[at + 1..].to_vec() } else { vec![word] })
        .collect())
}

/// What the script ends with, if all that comes before it does nothing that needs root.
fn last_of_script(name: &str, text: &str) -> Result<Vec<String>, String> {
    let unreadable = || format!("what `{name}` does cannot be read");
    let tree = shell::parse(text, Dialect::Bash).map_err(|_| unreadable())?;
    let commands = tree.commands();
    let (last, before) = commands.split_last().ok_or_else(unreadable)?;
    for visit in before {
        let CommandKind::Simple(simple) = &visit.command.kind else {
            return Err(format!("what `{name}` starts depends on what happens"));
        };
        let program = simple.words.first().map(|word| word.literal.as_deref().unwrap_or_default());
        if let Some(program) = program.filter(|program| !FACTS.has("command of a harmless script", program)) {
            return Err(format!("`{name}` runs `{program}`, which may need root"));
        }
        redirects(name, text, &visit.command.redirects)?;
    }
    redirects(name, text, &last.command.redirects)?;
    match &last.command.kind {
        CommandKind::Simple(simple) if last.is_top_level() => known(words_of(simple, text, |range| range)),
        _ => Err(format!("what `{name}` starts depends on what happens")),
    }
}

/// That a script writes nothing that belongs to root.
fn redirects(name: &str, text: &str, redirects: &[Redirect]) -> Result<(), String> {
    use RedirectOperator::{DuplicateInput, HereString, Heredoc, HeredocStripTabs, Input};
    let reads = [DuplicateInput, HereString, Heredoc, HeredocStripTabs, Input];
    let writes = redirects.iter().filter(|redirect| !reads.contains(&redirect.operator));
    for redirect in writes {
        let to = &text[redirect.target.range.start()..redirect.target.range.end()];
        if FACTS.sign("variable of GitHub", to).is_some() {
            return Err(format!("`{name}` writes to `{to}`: GitHub has its actions run as root"));
        }
        if to != "/dev/null" && to.parse::<u32>().is_err() {
            return Err(format!("`{name}` writes to `{to}`, which may belong to root"));
        }
    }
    Ok(())
}

/// Whether the program is known to work for any user, with what it is given.
///
/// # Errors
/// Why that is not known.
pub(super) fn needs_no_root(cx: &Context<'_>, start: &Start<'_>, ownership: &Ownership<'_>) -> Result<(), Obstacle> {
    program(cx, &start.words, ownership).map_err(|because| (start.range, because))?;
    let mut own = ownership.copied.iter().map(|copied| copied.destination.clone()).collect::<Vec<_>>();
    own.extend(ownership.folder.clone());
    for (before, word) in start.words.iter().zip(&start.words[1..]) {
        let is_of_gunicorn = start.words.iter().any(|word| word.ends_with("gunicorn"));
        if is_of_gunicorn && (word.starts_with("-u") || word.starts_with("-g")) {
            return Err((start.range, format!("`{word}` says as whom it runs")));
        }
        if let Some(port) = signs::low_port(word).filter(|_| !signs::is_about_amounts(before)) {
            return Err((start.range, format!("port {port} may be for root alone")));
        }
        if FACTS.sign("part of an option with a place or a user", word).is_some() {
            return Err((start.range, format!("`{word}` says where it writes, or as whom")));
        }
        if let Some(because) = signs::outside(word, &own) {
            return Err((start.range, because));
        }
    }
    Ok(())
}

fn program(cx: &Context<'_>, words: &[String], ownership: &Ownership<'_>) -> Result<(), String> {
    let [path, arguments @ ..] = words else { return Err("it starts a shell".to_owned()) };
    let name = path.rsplit('/').next().unwrap_or(path);
    if let Some(because) = PROGRAMS.get(name) {
        return Err(format!("`{name}` {because}"));
    }
    let is_known_to = |what: bool| {
        if what { Ok(()) } else { Err(format!("what `{}` writes, and where, is not known", words.join(" "))) }
    };
    let plain = || arguments.iter().filter(|word| !word.starts_with('-')).map(String::as_str);
    let is_file = |kind: &str| {
        plain().next().is_some_and(|file| FACTS.of(kind).any(|ending| file.ends_with(ending)) && is_of_service(file))
    };
    match name {
        "java" => {
            let jar = arguments.iter().position(|word| word == "-jar").and_then(|at| arguments.get(at + 1));
            is_known_to(jar.is_some_and(|jar| jar.ends_with(".jar")))
        }
        "node" | "nodejs" => is_known_to(is_file("ending of a script of Node.js")),
        "dotnet" => is_known_to(is_file("ending of a program of .NET")),
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

/// Whether a script is not one of those that train, test, fetch or work on files that they are given, or are for development.
fn is_of_service(file: &str) -> bool {
    FACTS.sign("part of the name of a script that is no service", &file.to_ascii_lowercase()).is_none()
}

/// Whether the program at `path` was compiled in a stage of a language whose programs are one file.
fn is_compiled(cx: &Context<'_>, path: &str, ownership: &Ownership<'_>) -> bool {
    let lower = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    FACTS.sign("part of the name of a program for hosts", &lower).is_none() && compiler(cx, path, ownership).is_some()
}

/// What the program at `path` is written in, if a compiler whose programs are one file made it in another stage.
pub(super) fn compiler(cx: &Context<'_>, path: &str, ownership: &Ownership<'_>) -> Option<&'static Ecosystem> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let file = joined(&ownership.directory, path);
    let copied = ownership.copied.iter().rev().find(|copied| {
        let is_found = !path.contains('/') && copied.destination.rsplit('/').next() == Some(name);
        copied.destination == file || is_found
    });
    let Origin::Stage(mut stage) = copied?.from else { return None };
    while let Base::Stage(base) = cx.build.stages[stage].base {
        stage = base;
    }
    let Base::Image(image) = &cx.build.stages[stage].base else { return None };
    let reference = ImageReference::parse(image).ok()?;
    ecosystems::of_image(&reference).filter(|ecosystem| ecosystem.kept == Kept::Nothing)
}
