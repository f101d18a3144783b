//! Whether what is built and started on an image needs nothing of what its small variant lacks: compilers, version control, tools, their libraries.

use std::sync::Arc;

use super::media_types;
use crate::bases::around::{self, Kept};
use crate::programs::{self, Language, Package, files, installs, node, python, variables};
use crate::rewrite::{Context, Obstacle, Obstacles};
use crate::semantics::Part;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work, bare_name};
use crate::semantics::packages::{APT, NPM, PackageCommand};
use crate::syntax::{Instruction, Keyword};

/// Whether stage `stage` has a CMD or an ENTRYPOINT.
pub(super) fn starts_something(cx: &Context<'_>, stage: usize) -> bool {
    cx.build.start(stage).parts().any(|part| part.stage == stage)
}

/// That the last stage, `stage`, and the program that it starts, do with the small variant of the image that has the tag `exact`.
///
/// # Errors
/// All that may need more.
pub(super) fn no_more(cx: &Context<'_>, stage: usize, language: Language, exact: &str) -> Result<(), Obstacles> {
    let from = cx.build.stages[stage].from.text_range();
    let mut obstacles = Obstacles::default();
    obstacles.add(around::wanted(cx, Kept::AllButLost(language)).into_iter().map(|because| (from, because)));
    let unknown = || (from, "what the program needs is in the build context, which is not here".to_owned());
    let paths = obstacles.note(copied(cx, stage).and_then(|paths| paths.ok_or_else(unknown)));
    for instruction in &cx.build.stages[stage].instructions {
        obstacles
            .add(instruction_obstacle(cx, instruction, language).map(|because| (instruction.text_range(), because)));
    }
    obstacles.add(variables::lost(cx, stage, language));
    for run in cx.build.runs_of(stage) {
        let at = run.instruction.text_range();
        if let Err(because) = &run.script {
            obstacles.add([(at, format!("what it runs cannot be read: {because}"))]);
        }
        for command in run.each_command() {
            obstacles.note(step(cx, &command, language).map_err(|because| (command.range(), because)));
        }
    }
    obstacles.add(variables::lost_around(cx, stage, language).map(|because| (from, because)));
    if let Some(paths) = paths
        && let Some(needs) = obstacles.note(programs::needs(cx, language, &paths).ok_or_else(unknown))
    {
        let larger = |because| (from, format!("{because}, so that it may need something of the larger image"));
        obstacles.add(needs.system.map(larger));
        let of_types = (language == Language::Python).then(|| media_types::obstacle(cx, exact, &paths)).flatten();
        obstacles.add(of_types.map(|because| (from, because)));
    }
    obstacles.or(())
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

fn instruction_obstacle<'f>(cx: &Context<'f>, instruction: &'f Instruction, language: Language) -> Option<String> {
    match instruction.keyword() {
        Keyword::Healthcheck => {
            let because = around::lacking(cx, &cx.build.part(instruction)?, Kept::AllButLost(language))?;
            Some(format!("the health check runs {because}"))
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
fn step(cx: &Context<'_>, command: &Command<'_>, language: Language) -> Result<(), String> {
    const HARMLESS: &[&str] = &[
        ":", "[", "cat", "cd", "chgrp", "chmod", "chown", "cp", "date", "echo", "export", "false", "groupadd", "ln",
        "ls", "mkdir", "mv", "printf", "pwd", "rm", "set", "test", "touch", "true", "useradd",
    ];
    let name = command.name().ok_or("what it runs is only known when it runs")?;
    if let Some(package) = command.package_command_of(&APT) {
        return apt(&package);
    }
    match Install::of(cx.build, command) {
        Some(install) => installed(cx, command, &install?, language),
        None if HARMLESS.contains(&name) => Ok(()),
        None => Err(format!("what `{name}` needs is not known")),
    }
}

/// What an install, or what a package manager runs, may need of the larger image.
fn installed(cx: &Context<'_>, command: &Command<'_>, install: &Install, language: Language) -> Result<(), String> {
    match (install.work, language) {
        (Work::Nothing | Work::Removes, _) => Ok(()),
        (Work::Brings, Language::Python) if !install.manager.is_of_node() => pip(cx, command, install),
        (Work::Brings | Work::BringsAnew, Language::Node) if *install.manager == NPM => npm(cx, command, install),
        (Work::BringsForAll, Language::Node) => Err("what the packages need that it names is not known".to_owned()),
        (Work::Runs, Language::Node) => scripts(cx, command, install),
        _ => Err(format!("what `{}` needs is not known", command.text(command.node.range))),
    }
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

/// That no package is compiled, and each is known.
fn pip(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    const TOOLS: &[&str] = &["pip", "setuptools", "wheel"];
    let listed = installs::listed(cx, command, install)?;
    if let Some(because) = listed.compiles {
        return Err(format!("what it compiles for `{because}` is not known"));
    }
    if let Some(because) = listed.from {
        return Err(format!("whether what comes by `{because}` is compiled is not known"));
    }
    // What is in a wheel, nobody can tell.
    if let Some(project) = listed.projects.first() {
        return Err(format!("what is in `{project}` is not known"));
    }
    if install.reads_of(Kind::Manifest).next().is_some() {
        return Err(format!("what `{}` brings is not known", command.text(command.node.range)));
    }
    listed.packages.iter().try_for_each(|requirement| {
        let name = bare_name(requirement);
        match python::package(requirement) {
            Some(Package::Pure) => Ok(()),
            _ if TOOLS.contains(&name) => Ok(()),
            Some(Package::Native) => Err(format!("`{name}` may have to be compiled")),
            None => Err(format!("what the package `{name}` needs is not known")),
        }
    })
}

/// That no package is compiled or fetched with git when it is installed.
fn npm(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    if !install.packages.is_empty() {
        return Err("what the packages need that it names is not known".to_owned());
    }
    if let Some(because) = install.compiles.as_ref().or(install.from.as_ref()) {
        return Err(format!("what it compiles for `{because}` is not known"));
    }
    let mut lock = None;
    for path in install.reads_of(Kind::Lock) {
        if installs::source_of(cx, command, path)?.is_some() {
            lock = Some(path);
            break;
        }
    }
    let lock = lock.ok_or("no package-lock.json says which packages are compiled")?;
    let manifest = manifest(cx, command, install)?;
    let (lock, locked) = installs::text_of(cx, command, lock)?;
    if let Some(script) = manifest.unasked_script().filter(|_| install.runs_scripts_of_packages) {
        return Err(format!("npm runs the script `{script}` of `package.json` unasked"));
    }
    if manifest.is_special() || !node::is_lock_without_scripts(&locked) {
        return Err(format!(
            "`{lock}` has packages that run a script when they are installed, or are not of the registry"
        ));
    }
    installs::settings(cx, command, install)
}

/// That the scripts that it runs start nothing but tools that come as packages.
fn scripts(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    let manifest = manifest(cx, command, install)?;
    let [_, name, _] = install.scripts.as_slice() else { return Ok(()) };
    if manifest.script(name).is_none() {
        return Err(format!("what `{name}` runs is not known"));
    }
    manifest.runs_tools_only(&install.scripts)
}

fn manifest(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<node::Manifest, String> {
    let path = install.reads_of(Kind::Manifest).next().ok_or("which packages it installs is not known")?;
    let (source, text) = installs::text_of(cx, command, path)?;
    node::Manifest::of(&text).ok_or(format!("`{source}` cannot be read"))
}
