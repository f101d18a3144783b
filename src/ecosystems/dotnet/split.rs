//! What `dotnet publish` makes, for the transform that ships it alone.

use super::FACTS;
use super::code::{self as dotnet, Project};
use crate::ecosystems::Sole;
use crate::ecosystems::split::{self, Ships, Split, Work};
use crate::known::suites;
use crate::programs::files;
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within, joined};
use crate::syntax::{ImageReference, Keyword};

const REGISTRY: &str = "mcr.microsoft.com";
const SDK: &str = "dotnet/sdk";

/// The first release whose images differ by no more than is looked at here.
const RELEASE_MIN: u8 = 6;

/// The first release in which ports can be said without addresses.
const RELEASE_OF_PORTS: u8 = 8;

pub(crate) fn is_sdk(reference: &ImageReference) -> bool {
    reference.registry == REGISTRY && reference.repository == SDK
}

pub(super) const SPLIT: Split =
    Split { ships: Ships::Product, pays: |_, _| true, image: shipped_on, step, artifacts, starts, files };

fn shipped_on(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<String, String> {
    let tag = reference.tag_or_latest();
    let release = release(tag).ok_or("its tag does not say which .NET it has, and on what")?;
    if reference.digest.is_some() {
        return Err("a digest says which image it is".to_owned());
    }
    if image.platform().is_some_and(|platform| !FACTS.has("platform", platform)) {
        return Err("the image that runs programs is not known to be built for its platform".to_owned());
    }
    let (path, text) = project(sole)?;
    let project = Project(&text);
    if project.element("TargetFramework") != Some(&format!("net{release}")) {
        return Err(format!("`{path}` does not say that it is for .NET {release}"));
    }
    let kind = match project.sdk() {
        Some("Microsoft.NET.Sdk.Web") => "aspnet",
        Some("Microsoft.NET.Sdk") => "runtime",
        _ => return Err(format!("`{path}` does not say what kind of program it is")),
    };
    if kind == "aspnet" && !says_port(sole, release) {
        return Err("no ENV says at which port it answers, and the images have several".to_owned());
    }
    Ok(format!("{REGISTRY}/dotnet/{kind}:{tag}"))
}

/// The project and its text.
fn project(sole: &Sole<'_>) -> Result<(String, String), String> {
    let unknown = "what the program needs is in the build context, which is not here";
    let paths = files::copied(sole.cx, &sole.sources).ok_or(unknown)?;
    let path = paths.iter().find(|path| dotnet::is_project(path)).ok_or(unknown)?;
    let text = files::texts(sole.cx, &[path]).ok_or(unknown)?.remove(0);
    Ok((path.clone(), text))
}

fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    if command.name() != Some("dotnet") {
        return Ok(false);
    }
    match publish(sole, command)? {
        Some(folder) => work.makes(folder, command.range()).map(|()| true),
        None => Ok(true),
    }
}

fn artifacts(sole: &Sole<'_>, work: &mut Work, _: &[Command<'_>]) -> Result<(), Obstacle> {
    split::made(sole, work, "no `dotnet publish` here makes what it starts")?;
    let folder = &work.place;
    if let Some(brought) = sole.brought.iter().find(|brought| is_within(&brought.destination, folder)) {
        return Err((brought.range, format!("`{}` is also where the program is put", brought.destination)));
    }
    match sole.directory == *folder {
        true => Ok(()),
        false => Err((sole.start[0].1, format!("it is started in `{}` and may read what is there", sole.directory))),
    }
}

/// That what is started is what the project makes.
fn starts(sole: &Sole<'_>, work: &Work) -> Result<(), Obstacle> {
    let at = sole.start[0].1;
    let (path, text) = project(sole).map_err(|because| (at, because))?;
    let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".csproj")).unwrap_or_default();
    let started = format!("{}.dll", Project(&text).element("AssemblyName").unwrap_or(stem));
    let made = joined(&work.place, &started);
    let words: Vec<_> = sole.start.iter().map(|(word, _)| word.as_str()).collect();
    match words.as_slice() {
        ["dotnet", file, rest @ ..]
            if joined(&sole.directory, file) == made && !rest.iter().any(|word| word.contains('/')) =>
        {
            Ok(())
        }
        _ => Err((at, format!("it starts `{}`, and the build makes `{made}`", words.join(" ")))),
    }
}

fn files(_: &Sole<'_>, _: &Work, paths: &[String]) -> Result<(), String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_of_build =
        |path: &&String| FACTS.of("start of a file of a build").any(|start| name(path).starts_with(start));
    match paths.iter().find(is_of_build) {
        Some(path) => Err(format!("`{path}` may change what is built")),
        None => Ok(()),
    }
}

/// The release that a tag names, as projects have it: `8.0`.
fn release(tag: &str) -> Option<&str> {
    let (release, suite) = tag.split_once('-').map_or((tag, None), |(release, suite)| (release, Some(suite)));
    // On Alpine images differ in how they sort and print text.
    let has_all_images = |end: &str| suites::all().any(|suite| suite.value("has .NET images") == Some(end));
    let is_known = major(release)? >= RELEASE_MIN && suite.is_none_or(has_all_images);
    is_known.then_some(release)
}

fn major(release: &str) -> Option<u8> {
    release.strip_suffix(".0")?.parse().ok()
}

/// The folder that `dotnet publish` fills, in full, if the command is that.
///
/// # Errors
/// What else it may do.
fn publish(sole: &Sole<'_>, command: &Command<'_>) -> Result<Option<String>, String> {
    if let Some(assignment) = command.simple.assignments.first() {
        return Err(format!("`{}` may change what is built", assignment.name));
    }
    let mut words = command.arguments().iter().filter_map(|word| word.literal.as_deref());
    let verb = words.next().unwrap_or_default();
    if !FACTS.has("verb of a build", verb) {
        return Err(format!("`dotnet {verb}` may leave something behind that is needed at run time"));
    }
    let (mut folder, mut is_release) = (None, false);
    while let Some(word) = words.next() {
        match word {
            "-c" | "--configuration" => is_release = words.next() == Some("Release"),
            "-o" | "--output" if verb == "publish" => folder = words.next(),
            "." | "./" => {}
            option if FACTS.has("option", option) => {}
            project if dotnet::is_project(project) => {}
            other => return Err(format!("what `dotnet {verb}` does with `{other}` is not known")),
        }
    }
    match (verb, folder) {
        ("publish", Some(folder)) if is_release => Ok(Some(joined(&sole.directory_of(command), folder))),
        ("publish", Some(_)) => Err("it builds a program for development".to_owned()),
        ("publish", None) => Err("it does not say where it puts the program".to_owned()),
        _ => Ok(None),
    }
}

/// Whether ENV says where a web program answers: the image that runs them has another port than the one that builds.
fn says_port(sole: &Sole<'_>, release: &str) -> bool {
    let has_ports = major(release).is_some_and(|major| major >= RELEASE_OF_PORTS);
    let is_setting = |name: &str| name == "ASPNETCORE_URLS" || (has_ports && name == "ASPNETCORE_HTTP_PORTS");
    sole.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Env).any(|instruction| {
        let pairs = instruction.arguments().pairs();
        pairs.iter().any(|pair| is_setting(pair.key.text.as_str()) && !pair.value.text.is_empty())
    })
}
