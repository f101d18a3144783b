//! Where images are built for `verify` and `fix --verify`: the engine, the scanners, and what is shown while they work.

use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::arguments::{Builds, EngineChoice, ScanChoice};
use crate::examine::Files;
use crate::examine::around::ContextTaken;
use crate::image::Reader;
use crate::rewrite::{Chain, Facts, Outcome};
use crate::verify::scan::{self, Scanner};
use crate::verify::{self, Bases, Keep, Proof, Start, VerifyError, Workshop};
use crate::world::engine::{BuildOptions, Engine, Kind};
use crate::world::interrupt;
use crate::world::terminal::{sanitised, sanitised_path, tell};

/// Longest time for a build, in seconds, where nothing else is said.
const BUILD_SECONDS: u64 = 1800;

/// How long a started image may run, in seconds, where nothing else is said.
const RUN_SECONDS: u64 = 30;

pub(super) struct Site<'a> {
    builds: &'a Builds,
    files: &'a Files,
    engine: Engine,
    scanners: Vec<Scanner>,
    start: Option<Start>,
    reader: Reader,
    bases: Bases,
}

impl<'a> Site<'a> {
    /// # Errors
    /// If there is no engine or no scanner that is wanted, or the words of `--run` are no words.
    pub fn new(builds: &'a Builds, files: &'a Files) -> Result<Self, Failure> {
        if files.is_standard_input() {
            return Err("images are built from files: give a path instead of `-`".to_owned());
        }
        interrupt::note()?;
        let words = builds.run.as_deref().map(|text| {
            let words = shlex::split(text).filter(|words| !words.is_empty());
            words.ok_or_else(|| format!("--run: `{text}` is no command: a quote is not closed, or there is no word"))
        });
        let words = words.transpose()?;
        let limit = Duration::from_secs(builds.run_timeout.unwrap_or(RUN_SECONDS));
        let start = (builds.start || words.is_some()).then_some(Start { words, limit });
        let scanners = scanners(builds.scan)?;
        let engine = Engine::find(builds.engine.map(kind)).map_err(|error| error.to_string())?;
        let (reader, bases) = (Reader::default(), Bases::default());
        Ok(Self { builds, files, engine, scanners, start, reader, bases })
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Builds the Dockerfile at `path` as it is and as `outcome` has it, which came of `chain` and `facts`; in the build context `context`, if that is not the
    /// usual one.
    ///
    /// # Errors
    /// If there is nothing to compare.
    pub fn prove(
        &mut self,
        context: Option<&ContextTaken>,
        path: &Path,
        outcome: Outcome,
        (chain, facts): (&Chain, &Facts),
        keep: Keep,
    ) -> Result<Proof, VerifyError> {
        let folder = context.and_then(|taken| taken.folder.clone());
        let mut own_ignore = path.as_os_str().to_owned();
        own_ignore.push(".dockerignore");
        let name = sanitised_path(path);
        let shown = Shown::new(self.files);
        let Builds { build_arg, target, platform, network, build_option, build_timeout, .. } = self.builds.clone();
        let mut workshop = Workshop {
            engine: &self.engine,
            context: folder.or_else(|| self.files.context_of(path)).unwrap_or_default(),
            ignore: std::fs::read(own_ignore).ok(),
            options: BuildOptions {
                build_args: build_arg,
                target,
                platform,
                network,
                others: build_option,
                limit: Duration::from_secs(build_timeout.unwrap_or(BUILD_SECONDS)),
            },
            start: self.start.clone(),
            scanners: &self.scanners,
            reader: &mut self.reader,
            bases: &mut self.bases,
            heard: &mut |label, line| shown.line(&name, label, line),
        };
        verify::verify(outcome, chain, facts, &mut workshop, keep)
    }
}

fn kind(choice: EngineChoice) -> Kind {
    match choice {
        EngineChoice::Docker => Kind::Docker,
        EngineChoice::Podman => Kind::Podman,
        EngineChoice::Buildah => Kind::Buildah,
    }
}

fn scanners(choice: Option<ScanChoice>) -> Result<Vec<Scanner>, Failure> {
    let wanted = match choice {
        None => return Ok(Vec::new()),
        Some(ScanChoice::Auto) => return Ok(scan::Kind::ALL.into_iter().filter_map(Scanner::find).collect()),
        Some(ScanChoice::Trivy) => scan::Kind::Trivy,
        Some(ScanChoice::Grype) => scan::Kind::Grype,
        Some(ScanChoice::Syft) => scan::Kind::Syft,
    };
    let scanner = Scanner::find(wanted).ok_or_else(|| format!("--scan: there is no `{}` on PATH", wanted.name()))?;
    Ok(vec![scanner])
}

/// The last line of the log, on a terminal; all of it if the user wants to hear it.
struct Shown {
    bar: ProgressBar,
    is_verbose: bool,
}

impl Shown {
    fn new(files: &Files) -> Self {
        let target =
            if files.quiet || files.verbose { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {prefix} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, is_verbose: files.verbose }
    }

    fn line(&self, path: &str, label: &str, line: &str) {
        let line = sanitised(line);
        if self.is_verbose {
            tell(&format!("{path}: {label}: {line}"));
        } else if !line.trim().is_empty() {
            self.bar.set_prefix(format!("{path}: {label}:"));
            self.bar.set_message(line.into_owned());
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
