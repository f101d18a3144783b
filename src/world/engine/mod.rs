//! Container engines: Docker with BuildKit, Podman and Buildah. An image is built, read, started and thrown away by their own programs.

mod commands;

use std::collections::HashSet;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::programs::{self, Answer, ProgramError};
pub use commands::{Given, Started};

/// Longest time for a question that an engine answers from what it knows.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Lines of the log that an error shows.
const LOG_LINES: usize = 25;

/// A family of programs with the same options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Docker,
    Podman,
    Buildah,
}

impl Kind {
    /// In the order in which they are looked for.
    pub const ALL: [Self; 3] = [Self::Docker, Self::Podman, Self::Buildah];

    /// The name of its program.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        }
    }
}

/// What a build is given beside the Dockerfile and its context.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// `NAME=VALUE` each, or `NAME` for the value that the environment has.
    pub build_args: Vec<String>,
    pub target: Option<String>,
    pub platform: Option<String>,
    /// Which network RUN and the started image see, in the words of the engine.
    pub network: Option<String>,
    /// Further options, handed on as they are.
    pub others: Vec<String>,
    /// Longest time for a build, and for reading an image.
    pub limit: Duration,
}

impl BuildOptions {
    /// The same for a Dockerfile without stages that could be a target.
    #[must_use]
    pub fn without_target(&self) -> Self {
        Self { target: None, ..self.clone() }
    }
}

/// Why an engine gave no image.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("{}", not_found(.0))]
    NotFound(Vec<Kind>),
    #[error("{0} does not answer: {1}")]
    NoAnswer(&'static str, String),
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error("could not write {}: {source}", path.display())]
    NotWritten { path: PathBuf, source: std::io::Error },
    /// The build failed; the last lines of its log.
    #[error("the build failed\n{}", indented(.0))]
    NotBuilt(Vec<String>),
    #[error("could not save the image: {0}")]
    NotSaved(String),
}

fn not_found(kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
    format!("no container engine to build with: {} not found on PATH", names.join(", "))
}

fn indented(lines: &[String]) -> String {
    let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
    last.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// An engine on this machine.
#[derive(Debug)]
pub struct Engine {
    kind: Kind,
    program: PathBuf,
    /// What it says of itself: `docker 26.1.5`.
    version: String,
}

impl Engine {
    /// The engine `wanted`, or the first one that is there and answers.
    ///
    /// # Errors
    /// If there is none, or the one that is wanted does not answer; the sentence says why.
    pub fn find(wanted: Option<Kind>) -> Result<Self, EngineError> {
        let kinds = wanted.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
        let mut failure = EngineError::NotFound(kinds.clone());
        for kind in kinds {
            let Some(program) = programs::find(kind.name()) else { continue };
            match Self::at(kind, program) {
                Ok(engine) => return Ok(engine),
                Err(error) if matches!(failure, EngineError::NotFound(_)) => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }

    /// The engine `kind` whose program is `program`.
    ///
    /// # Errors
    /// If it does not answer, or cannot build.
    pub fn at(kind: Kind, program: PathBuf) -> Result<Self, EngineError> {
        let version = commands::version(kind, &program)?;
        Ok(Self { kind, program, version })
    }

    /// Builds `text` with the build context `context`, without its build cache. What the context leaves out is said by `ignore`, or else by the context itself.
    /// `heard` gets the lines of the log.
    ///
    /// # Errors
    /// [`EngineError::NotBuilt`] with the log if the build fails.
    pub fn build(
        &self,
        text: &[u8],
        ignore: Option<&[u8]>,
        context: &Path,
        options: &BuildOptions,
        heard: &mut dyn FnMut(&str),
    ) -> Result<BuiltImage<'_>, EngineError> {
        let folder = tempfile::Builder::new().prefix("dockeropt-verify-").tempdir();
        let not_written = |path: &Path, source| EngineError::NotWritten { path: path.to_owned(), source };
        let folder = folder.map_err(|source| not_written(&std::env::temp_dir(), source))?;
        let file = folder.path().join("Dockerfile");
        std::fs::write(&file, text).map_err(|source| not_written(&file, source))?;
        let ignore_file = folder.path().join("Dockerfile.dockerignore");
        if let Some(ignore) = ignore {
            std::fs::write(&ignore_file, ignore).map_err(|source| not_written(&ignore_file, source))?;
        }
        let ignore_file = ignore.map(|_| ignore_file.as_path());
        let context = std::path::absolute(context).map_err(|source| not_written(context, source))?;
        let name = unique_name(folder.path());
        let mut command = self.command();
        commands::build(&mut command, self.kind, &file, ignore_file, &context, &name, options);
        // From here on there may be something to take away, also if the build fails.
        let mut image = BuiltImage { engine: self, name, network: options.network.clone(), took: Duration::ZERO };
        let working = self.working_containers();
        let started = Instant::now();
        let ended = programs::run(&mut command, options.limit, heard);
        let took = started.elapsed();
        match ended {
            Ok(ended) if ended.status.success() => {
                image.took = took;
                Ok(image)
            }
            Ok(ended) => {
                self.remove_working_containers(&working);
                Err(EngineError::NotBuilt(ended.lines))
            }
            Err(error) => {
                self.remove_working_containers(&working);
                Err(error.into())
            }
        }
    }

    fn command(&self) -> Command {
        Command::new(&self.program)
    }

    /// Containers in which Buildah works: those of a build that is stopped stay behind.
    fn working_containers(&self) -> HashSet<String> {
        let Some(list) = commands::working_containers(self.kind) else { return HashSet::new() };
        let said = programs::clean_up(self.command().args(list));
        said.split_whitespace().map(str::to_owned).collect()
    }

    fn remove_working_containers(&self, before: &HashSet<String>) {
        for container in self.working_containers().difference(before) {
            programs::clean_up(self.command().args(["rm", container]));
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.version)
    }
}

/// An image that was built. It is gone with this value; what its build left in the build cache stays there.
pub struct BuiltImage<'e> {
    engine: &'e Engine,
    name: String,
    network: Option<String>,
    /// How long the build took.
    pub took: Duration,
}

impl BuiltImage<'_> {
    /// Gives `read` the image as the engine saves it, a tar archive.
    ///
    /// # Errors
    /// If the engine does not save it.
    pub fn read<T>(&self, limit: Duration, read: impl FnOnce(&mut dyn Read) -> T) -> Result<T, EngineError> {
        let mut command = self.engine.command();
        commands::save(&mut command, self.engine.kind, &self.name);
        let (result, status, said) = programs::read(&mut command, limit, read)?;
        if status.success() {
            Ok(result)
        } else {
            Err(EngineError::NotSaved(String::from_utf8_lossy(&said).trim().to_owned()))
        }
    }

    /// The digests of its layers, uncompressed, from the lowest; none if the engine does not tell.
    #[must_use]
    pub fn layers(&self) -> Vec<String> {
        let words = commands::layers(self.engine.kind);
        let answer = programs::ask(self.engine.command().args(words).arg(&self.name), ANSWER_MAX);
        answer.ok().and_then(|answer| serde_json::from_slice(&answer.out).ok()).unwrap_or_default()
    }

    /// Starts the image for at most `limit`.
    ///
    /// # Errors
    /// If the engine cannot be started, or the process is asked to end.
    pub fn start(&self, started: Started<'_>, limit: Duration) -> Result<Answer, EngineError> {
        let container = self.name.trim_start_matches("localhost/").replace(':', "-");
        let commands = commands::start(self.engine.kind, &self.name, &container, self.network.as_deref(), &started);
        let container = Container { engine: self.engine, name: container };
        for preparation in commands.before {
            let ended = programs::run(self.engine.command().args(preparation), ANSWER_MAX, &mut |_| {})?;
            if !ended.status.success() {
                return Err(EngineError::NotBuilt(ended.lines));
            }
        }
        let answer = programs::ask(self.engine.command().args(commands.start), limit);
        drop(container);
        Ok(answer?)
    }
}

impl Drop for BuiltImage<'_> {
    fn drop(&mut self) {
        programs::clean_up(self.engine.command().args(commands::remove_image(self.engine.kind)).arg(&self.name));
    }
}

/// A container that may be there. It is gone with this value.
struct Container<'e> {
    engine: &'e Engine,
    name: String,
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        programs::clean_up(self.engine.command().args(commands::remove_container(self.engine.kind)).arg(&self.name));
    }
}

/// A name that no other image has, made from that of a folder that no other process has.
fn unique_name(folder: &Path) -> String {
    let random = folder.file_name().unwrap_or_default().as_encoded_bytes();
    let random: String = random
        .rsplit(|byte| *byte == b'-')
        .next()
        .unwrap_or_default()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("localhost/dockeropt-verify-{}-{random}:latest", std::process::id())
}
