//! Whether what is built and started on an image needs nothing of what its small variant lacks: compilers, version control, tools, their libraries.

use std::sync::Arc;

use super::media_types;
use crate::bases::around::{self, Kept};
use crate::programs::{self, Language, Package, files, node, python};
use crate::rewrite::{Context, Obstacle};
use crate::semantics::Part;
use crate::semantics::commands::Command;
use crate::semantics::packages::PackageCommand;
use crate::syntax::{Instruction, Keyword};

/// Whether stage `stage` has a CMD or an ENTRYPOINT.
pub(super) fn starts_something(cx: &Context<'_>, stage: usize) -> bool {
    cx.build.start(stage).parts().any(|part| part.stage == stage)
}

/// That the last stage, `stage`, and the program that it starts, do with the small variant of the image that has the tag `exact`.
///
/// # Errors
/// The first thing that may need more.
pub(super) fn no_more(cx: &Context<'_>, stage: usize, language: Language, exact: &str) -> Result<(), Obstacle> {
    let from = cx.build.stages[stage].from.text_range();
    let unknown = || (from, "what the program needs is in the build context, which is not here".to_owned());
    if let Some(because) = around::wanted(cx, Kept::AllButLost(language)) {
        return Err((from, because));
    }
    let paths = copied(cx, stage)?.ok_or_else(unknown)?;
    for instruction in &cx.build.stages[stage].instructions {
        instruction_obstacle(cx, instruction).map_or(Ok(()), |because| Err((instruction.text_range(), because)))?;
    }
    for run in cx.build.runs_of(stage) {
        let at = run.instruction.text_range();
        if let Err(because) = &run.script {
            return Err((at, format!("what it runs cannot be read: {because}")));
        }
        for command in run.commands() {
            step(cx, &command, language, &paths).map_err(|because| (command.range(), because))?;
        }
    }
    let needs = programs::needs(cx, language, &paths).ok_or_else(unknown)?;
    if let Some(because) = needs.system {
        return Err((from, format!("{because}, so that it may need something of the larger image")));
    }
    let of_types = (language == Language::Python).then(|| media_types::obstacle(cx, exact, &paths)).flatten();
    of_types.map_or(Ok(()), |because| Err((from, because)))
}

/// The paths of the build context that the stage copies.
fn copied(cx: &Context<'_>, stage: usize) -> Result<Option<Arc<Vec<String>>>, Obstacle> {
    let mut sources = Vec::new();
    for copied in cx.build.copies_of(stage) {
        let wrong = |because: &str| (copied.instruction.text_range(), because.to_owned());
        if !copied.is_of_context() {
            return Err(wrong("what it takes from elsewhere may need more than the small image has"));
        }
        sources.extend(files::sources(&copied).ok_or_else(|| wrong("what it copies is not known"))?);
    }
    Ok(files::copied(cx, &sources))
}

fn instruction_obstacle<'f>(cx: &Context<'f>, instruction: &'f Instruction) -> Option<String> {
    match instruction.keyword() {
        Keyword::Healthcheck => {
            cx.build.part(instruction).map(|_| "the health check may need a tool of the larger image".to_owned())
        }
        Keyword::Onbuild => Some("other images are built on it".to_owned()),
        Keyword::Shell => Some("another shell is chosen".to_owned()),
        Keyword::Env
            if instruction
                .arguments()
                .pairs()
                .iter()
                .any(|pair| OF_CERTIFICATES.iter().any(|option| pair.value.text.contains(option))) =>
        {
            Some("only the larger image may have the certificates that it names".to_owned())
        }
        Keyword::Cmd | Keyword::Entrypoint => start_obstacle(&cx.build.part(instruction)?),
        _ => None,
    }
}

/// Options with which Node.js trusts the certificates of the system.
const OF_CERTIFICATES: &[&str] = &["--use-openssl-ca", "--use-system-ca"];

/// Programs of the languages and their packages that need nothing but their language.
const STARTERS: &[&str] = &[
    "celery",
    "daphne",
    "flask",
    "gunicorn",
    "hypercorn",
    "node",
    "nodejs",
    "python",
    "python3",
    "uvicorn",
    "waitress-serve",
];

fn start_obstacle(part: &Part<'_>) -> Option<String> {
    let line = match part.line() {
        Ok(line) => line,
        Err(because) => return Some(because),
    };
    let words: Vec<_> = line.words.iter().map(|word| word.text.as_str()).collect();
    let text = words.join(" ");
    let first = words.first().copied().unwrap_or_default();
    let is_option = first.starts_with('-') || first.ends_with(".py") || first.ends_with(".js");
    if !(STARTERS.contains(&first) || is_option) {
        return Some(format!("what `{first}` needs is not known"));
    }
    if text.contains("http.server") {
        return Some("only the larger image may say of which type the files are that it serves".to_owned());
    }
    if let Some(option) = OF_CERTIFICATES.iter().find(|option| text.contains(**option)) {
        return Some(format!("only the larger image may have the certificates of `{option}`"));
    }
    if words.iter().any(|word| ["-c", "-e", "-p"].contains(word))
        && ["python", "python3", "node", "nodejs"].contains(&first)
    {
        return Some("the code in it may need more".to_owned());
    }
    let others = ["git", "curl", "wget", "ffmpeg", "convert", "make", "gcc"];
    let other = text.split_whitespace().find(|word| others.contains(word))?;
    Some(format!("it may start `{other}`, which the small image does not have"))
}

/// What a command of a RUN may need of the larger image.
fn step(cx: &Context<'_>, command: &Command<'_>, language: Language, paths: &[String]) -> Result<(), String> {
    const HARMLESS: &[&str] = &[
        ":", "[", "cat", "cd", "chgrp", "chmod", "chown", "cp", "date", "echo", "export", "false", "groupadd", "ln",
        "ls", "mkdir", "mv", "printf", "pwd", "rm", "set", "test", "touch", "true", "useradd",
    ];
    let name = command.name().ok_or("what it runs is only known when it runs")?;
    match (command.package_command(), language) {
        (Some(package), _) if package.manager.name == "apt" => apt(&package),
        (Some(package), Language::Python) if package.manager.name == "pip" => pip(cx, &package),
        (Some(package), Language::Node) if package.manager.name == "npm" => npm(cx, &package, paths),
        (None, Language::Node) if name == "npm" && is_harmless_npm(command) => Ok(()),
        (None, _) if HARMLESS.contains(&name) => Ok(()),
        _ => Err(format!("what `{name}` needs is not known")),
    }
}

fn is_harmless_npm(command: &Command<'_>) -> bool {
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    matches!(words.as_slice(), ["config", "set", ..] | ["cache", ..])
}

/// Packages of Debian whose installation needs what the small images leave out.
fn apt(apt: &PackageCommand<'_>) -> Result<(), String> {
    if !apt.installs() {
        return Ok(());
    }
    for word in apt.operands() {
        let name = word.literal.as_deref().ok_or("what it installs is only known when it runs")?;
        let needs_manuals = ["jre", "jdk", "postgresql"].iter().any(|part| name.contains(part));
        if needs_manuals || name.contains(['/', '=', '*']) {
            return Err(format!("`{name}` may not be installed in the small image"));
        }
    }
    Ok(())
}

fn pip(cx: &Context<'_>, pip: &PackageCommand<'_>) -> Result<(), String> {
    const TOOLS: &[&str] = &["pip", "setuptools", "wheel"];
    if !pip.installs() {
        return Ok(());
    }
    let known = |requirement: &str| {
        let name = requirement.split(['=', '<', '>', '~', '!', '[']).next().unwrap_or_default();
        match python::package(requirement) {
            Some(Package::Pure) => Ok(()),
            _ if TOOLS.contains(&name) => Ok(()),
            Some(Package::Native) => Err(format!("`{name}` may have to be compiled")),
            None => Err(format!("what the package `{name}` needs is not known")),
        }
    };
    for option in pip.options() {
        let [name, value @ ..] = option else { continue };
        let name = name.literal.as_deref().unwrap_or_default();
        match (name, value) {
            ("-r" | "--requirement", [file]) => {
                let file = file.literal.as_deref().unwrap_or_default();
                let listed = requirements(cx, file).ok_or(format!("what `{file}` says is not known"))?;
                listed.iter().try_for_each(|requirement| known(requirement))?;
            }
            ("-e" | "--editable" | "--no-binary", _) => return Err("what it compiles is not known".to_owned()),
            _ => {}
        }
    }
    pip.operands().try_for_each(|word| known(word.literal.as_deref().unwrap_or_default()))
}

/// The requirements in the one file of the build context that has this name.
fn requirements(cx: &Context<'_>, file: &str) -> Option<Vec<String>> {
    let name = file.rsplit('/').next()?;
    let all = files::copied(cx, &[String::new()])?;
    let mut paths = all.iter().filter(|path| path.rsplit('/').next() == Some(name));
    let (path, None) = (paths.next()?, paths.next()) else { return None };
    let text = files::texts(cx, &[path.as_str()])?.remove(0);
    python::requirements(&text).map(|lines| lines.into_iter().map(str::to_owned).collect())
}

/// That no package is compiled or fetched with git when it is installed.
fn npm(cx: &Context<'_>, npm: &PackageCommand<'_>, paths: &[String]) -> Result<(), String> {
    if !npm.installs() {
        return Ok(());
    }
    if npm.has_operands() || npm.has_option("-g") || npm.has_option("--global") {
        return Err("what the packages need that it names is not known".to_owned());
    }
    if !paths.iter().any(|path| path == "package-lock.json") {
        return Err("no package-lock.json says which packages are compiled".to_owned());
    }
    let texts =
        files::texts(cx, &["package.json", "package-lock.json"]).ok_or("which packages it installs is not known")?;
    let manifest = node::Manifest::of(&texts[0]).ok_or("`package.json` cannot be read")?;
    if let Some(script) = manifest.unasked_script() {
        return Err(format!("npm runs the script `{script}` of `package.json` unasked"));
    }
    if manifest.is_special() || !node::is_lock_without_scripts(&texts[1]) {
        return Err(
            "`package-lock.json` has packages that run a script when they are installed, or are not of the registry"
                .to_owned(),
        );
    }
    Ok(())
}
