//! What each engine's program is called with.
//!
//! Sources: the manual pages of `docker buildx build`, `docker run`, `podman-build`, `podman-save`, `buildah-build`, `buildah-push` and `buildah-run`.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::{ANSWER_MAX, BuildOptions, EngineError, Kind};
use crate::world::programs;

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
    let ask = |words: &[&str], what: &str| {
        let answer = programs::ask(Command::new(program).args(words), ANSWER_MAX)?;
        let said = String::from_utf8_lossy(if answer.out.is_empty() { &answer.err } else { &answer.out });
        if answer.status.is_some_and(|status| status.success()) {
            Ok(said.trim().to_owned())
        } else {
            let said = String::from_utf8_lossy(&answer.err);
            let last = said.trim().lines().last().unwrap_or("it says nothing").trim();
            Err(EngineError::NoAnswer(name, format!("{what}{last}")))
        }
    };
    match kind {
        Kind::Docker => {
            let version = ask(&["version", "--format", "{{.Server.Version}}"], "")?;
            ask(&["buildx", "version"], "it has no BuildKit client, `docker buildx`: ")?;
            Ok(format!("docker {version}"))
        }
        Kind::Podman => Ok(format!("podman {}", ask(&["version", "--format", "{{.Client.Version}}"], "")?)),
        // `buildah version 1.39.3 (image-spec 1.1.0, runtime-spec 1.2.0)`
        Kind::Buildah => {
            let version = ask(&["--version"], "")?;
            Ok(format!("buildah {}", version.split_whitespace().nth(2).unwrap_or_default()))
        }
    }
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
    match kind {
        // Attestations would make an index of each image, and time of each build.
        Kind::Docker => {
            command.args(["buildx", "build", "--progress=plain", "--no-cache", "--load", "--provenance=false"]);
        }
        // Images of steps in between would stay behind, so there are none. The format of OCI has no health check.
        Kind::Podman | Kind::Buildah => {
            command.args(["build", "--no-cache", "--layers=false", "--force-rm", "--format=docker"]);
        }
    }
    command.arg("--tag").arg(name).arg("--file").arg(file);
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
    match kind {
        Kind::Docker => command.args(["image", "save", name]),
        Kind::Podman => {
            command.args(["save", "--quiet", "--format", "docker-archive", "--output", "/dev/stdout", name])
        }
        Kind::Buildah => command.args(["push", "--quiet", name, "docker-archive:/dev/stdout"]),
    };
}

pub(super) fn start(
    kind: Kind,
    image: &str,
    container: &str,
    network: Option<&str>,
    started: &Started<'_>,
) -> Starting {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let network = network.map(|network| format!("--network={network}"));
    match kind {
        Kind::Docker | Kind::Podman => {
            let mut start = owned(&["run", "--rm", "--init", "--name", container]);
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
            let mut start = owned(&["run"]);
            start.extend(network);
            start.extend(owned(&[container, "--"]));
            start.extend(started.entrypoint.iter().chain(started.cmd).cloned());
            Starting { before: vec![owned(&["from", "--pull-never", "--name", container, image])], start }
        }
    }
}

/// Prints the digests of the layers of an image as JSON.
pub(super) fn layers(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Docker | Kind::Podman => &["image", "inspect", "--format", "{{json .RootFS.Layers}}"],
        Kind::Buildah => &["inspect", "--type", "image", "--format", "{{json .OCIv1.RootFS.DiffIDs}}"],
    }
}

pub(super) fn remove_image(kind: Kind) -> Vec<OsString> {
    let words: &[&str] = match kind {
        Kind::Docker | Kind::Podman => &["image", "rm", "--force"],
        Kind::Buildah => &["rmi", "--force"],
    };
    words.iter().map(OsString::from).collect()
}

pub(super) fn remove_container(kind: Kind) -> Vec<OsString> {
    let words: &[&str] = match kind {
        Kind::Docker | Kind::Podman => &["rm", "--force", "--volumes"],
        Kind::Buildah => &["rm"],
    };
    words.iter().map(OsString::from).collect()
}

/// What lists the containers that a stopped build leaves behind, a name a word.
pub(super) fn working_containers(kind: Kind) -> Option<&'static [&'static str]> {
    (kind == Kind::Buildah).then_some(&["containers", "--quiet", "--no-trunc"])
}
