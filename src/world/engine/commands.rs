//! What each engine's program is called with.

use std::path::Path;
use std::process::Command;

use super::{ANSWER_MAX, BuildOptions, EngineError, Kind};
use crate::known::{Table, table};
use crate::world::programs;

static COMMANDS: Table = table!("commands.txt");

/// What an image starts.
#[derive(Clone, Copy, Debug)]
pub struct Started<'a> {
    pub entrypoint: &'a [String],
    pub cmd: &'a [String],
    /// Which of the two are not those of the image itself.
    pub given: Given,
}

/// What is started instead of what the image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Nothing,
    Cmd,
    Both,
}

/// The commands that start an image.
pub(super) struct Starting {
    /// Before it, and to their end.
    pub before: Vec<Vec<String>>,
    pub start: Vec<String>,
}

/// Asks the program what it is, and whether it can build.
pub(super) fn version(kind: Kind, program: &Path) -> Result<String, EngineError> {
    let name = kind.name();
    let ask = |command: &mut Command, what: &str| {
        let answer = programs::ask(command, ANSWER_MAX)?;
        let said = String::from_utf8_lossy(if answer.out.is_empty() { &answer.err } else { &answer.out });
        if answer.status.is_some_and(|status| status.success()) {
            Ok(said.trim().to_owned())
        } else {
            let said = String::from_utf8_lossy(&answer.err);
            let last = said.trim().lines().last().unwrap_or("it says nothing").trim();
            Err(EngineError::NoAnswer(name, format!("{what}{last}")))
        }
    };
    let version = ask(Command::new(program).args(words(kind, "version")), "")?;
    match kind {
        Kind::Docker => {
            let client = &mut Command::new(program);
            ask(client.args(["buildx", "version"]), "it has no BuildKit client, `docker buildx`: ")?;
        }
        Kind::Podman => {}
        // `buildah version 1.39.3 (image-spec 1.1.0, runtime-spec 1.2.0)`
        Kind::Buildah => return Ok(format!("buildah {}", version.split_whitespace().nth(2).unwrap_or_default())),
    }
    Ok(format!("{name} {version}"))
}

pub(super) fn build(
    command: &mut Command,
    kind: Kind,
    file: &Path,
    ignore: Option<&Path>,
    context: &Path,
    name: &str,
    options: &BuildOptions,
) {
    // With Docker, attestations would make an index of each image, and time of each build. With the others, images of steps in between would stay
    // behind, so there are none; the format of OCI has no health check.
    command.args(words(kind, "build")).arg("--tag").arg(name).arg("--file").arg(file);
    // BuildKit looks for `NAME.dockerignore` by itself.
    if let (Some(ignore), Kind::Podman | Kind::Buildah) = (ignore, kind) {
        command.arg("--ignorefile").arg(ignore);
    }
    for value in &options.build_args {
        command.arg("--build-arg").arg(value);
    }
    let named = [("--target", &options.target), ("--platform", &options.platform), ("--network", &options.network)];
    for (option, value) in named {
        if let Some(value) = value {
            command.arg(option).arg(value);
        }
    }
    command.args(&options.others).arg(context);
}

/// Writes the image to standard output.
pub(super) fn save(command: &mut Command, kind: Kind, name: &str) {
    command.args(words(kind, "save")).arg(name);
    if kind == Kind::Buildah {
        command.arg("docker-archive:/dev/stdout");
    }
}

pub(super) fn start(
    kind: Kind,
    image: &str,
    container: &str,
    network: Option<&str>,
    started: &Started<'_>,
) -> Starting {
    let with = |what, others: &[&str]| {
        words(kind, what).map(str::to_owned).chain(others.iter().map(|&word| word.to_owned())).collect::<Vec<_>>()
    };
    let network = network.map(|network| format!("--network={network}"));
    match kind {
        Kind::Docker | Kind::Podman => {
            let mut start = with("start", &[container]);
            start.extend(network);
            let own = started.entrypoint.split_first().filter(|_| started.given == Given::Both);
            let arguments = own.map_or(&[][..], |(program, arguments)| {
                start.extend(["--entrypoint".to_owned(), program.clone()]);
                arguments
            });
            start.push(image.to_owned());
            start.extend_from_slice(arguments);
            if started.given != Given::Nothing {
                start.extend_from_slice(started.cmd);
            }
            Starting { before: Vec::new(), start }
        }
        // Buildah knows neither CMD nor ENTRYPOINT of the image when it runs something in it.
        Kind::Buildah => {
            let mut start = with("start", &[]);
            start.extend(network);
            start.extend([container, "--"].map(str::to_owned));
            start.extend(started.entrypoint.iter().chain(started.cmd).cloned());
            Starting { before: vec![with("make container", &[container, image])], start }
        }
    }
}

/// Prints the digests of the layers of an image as JSON.
pub(super) fn layers(kind: Kind) -> impl Iterator<Item = &'static str> {
    words(kind, "layers")
}

pub(super) fn remove_image(kind: Kind) -> impl Iterator<Item = &'static str> {
    words(kind, "remove image")
}

pub(super) fn remove_container(kind: Kind) -> impl Iterator<Item = &'static str> {
    words(kind, "remove container")
}

/// What lists the containers that a stopped build leaves behind, a name a word.
pub(super) fn working_containers(kind: Kind) -> Option<impl Iterator<Item = &'static str>> {
    (kind == Kind::Buildah).then(|| words(kind, "containers"))
}

/// What the program of an engine is called with for something; none where it needs nothing.
fn words(kind: Kind, what: &str) -> impl Iterator<Item = &'static str> + use<> {
    COMMANDS.get(&format!("{} {what}", kind.name())).into_iter().flat_map(|words| words.split('\t'))
}
