//! One static Go program, for the transform that ships it alone.

use super::FACTS;
use super::code as go;
use crate::bases::bare;
use crate::ecosystems::Sole;
use crate::ecosystems::split::{self, Ships, Split, Work};
use crate::programs::files;
use crate::semantics::commands::Command;
use crate::semantics::{is_within, joined};
use crate::syntax::Keyword;
use crate::text::Edit;

pub(super) const SPLIT: Split = Split {
    ships: Ships::Product,
    pays: |_, _| true,
    image: |sole, image, reference| bare::static_image(sole.cx, image, reference),
    step,
    artifacts: |sole, work, _| split::made(sole, work, "no `go build` here makes what it starts"),
    starts: |sole, work| sole.starts(&work.place, "`go build`", FACTS),
    files,
};

fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    if is_of_modules(command) {
        return Ok(true);
    }
    if command.name() != Some("go") || !command.arguments().first().is_some_and(|verb| verb.is("build")) {
        return Ok(false);
    }
    work.makes(output(sole, command)?, command.range())?;
    if !is_without_c(sole, command)? {
        work.runtime.edits.push(Edit::insert(command.range().start(), "CGO_ENABLED=0 "));
    }
    Ok(true)
}

fn is_of_modules(command: &Command<'_>) -> bool {
    let words: Vec<_> = command.words().iter().filter_map(|word| word.literal.as_deref()).collect();
    matches!(
        words.as_slice(),
        ["go", "mod", "download" | "tidy" | "verify", ..] | ["go", "get" | "vet" | "version", ..]
    )
}

/// Where `go build` puts the program, in full.
fn output(sole: &Sole<'_>, command: &Command<'_>) -> Result<String, String> {
    let directory = sole.directory_of(command);
    let mut words = command.arguments().iter().skip(1).filter_map(|word| word.literal.as_deref());
    let (mut path, mut packages) = (None, 0);
    while let Some(word) = words.next() {
        let option = word.strip_prefix('-').map(|option| option.strip_prefix('-').unwrap_or(option));
        let Some(option) = option else {
            let is_own = word == "." || word.starts_with("./") || (word.ends_with(".go") && !word.contains('*'));
            packages += 1;
            if !is_own || word.contains("...") || packages > 1 {
                return Err(format!("`{word}` may be something else than the one program"));
            }
            continue;
        };
        let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
        let name = format!("-{name}");
        if name == "-o" {
            path = value.or_else(|| words.next());
        } else if FACTS.has("option with a value", &name) {
            let value = value.or_else(|| words.next()).unwrap_or_default();
            if value.contains("linkmode") || value.contains("linkshared") {
                return Err(format!("`{value}` may link it to something"));
            }
        } else if !FACTS.has("option", &name) || value.is_some() {
            return Err(format!("the option `{word}` may change what the program needs"));
        }
    }
    match path {
        Some(path) if !path.is_empty() && !path.ends_with(['/', '.']) => Ok(joined(&directory, path)),
        _ => Err("it does not say where it puts the program".to_owned()),
    }
}

/// Whether cgo is off, so that the program is static; false where nothing says so, and it can be switched off.
///
/// # Errors
/// Why the program may need more than itself.
fn is_without_c(sole: &Sole<'_>, command: &Command<'_>) -> Result<bool, String> {
    let assigned = |name: &str| {
        let assignment = command.simple.assignments.iter().rev().find(|assignment| assignment.name == name)?;
        Some(assignment.value.as_ref().and_then(|value| value.literal.clone()).map(String::from).unwrap_or_default())
    };
    if let Some(other) =
        command.simple.assignments.iter().find(|assignment| !FACTS.has("variable of a build", &assignment.name))
    {
        return Err(format!("`{}` may change what the program needs", other.name));
    }
    let set = |name: &str| {
        let is_argument = sole.instructions.iter().any(|instruction| {
            let words = instruction.arguments().words();
            instruction.keyword() == Keyword::Arg && words.iter().any(|word| word.text.split('=').next() == Some(name))
        });
        let outside = || {
            let value = sole.cx.build.variable(command.run, name)?;
            Some(if is_argument {
                String::new()
            } else {
                value.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
            })
        };
        assigned(name).or_else(outside)
    };
    if ["GOFLAGS", "GOEXPERIMENT"].iter().any(|name| set(name).is_some()) {
        return Err("GOFLAGS may change what the program needs".to_owned());
    }
    if set("GOOS").is_some_and(|system| system != "linux") {
        return Err("it is not built for Linux".to_owned());
    }
    match set("CGO_ENABLED").as_deref() {
        Some("0") => Ok(true),
        Some(_) => Err("CGO_ENABLED is not 0, so that it may need libraries of this image".to_owned()),
        None => Ok(false),
    }
}

/// That no file of the build context may be read when the program runs.
fn files(sole: &Sole<'_>, _: &Work, paths: &[String]) -> Result<(), String> {
    let unknown = "whether the program reads files or starts programs is in the build context, which is not here";
    let embedded = go::embedded(sole.cx, paths).ok_or(unknown)?;
    let is_known = |path: &str| {
        path.ends_with(".go")
            || path.starts_with("vendor/")
            || matches!(path, "go.mod" | "go.sum")
            || files::is_for_people(path)
            || embedded.iter().any(|start| is_within(path, start))
    };
    match paths.iter().find(|path| !is_known(path)) {
        Some(path) => Err(format!("the program may read `{path}` of the build context when it runs")),
        None => Ok(()),
    }
}
