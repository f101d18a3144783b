//! What a run is told: which files, which transforms, and what is asked of registries. Options of the command line, and of whoever runs the chain.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::rewrite::{Merge, Pin};

/// Which files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub struct Files {
    /// Dockerfiles or folders; - for standard input
    #[arg(default_value = ".", help_heading = "Arguments")]
    pub paths: Vec<PathBuf>,
    /// The path that standard input is taken to have, for configuration and messages
    #[arg(long, value_name = "PATH", aliases = ["stdin-filepath", "stdin-file-path"])]
    pub stdin_filename: Option<PathBuf>,
    /// The build context; by default what the repository says, else the folder of each Dockerfile, and none for standard input
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
    /// These paths, for who has words of its own for what comes of them.
    #[must_use]
    pub fn of(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            stdin_filename: None,
            context: None,
            changed: false,
            force_exclude: false,
            max_file_size: crate::world::files::SIZE_MAX_BYTES,
            jobs: None,
            quiet: true,
            verbose: false,
        }
    }

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
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Transforms")]
pub struct ChainChoice {
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
pub struct Images {
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
