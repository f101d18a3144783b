//! The grammar of the command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::rewrite::{Merge, Pin};

/// Rewrites Dockerfiles: smaller and safer images by small, explained changes, as a patch that applies.
#[derive(Debug, Parser)]
#[command(name = "dockeropt", version, arg_required_else_help = true, subcommand_required = true)]
#[command(
    after_help = "Exit codes: 0 nothing to do, or written · 1 something would change (fix --diff, fix --check, check) · 2 failed"
)]
pub(super) struct Arguments {
    /// When to use colour.
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub color: Color,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Rewrite Dockerfiles in place, or print the patch with --diff
    Fix(Fix),
    /// Report what would change and why, and what was left alone and why
    Check(Check),
    /// Build images before and after, and compare them by what the transforms promise
    Verify(Verify),
    /// Print the page of a transform
    Explain {
        /// A transform, as `list` names it
        id: String,
    },
    /// List all transforms
    List {
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Print what is known of an official image, its tags and its end of life, as of a day
    Catalogue(Catalogue),
    /// Print the tree of a Dockerfile
    Parse {
        /// A Dockerfile, or - for standard input
        path: PathBuf,
        #[arg(long, value_enum, default_value_t)]
        format: TreeFormat,
    },
    /// Write a commented dockeropt.toml into this folder
    Init {
        /// Print the JSON schema of dockeropt.toml instead
        #[arg(long)]
        schema: bool,
    },
    /// Print completions for a shell
    Completions {
        /// The shell that is to load them
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write all of them into a folder
    Man {
        /// The folder, made if need be; each command has a page of its own
        directory: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Fix {
    /// Print one unified diff of all files and write nothing
    #[arg(long, conflicts_with = "check")]
    pub diff: bool,
    /// Write nothing, only list the files that would change
    #[arg(long)]
    pub check: bool,
    /// Ask for each rewrite: y (yes), n (no), a (all of the rest), q (none of the rest)
    #[arg(short, long, conflicts_with_all = ["diff", "check"])]
    pub interactive: bool,
    /// Exit with 0 also where something would change
    #[arg(long)]
    pub exit_zero: bool,
    /// Build each image before and after, and make only changes that keep what they promise
    #[arg(long, conflicts_with_all = ["check", "interactive"])]
    pub verify: bool,
    #[command(flatten)]
    pub files: Files,
    #[command(flatten)]
    pub chain: ChainChoice,
    #[command(flatten)]
    pub images: Images,
    #[command(flatten)]
    pub builds: Builds,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 what would change keeps what it promises, or nothing would change · 1 a promise is broken · 2 failed, also where \
        an image cannot be built as it is"
)]
pub(super) struct Verify {
    #[arg(long, value_enum, default_value_t)]
    pub format: ProofFormat,
    /// Write what is left of the change without the transforms that break a promise
    #[arg(long)]
    pub keep_good: bool,
    #[command(flatten)]
    pub builds: Builds,
    #[command(flatten)]
    pub files: Files,
    #[command(flatten)]
    pub chain: ChainChoice,
    #[command(flatten)]
    pub images: Images,
}

/// How images are built, started and looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Builds")]
pub(super) struct Builds {
    /// What builds; by default the first of these that is on PATH and answers
    #[arg(long, value_enum)]
    pub engine: Option<EngineChoice>,
    /// A build argument, handed on to the engine
    #[arg(long, value_name = "NAME=VALUE")]
    pub build_arg: Vec<String>,
    /// The stage that is built; by default the last one
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,
    /// The platform that is built for, such as linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// The network that builds and started images see, in the words of the engine
    #[arg(long, value_name = "MODE")]
    pub network: Option<String>,
    /// Any other option of the engine's build command
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub build_option: Vec<String>,
    /// Longest time for a build, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub build_timeout: Option<u64>,
    /// Also start both images as they are, and compare how they end and what they print
    #[arg(long)]
    pub start: bool,
    /// Also start both images with these words instead of CMD, and compare how they end and what they print
    #[arg(long, value_name = "CMD", conflicts_with = "start")]
    pub run: Option<String>,
    /// How long a started image may run, in seconds; then it counts as still running
    #[arg(long, value_name = "SECONDS")]
    pub run_timeout: Option<u64>,
    /// Which scanner looks at both images; `auto` is those that are on PATH, and by default there is none
    #[arg(long, value_enum, value_name = "SCANNER")]
    pub scan: Option<ScanChoice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineChoice {
    Docker,
    Podman,
    Buildah,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ScanChoice {
    Auto,
    Trivy,
    Grype,
    Syft,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
    /// Exit with 0 also where something would change
    #[arg(long)]
    pub exit_zero: bool,
    #[command(flatten)]
    pub files: Files,
    #[command(flatten)]
    pub chain: ChainChoice,
    #[command(flatten)]
    pub images: Images,
}

#[derive(Debug, Args)]
pub(super) struct Catalogue {
    /// An official image, such as `python` or `node:lts`; without one, print what the catalogue is
    pub image: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
    /// Store the catalogue in this file, to be used from now on
    #[arg(long, value_name = "FILE", conflicts_with = "image")]
    pub update: Option<PathBuf>,
}

/// Which files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(super) struct Files {
    /// Dockerfiles or folders; - for standard input
    #[arg(default_value = ".", help_heading = "Arguments")]
    pub paths: Vec<PathBuf>,
    /// The path that standard input is taken to have, for configuration and messages
    #[arg(long, value_name = "PATH", alias = "stdin-filepath")]
    pub stdin_filename: Option<PathBuf>,
    /// The build context; by default the folder of each Dockerfile, and none for standard input
    #[arg(long, value_name = "DIR")]
    pub context: Option<PathBuf>,
    /// Only files that git says are changed
    #[arg(long)]
    pub changed: bool,
    /// Leave out files that the configuration excludes even if they are named here
    #[arg(long)]
    pub force_exclude: bool,
    /// Largest file that is read, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = crate::world::files::SIZE_MAX_BYTES)]
    pub max_file_size: u64,
    /// Number of files worked on at a time; by default as many as there are processors
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Only errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also each file that was skipped or left as it is, and why; `check` also says why places were left alone
    #[arg(short, long)]
    pub verbose: bool,
}

impl Files {
    /// The build context of the Dockerfile at `file`.
    pub fn context_of(&self, file: &Path) -> Option<PathBuf> {
        let own = || (!self.is_standard_input()).then(|| file.parent().map(Path::to_owned)).flatten();
        let folder = self.context.clone().or_else(own)?;
        Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder })
    }

    pub fn is_standard_input(&self) -> bool {
        self.paths == [PathBuf::from("-")]
    }
}

/// Which transforms, and how.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Transforms")]
pub(super) struct ChainChoice {
    /// Only these transforms, or those of a phase
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub select: Option<Vec<String>>,
    /// Not these transforms, or those of a phase
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Also these transforms, which run only when named
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub opt_in: Vec<String>,
    /// Only transforms that preserve at least the image's behaviour
    #[arg(long)]
    pub safe: bool,
    /// Which neighbouring RUNs are merged: `profitable`, where that saves bytes, or `all` that can be
    #[arg(long, value_name = "WHICH", value_parser = merge)]
    pub merge: Option<Merge>,
    /// How exactly base images are named: `none`, `line` (3.14-trixie), `exact` (3.14.7-trixie) or `digest`; the last two ask registries
    #[arg(long, value_name = "LEVEL", value_parser = pin)]
    pub pin: Option<Pin>,
    /// This configuration, and no other
    #[arg(long, value_name = "PATH", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// No configuration at all
    #[arg(long)]
    pub no_config: bool,
}

/// What is asked of registries, and what is kept of it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Images")]
pub(super) struct Images {
    /// No network: only the lock file, what was fetched before, and the catalogue
    #[arg(long)]
    pub offline: bool,
    /// Only what the lock file says; what it does not say is an error
    #[arg(long)]
    pub locked: bool,
    /// Move digests to what their tags are now: all, or those of images that match GLOB, such as python
    #[arg(long, value_name = "GLOB", num_args = 0..=1, require_equals = true, default_missing_value = "*",
        conflicts_with_all = ["offline", "locked"])]
    pub update: Vec<String>,
    /// The lock file; by default the nearest dockeropt.lock, or a new one in the folder of the configuration or repository
    #[arg(long, value_name = "PATH")]
    pub lock: Option<PathBuf>,
    /// Ask this registry too; those that everybody knows, and those you are logged in to, are asked anyway
    #[arg(long, value_name = "HOST")]
    pub registry: Vec<String>,
    /// Longest time to wait for a registry's answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Where to keep what registries answered
    #[arg(long, value_name = "PATH")]
    pub cache_dir: Option<PathBuf>,
}

fn pin(text: &str) -> Result<Pin, String> {
    match text {
        "none" => Ok(Pin::None),
        "line" => Ok(Pin::Line),
        "exact" => Ok(Pin::Exact),
        "digest" => Ok(Pin::Digest),
        _ => Err("it is `none`, `line`, `exact` or `digest`".to_owned()),
    }
}

fn merge(text: &str) -> Result<Merge, String> {
    match text {
        "profitable" => Ok(Merge::Profitable),
        "all" => Ok(Merge::All),
        _ => Err("it is `profitable` or `all`".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Makes the choice hold for everything that is printed from here on.
    pub fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    #[default]
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum TreeFormat {
    #[default]
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ProofFormat {
    /// A table, for people
    #[default]
    Human,
    /// One JSON document
    Json,
    /// The text of a pull request
    Markdown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// Source excerpts, for people
    #[default]
    Human,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// Static Analysis Results Interchange Format 2.1.0
    Sarif,
    /// GitHub workflow commands, shown at the changed lines
    Github,
    /// GitLab code quality report
    Gitlab,
}
