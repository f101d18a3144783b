//! What `dotnet publish` makes, for the transform that ships it alone.

use super::super::skeleton::{Runtime, Sole};
use super::code::{self as dotnet, Project};
use crate::known::suites;
use crate::programs::{self, files};
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

pub(crate) fn runtime(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<Runtime, Obstacle> {
    let of_image = |because: &str| (sole.from, because.to_owned());
    let tag = reference.tag_or_latest();
    let release = release(tag).ok_or_else(|| of_image("its tag does not say which .NET it has, and on what"))?;
    if reference.digest.is_some() {
        return Err(of_image("a digest says which image it is"));
    }
    if image.platform().is_some_and(|platform| !["linux/amd64", "linux/arm64"].contains(&platform)) {
        return Err(of_image("the image that runs programs is not known to be built for its platform"));
    }
    let mut commands_of = Vec::new();
    for run in &sole.cx.build.runs {
        commands_of.push(sole.commands(run)?);
    }
    let mut published = None;
    let mut others = Vec::new();
    for command in commands_of.iter().flatten() {
        if command.name() != Some("dotnet") {
            others.push(command);
            continue;
        }
        if let Some(folder) = publish(sole, command).map_err(|because| (command.range(), because))? {
            if published.is_some() {
                return Err((command.range(), "it is the second program that is built".to_owned()));
            }
            published = Some((folder, command.range()));
        }
    }
    let Some((folder, at)) = published else {
        return Err(of_image("no `dotnet publish` here makes what it starts"));
    };
    if let Some(other) = others.iter().find(|other| !sole.leaves_nothing(other, &folder)) {
        let name = other.name().unwrap_or_default();
        return Err((other.range(), format!("`{name}` may leave something behind that is needed at run time")));
    }
    if let Some(brought) = sole.brought.iter().find(|brought| is_within(&brought.destination, &folder)) {
        return Err((brought.range, format!("`{}` is also where the program is put", brought.destination)));
    }
    if sole.directory != folder {
        return Err((sole.start[0].1, format!("it is started in `{}` and may read what is there", sole.directory)));
    }
    let is_web = sources(sole, &folder, release).map_err(|because| (at, because))?;
    if is_web && !says_port(sole, release) {
        return Err((at, "no ENV says at which port it answers, and the images have several".to_owned()));
    }
    let kind = if is_web { "aspnet" } else { "runtime" };
    Ok(Runtime { image: format!("{REGISTRY}/dotnet/{kind}:{tag}"), artifacts: vec![folder], ..Runtime::default() })
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
    if !matches!(verb, "build" | "clean" | "publish" | "restore" | "--info" | "--version") {
        return Err(format!("`dotnet {verb}` may leave something behind that is needed at run time"));
    }
    let (mut folder, mut is_release) = (None, false);
    while let Some(word) = words.next() {
        match word {
            "-c" | "--configuration" => is_release = words.next() == Some("Release"),
            "-o" | "--output" if verb == "publish" => folder = words.next(),
            "--no-restore" | "--no-build" | "--nologo" | "/p:UseAppHost=false" | "-p:UseAppHost=false" => {}
            "." | "./" => {}
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

/// Whether it is a program for the web; that it is the one that is started, and can need nothing of this image that the other does not have.
fn sources(sole: &Sole<'_>, folder: &str, release: &str) -> Result<bool, String> {
    let unknown = "what the program needs is in the build context, which is not here";
    let paths = files::copied(sole.cx, &sole.sources).ok_or(unknown)?;
    const OF_BUILDS: &[&str] = &["directory.", "global.json", "nuget.config", "packages.lock.json"];
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if let Some(path) = paths.iter().find(|path| OF_BUILDS.iter().any(|start| name(path).starts_with(start))) {
        return Err(format!("`{path}` may change what is built"));
    }
    let needs = programs::needs(sole.cx, &super::LANGUAGE, &paths).ok_or(unknown)?;
    if let Some(because) = needs.any() {
        return Err(format!("{because}, so that it may need something of this image"));
    }
    let path = paths.iter().find(|path| dotnet::is_project(path)).ok_or(unknown)?;
    let text = files::texts(sole.cx, &[path]).ok_or(unknown)?.remove(0);
    let project = Project(&text);
    if project.element("TargetFramework") != Some(&format!("net{release}")) {
        return Err(format!("`{path}` does not say that it is for .NET {release}"));
    }
    let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".csproj")).unwrap_or_default();
    let started = format!("{}.dll", project.element("AssemblyName").unwrap_or(stem));
    let words: Vec<_> = sole.start.iter().map(|(word, _)| word.as_str()).collect();
    let is_started = match words.as_slice() {
        ["dotnet", file, rest @ ..] => {
            joined(&sole.directory, file) == joined(folder, &started) && !rest.iter().any(|word| word.contains('/'))
        }
        _ => false,
    };
    if !is_started {
        return Err(format!("it starts `{}`, and the build makes `{}`", words.join(" "), joined(folder, &started)));
    }
    match project.sdk() {
        Some("Microsoft.NET.Sdk.Web") => Ok(true),
        Some("Microsoft.NET.Sdk") => Ok(false),
        _ => Err(format!("`{path}` does not say what kind of program it is")),
    }
}
