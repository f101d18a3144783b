//! One program in Rust, for the transform that ships it alone.

use super::super::skeleton::{FOLDERS_OF_PROGRAMS, Runtime, Sole};
use super::code as rust;
use crate::bases::lines;
use crate::known::suites::{self, Suite};
use crate::programs::{self, files};
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within, joined};
use crate::syntax::{ImageReference, Keyword};

/// Where `cargo install` puts programs. Other images do not look there for them.
const INSTALLED: &str = "/usr/local/cargo/bin";

/// Programs that the old image would find first start with these.
const OF_RUST: &[&str] = &["cargo", "clippy", "rls", "rust"];

pub(crate) fn runtime(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<Runtime, Obstacle> {
    let image = slim(sole, image, reference).map_err(|because| (sole.from, because))?;
    let mut commands_of = Vec::new();
    for run in &sole.cx.build.runs {
        commands_of.push(sole.commands(run)?);
    }
    // Where `cargo` leaves it.
    let mut built: Option<String> = None;
    let mut artifact = String::new();
    let mut others = Vec::new();
    for command in commands_of.iter().flatten() {
        let because = |because: String| (command.range(), because);
        if let Some(path) = cargo(sole, command).map_err(because)? {
            if built.is_some() {
                return Err((command.range(), "it is the second program that is built".to_owned()));
            }
            let name = sources(sole, &sole.directory_of(command)).map_err(because)?;
            artifact = joined(&path, &name);
            built = Some(artifact.clone());
        } else if let Some(path) = built.as_ref().and_then(|built| put(sole, command, built)) {
            artifact = path;
        } else if !is_of_build(command) {
            others.push(command);
        }
    }
    let Some(built) = built else {
        return Err((sole.from, "no `cargo build --release` here makes what it starts".to_owned()));
    };
    if let Some(other) = others.iter().find(|other| !sole.leaves_nothing(other, &artifact)) {
        let name = other.name().unwrap_or_default();
        return Err((other.range(), format!("`{name}` may leave something behind that is needed at run time")));
    }
    let name = built.rsplit('/').next().unwrap_or_default();
    if is_within(&artifact, INSTALLED) && sole.start[0].0 == name {
        return Err((
            sole.start[0].1,
            format!("it finds `{name}` in `{INSTALLED}`, where another image does not look"),
        ));
    }
    sole.starts(&artifact, "`cargo`", OF_RUST)?;
    settings(sole)?;
    Ok(Runtime { image, artifacts: vec![artifact], ..Runtime::default() })
}

/// The image of the same release of Debian: a program is linked to its C library, and an older one is not enough.
fn slim(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<String, String> {
    let catalogue = &sole.cx.facts.catalogue;
    let date = catalogue.date();
    let tag = reference.tag_or_latest();
    if reference.digest.is_some() {
        return Err("a digest says which image it is".to_owned());
    }
    let of_debian = |suite: &Suite| suite.distribution == "debian" && suite.number().is_some();
    let suite_in = |tag: &str| tag.split('-').find_map(|word| suites::suite(word).filter(of_debian));
    // A tag that is no longer built stays what it is.
    let retired = || suite_in(catalogue.image("rust")?.retired(tag)?.exact);
    let suite = suite_in(tag).or_else(retired);
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
    const OPTIONS: &[&str] = &[
        "--frozen",
        "--locked",
        "--offline",
        "--quiet",
        "--release",
        "--verbose",
        "-q",
        "-r",
        "-v",
        "--color=always",
        "--color=never",
    ];
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
    match options.iter().find(|option| !OPTIONS.contains(option)) {
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
    let is_folder = FOLDERS_OF_PROGRAMS.contains(&joined(&directory, to).as_str());
    let name = if is_folder { built.rsplit('/').next()? } else { "" };
    (joined(&directory, from) == built).then(|| joined(&joined(&directory, to), name))
}

/// That no variable changes what is built, or where.
fn settings(sole: &Sole<'_>) -> Result<(), Obstacle> {
    const HARMLESS: &[&str] =
        &["CARGO_INCREMENTAL", "CARGO_NET_GIT_FETCH_WITH_CLI", "CARGO_TERM_COLOR", "RUST_BACKTRACE", "RUST_LOG"];
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
            is_of_build && !HARMLESS.contains(&name.as_str())
        };
        if let Some(name) = names.iter().find(changes) {
            return Err((instruction.text_range(), format!("`{name}` may change what is built")));
        }
    }
    Ok(())
}

/// The name of the one program that is built in `folder`, if it can need nothing of this image that the other does not have.
fn sources(sole: &Sole<'_>, folder: &str) -> Result<String, String> {
    let unknown = "whether the program reads files or starts others is in the build context, which is not here";
    let paths = files::copied(sole.cx, &sole.sources).ok_or(unknown)?;
    let needs = programs::needs(sole.cx, &super::LANGUAGE, &paths).ok_or(unknown)?;
    if let Some(because) = needs.any() {
        return Err(format!("{because}, so that it may need something of this image"));
    }
    let manifest = paths.iter().find(|path| rust::is_manifest(path)).ok_or(unknown)?;
    if sole.source_of(&joined(folder, "Cargo.toml")).as_ref() != Some(manifest) {
        return Err(format!("`{manifest}` is not known to be where `cargo` works"));
    }
    let embedded = rust::embedded(sole.cx, &paths).ok_or(unknown)?;
    let root = manifest.strip_suffix("Cargo.toml").unwrap_or_default();
    let is_known = |path: &&String| {
        let Some(name) = path.strip_prefix(root) else { return files::is_for_people(path) };
        let is_of_cargo =
            matches!(name, "Cargo.toml" | "Cargo.lock" | "rustfmt.toml" | ".rustfmt.toml" | "clippy.toml");
        let is_code = name.ends_with(".rs") && !is_within(name, "src/bin");
        is_code || is_of_cargo || is_within(name, "target") || files::is_for_people(path) || embedded.contains(path)
    };
    if let Some(path) = paths.iter().find(|path| !is_known(path)) {
        return Err(format!("the program may read `{path}` of the build context when it runs"));
    }
    let text = files::texts(sole.cx, &[manifest]).ok_or(unknown)?.remove(0);
    match rust::programs(&text).as_deref() {
        Some([name]) => Ok(name.clone()),
        _ => Err(format!("`{manifest}` does not say that it is one program")),
    }
}
