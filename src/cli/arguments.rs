//! The grammar of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::examine::shard::Shard;
use crate::examine::{ChainChoice, Files, Images};

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
    /// Rewrite the Dockerfiles of many repositories: a patch, a branch or new text for each, a journal, a report
    Migrate(Box<Migrate>),
    /// Read JSON lines of Dockerfiles, and answer each with a line: what would change, and what was left alone
    Map(Map),
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
    /// Serve an editor: diagnostics, fixes, formatting and pages over standard input and output
    Lsp(Lsp),
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
#[command(
    after_help = "Exit codes: 0 every repository was changed, or left as it is for a reason · 2 some repositories or Dockerfiles were refused or failed, and the \
        journal says why; --resume tries those again. Also 2: there is no repository at all"
)]
pub(super) struct Migrate {
    /// Checkouts, folders with checkouts below them, or URLs, which your own git clones
    #[arg(value_name = "REPOSITORY")]
    pub repositories: Vec<String>,
    /// A file with more of all these, one a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub repos_from: Option<PathBuf>,
    /// What becomes of a repository that is changed
    #[arg(long, value_enum, default_value_t)]
    pub output: MigrateOutput,
    /// Where patches, texts for pull requests and the journal are written
    #[arg(long, value_name = "DIR", default_value = "dockeropt-migration")]
    pub out: PathBuf,
    /// Where clones of URLs are kept; by default in the folder of --out
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// The branch that --output branch makes
    #[arg(long, value_name = "NAME", default_value = "dockeropt/migrate")]
    pub branch: String,
    /// Go on with the journal of an earlier run: only what is missing, has changed since, was refused or failed is done
    #[arg(long)]
    pub resume: bool,
    /// Only a part of the repositories, such as 2/8; which one is in which part depends on its name alone
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// With --output in-place, also checkouts that are not clean
    #[arg(long)]
    pub allow_dirty: bool,
    /// Run this command after each repository, by the shell, with what came of it in DOCKEROPT_REPOSITORY, DOCKEROPT_OUTCOME, DOCKEROPT_PATCH, DOCKEROPT_BODY,
    /// DOCKEROPT_TITLE, DOCKEROPT_BRANCH, DOCKEROPT_COMMIT, DOCKEROPT_FOLDER, DOCKEROPT_SOURCE and DOCKEROPT_REASON
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
    /// Write a report, by its suffix .html or .json; may be given several times
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Only write the report, from this journal of an earlier run; may be given several times, for shards
    #[arg(long, value_name = "JOURNAL", conflicts_with_all = ["repositories", "repos_from", "resume", "shard", "exec"])]
    pub report_from: Vec<PathBuf>,
    /// Longest time for a repository, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub repository_timeout: u64,
    /// Build each image before and after, and make only changes that keep what they promise
    #[arg(long)]
    pub verify: bool,
    /// Largest file that is read, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = crate::world::files::SIZE_MAX_BYTES)]
    pub max_file_size: u64,
    /// Number of repositories worked on at a time; by default as many as there are processors
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=256))]
    pub jobs: Option<u64>,
    /// Only errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also a line for each repository
    #[arg(short, long)]
    pub verbose: bool,
    #[command(flatten)]
    pub chain: ChainChoice,
    #[command(flatten)]
    pub images: Images,
    #[command(flatten)]
    pub builds: Builds,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum MigrateOutput {
    /// A patch that `git am` takes
    #[default]
    Patches,
    /// A commit on a branch of its own; working tree, index and the branch that is checked out stay as they are
    Branch,
    /// New text in the working tree
    InPlace,
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
#[command(
    after_help = "Each line in is {\"id\": …, \"path\": \"a/Dockerfile\", \"text\": \"FROM …\"}; `path` may be left out, and other keys are handed through.\nEach \
        line out, in the same order and in ASCII, adds changed, status, reason, text, diff, findings, advice, declined and problems.\n\nExit codes: 0 every line was \
        answered, be it by an error · 2 failed"
)]
pub(super) struct Map {
    /// Only each N-th line, from the I-th on: one of N runs over the same lines
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Largest line that is read, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 8 << 20)]
    pub max_line_size: u64,
    /// Number of lines worked on at a time; by default as many as there are processors
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Only errors
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub chain: ChainChoice,
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

#[derive(Debug, Args)]
#[command(
    after_help = "It speaks the Language Server Protocol 3.17. What it is told by `dockeropt.toml` and by the settings of the editor, it obeys at once."
)]
pub(super) struct Lsp {
    /// Registries may be asked, where a configuration wants digests or full versions
    #[arg(long)]
    pub network: bool,
    /// Nothing else than what happens anyway; editors add it of their own accord, some of them twice
    #[arg(long, hide = true, action = clap::ArgAction::Count)]
    pub stdio: u8,
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
