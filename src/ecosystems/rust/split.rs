//! One program in Rust, for the transform that ships it alone.

use super::FACTS;
use super::code as rust;
use crate::bases::lines;
use crate::ecosystems::Sole;
use crate::ecosystems::sole::is_folder_of_programs;
use crate::ecosystems::split::{self, Ships, Split, Work};
use crate::programs::files;
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within, joined};
use crate::syntax::{ImageReference, Keyword};

/// Where `cargo install` puts programs. Other images do not look there for them.
const INSTALLED: &str = "/usr/local/cargo/bin";

pub(super) const SPLIT: Split = Split {
    ships: Ships::Product,
    pays: |_, _| true,
    image: slim,
    step,
    artifacts: |sole, work, _| split::made(sole, work, "no `cargo build --release` here makes what it starts"),
    starts,
    files,
};

fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    if let Some(folder) = cargo(sole, command)? {
        let name = program(sole, &sole.directory_of(command))?;
        work.makes(joined(&folder, &name), command.range())?;
        return Ok(true);
    }
    if let Some(path) = work.made.as_ref().and_then(|made| put(sole, command, made)) {
        work.place = path;
        return Ok(true);
    }
    Ok(is_of_build(command))
}

fn starts(sole: &Sole<'_>, work: &Work) -> Result<(), Obstacle> {
    let name = work.made.as_deref().and_then(|made| made.rsplit('/').next()).unwrap_or_default();
    let (program, at) = &sole.start[0];
    if is_within(&work.place, INSTALLED) && program == name {
        return Err((*at, format!("it finds `{name}` in `{INSTALLED}`, where another image does not look")));
    }
    sole.starts(&work.place, "`cargo`", FACTS)?;
    settings(sole)
}

/// The image of the same release of Debian: a program is linked to its C library, and an older one is not enough.
fn slim(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<String, String> {
    let catalogue = &sole.cx.facts.catalogue;
    let date = catalogue.date();
    if reference.digest.is_some() {
        return Err("a digest says which image it is".to_owned());
    }
    let suite =
        lines::suite(sole.cx, reference).filter(|suite| suite.distribution == "debian" && suite.number().is_some());
    let suite = suite.ok_or("its tag does not say which release of Debian it is made of")?;
    let slim = format!("{}-slim", suite.name);
    let debian = catalogue.image("debian").filter(|debian| debian.build_of(&slim).is_some());
    let debian = debian.ok_or_else(|| format!("the catalogue of {date} has no `debian:{slim}`"))?;
    match image.platform().filter(|platform| !lines::is_built(debian, &slim, platform)) {
        Some(platform) => Err(format!("the catalogue of {date} has no `debian:{slim}` for {platform}")),
        None => Ok(format!("debian:{slim}")),
    }
}

/// The folder where the command puts a program, in full, if it builds one.
///
/// # Errors
/// What else it may do.
fn cargo(sole: &Sole<'_>, command: &Command<'_>) -> Result<Option<String>, String> {
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    let (folder, options) = match words.as_slice() {
        ["build", options @ ..] if command.name() == Some("cargo") => {
            if !options.iter().any(|option| matches!(*option, "--release" | "-r")) {
                return Err("it builds a program for development".to_owned());
            }
            (joined(&sole.directory_of(command), "target/release"), options)
        }
        ["install", "--path", ".", options @ ..] | ["install", options @ .., "--path", "."]
            if command.name() == Some("cargo") =>
        {
            (INSTALLED.to_owned(), options)
        }
        _ => return Ok(None),
    };
    if let Some(assignment) = command.simple.assignments.first() {
        return Err(format!("`{}` may change what is built", assignment.name));
    }
    match options.iter().find(|option| !FACTS.has("option", option)) {
        Some(option) => Err(format!("`{option}` may change what is built, and where")),
        None => Ok(Some(folder)),
    }
}

fn is_of_build(command: &Command<'_>) -> bool {
    let words: Vec<_> = command.words().iter().filter_map(|word| word.literal.as_deref()).collect();
    matches!(
        words.as_slice(),
        ["cargo", "check" | "clippy" | "fetch" | "test" | "--version" | "-V"]
            | ["cargo", "test", "--release"]
            | ["rustc" | "rustup", "--version" | "-V"]
            | ["rustup", "component", "add", ..]
    )
}

/// Where the command copies or moves the program that is at `built`, if it does that.
fn put(sole: &Sole<'_>, command: &Command<'_>, built: &str) -> Option<String> {
    let words: Option<Vec<_>> = command.words().iter().map(|word| word.literal.as_deref()).collect();
    let directory = sole.directory_of(command);
    let ["cp" | "mv", from, to] = *words?.as_slice() else { return None };
    let is_folder = is_folder_of_programs(&joined(&directory, to));
    let name = if is_folder { built.rsplit('/').next()? } else { "" };
    (joined(&directory, from) == built).then(|| joined(&joined(&directory, to), name))
}

/// That no variable changes what is built, or where.
fn settings(sole: &Sole<'_>) -> Result<(), Obstacle> {
    for instruction in sole.instructions {
        let arguments = instruction.arguments();
        let names: Vec<_> = match instruction.keyword() {
            Keyword::Env => arguments.pairs().iter().map(|pair| pair.key.text.to_string()).collect(),
            Keyword::Arg => {
                let names =
                    arguments.words().iter().map(|word| word.text.split('=').next().unwrap_or_default().to_owned());
                names.collect()
            }
            _ => continue,
        };
        let changes = |name: &&String| {
            let is_of_build = name.starts_with("CARGO") || name.starts_with("RUST") || name.ends_with("FLAGS");
            is_of_build && !FACTS.has("harmless variable", name)
        };
        if let Some(name) = names.iter().find(changes) {
            return Err((instruction.text_range(), format!("`{name}` may change what is built")));
        }
    }
    Ok(())
}

const UNKNOWN: &str = "whether the program reads files or starts others is in the build context, which is not here";

/// The name of the one program that is built in `folder`.
fn program(sole: &Sole<'_>, folder: &str) -> Result<String, String> {
    let paths = files::copied(sole.cx, &sole.sources).ok_or(UNKNOWN)?;
    let manifest = paths.iter().find(|path| rust::is_manifest(path)).ok_or(UNKNOWN)?;
    if sole.source_of(&joined(folder, "Cargo.toml")).as_ref() != Some(manifest) {
        return Err(format!("`{manifest}` is not known to be where `cargo` works"));
    }
    let text = files::texts(sole.cx, &[manifest]).ok_or(UNKNOWN)?.remove(0);
    match rust::programs(&text).as_deref() {
        Some([name]) => Ok(name.clone()),
        _ => Err(format!("`{manifest}` does not say that it is one program")),
    }
}

/// That no file of the build context may be read when the program runs.
fn files(sole: &Sole<'_>, _: &Work, paths: &[String]) -> Result<(), String> {
    let manifest = paths.iter().find(|path| rust::is_manifest(path)).ok_or(UNKNOWN)?;
    let embedded = rust::embedded(sole.cx, paths).ok_or(UNKNOWN)?;
    let root = manifest.strip_suffix("Cargo.toml").unwrap_or_default();
    let is_known = |path: &&String| {
        let Some(name) = path.strip_prefix(root) else { return files::is_for_people(path) };
        let is_code = name.ends_with(".rs") && !is_within(name, "src/bin");
        is_code
            || FACTS.has("file of a build", name)
            || is_within(name, "target")
            || files::is_for_people(path)
            || embedded.contains(path)
    };
    match paths.iter().find(|path| !is_known(path)) {
        Some(path) => Err(format!("the program may read `{path}` of the build context when it runs")),
        None => Ok(()),
    }
}
