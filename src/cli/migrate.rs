//! `dockeropt migrate`: one chain over many repositories.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::arguments::{Builds, Migrate, MigrateOutput};
use super::site::Site;
use super::{Failure, Verdict};
use crate::bulk::{self, Outcome, Output, Proven, Prover, Settings, Totals};
use crate::examine::{Files, Rewritten, check_choice};
use crate::verify::Keep;
use crate::world::progress::Voice;
use crate::world::terminal::tell;

/// The largest list of repositories that is taken from standard input, in bytes.
const LIST_BYTES_MAX: u64 = 1 << 30;

pub(super) fn run(options: &Migrate) -> Result<Verdict, Failure> {
    let started = Instant::now();
    if !options.report_from.is_empty() {
        if options.report.is_empty() {
            return Err("--report-from: --report says where the report is to be written".to_owned());
        }
        return Ok(told(options, &bulk::report(&options.report_from, &options.report)?, started));
    }
    check(options)?;
    bulk::check_reports(&options.report)?;
    // Which files they are, each repository says.
    let files = Files { max_file_size: options.max_file_size, ..Files::of(Vec::new()) };
    let site = options.verify.then(|| Site::new(&options.builds, &files)).transpose()?;
    let prover = site.map(|site| Mutex::new(Box::new(Bench(site)) as Box<dyn Prover>));
    let list = options.repos_from.as_deref().map(list).transpose()?;
    let jobs = options.jobs.and_then(|jobs| usize::try_from(jobs).ok());
    let settings = Settings {
        repositories: options.repositories.clone(),
        list: list.as_ref().map(|list| list.path().to_owned()),
        out: options.out.clone(),
        clones: options.cache.clone().unwrap_or_else(|| options.out.join("clones")),
        output: match options.output {
            MigrateOutput::Patches => Output::Patches,
            MigrateOutput::Branch => Output::Branch,
            MigrateOutput::InPlace => Output::InPlace,
        },
        branch: options.branch.clone(),
        resume: options.resume,
        allow_dirty: options.allow_dirty,
        shard: options.shard,
        exec: options.exec.clone(),
        limit: Duration::from_secs(options.repository_timeout),
        jobs: jobs.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1),
        prover,
        choice: &options.chain,
        images: &options.images,
        files: &files,
        voice: match (options.quiet, options.verbose) {
            (true, _) => Voice::Errors,
            (false, true) => Voice::Everything,
            (false, false) => Voice::Progress,
        },
        told: told_text(options)?,
        reports: options.report.clone(),
    };
    Ok(told(options, &bulk::run(&settings)?, started))
}

/// What is wrong with the options beyond their grammar.
fn check(options: &Migrate) -> Result<(), Failure> {
    if options.repositories.is_empty() && options.repos_from.is_none() {
        return Err("name folders or URLs of repositories, or a list of them by --repos-from".to_owned());
    }
    if options.allow_dirty && options.output != MigrateOutput::InPlace {
        return Err(
            "--allow-dirty is for --output in-place: patches and branches stand on what was committed".to_owned()
        );
    }
    if !options.verify && options.builds != Builds::default() {
        return Err("options of builds are for --verify, which is not given".to_owned());
    }
    check_command(options.exec.as_deref().unwrap_or_default())?;
    check_choice(&options.chain)
}

/// A command that is a file which is not there would fail once for each repository.
fn check_command(command: &str) -> Result<(), Failure> {
    let program = command.split_whitespace().next().unwrap_or_default();
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if cfg!(unix) && program.contains('/') && program.chars().all(is_path) && !Path::new(program).exists() {
        return Err(format!("--exec {program}: there is no such file, seen from the folder that you are in"));
    }
    Ok(())
}

/// All that decides what comes of a repository.
fn told_text(options: &Migrate) -> Result<String, Failure> {
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let config = options.chain.config.as_ref().map(read).transpose()?;
    let Migrate { output, branch, chain, images, verify, builds, max_file_size, .. } = options;
    Ok(format!("{output:?} {branch:?} {chain:?} {config:?} {images:?} {verify} {builds:?} {max_file_size}"))
}

/// The list as a file that can be read twice.
fn list(path: &Path) -> Result<NamedTempFile, Failure> {
    let shown = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let fail = |error: std::io::Error| format!("--repos-from: {shown}: {error}");
    let mut copy = NamedTempFile::new().map_err(fail)?;
    let mut from: Box<dyn std::io::Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).map_err(fail)?)
    };
    std::io::copy(&mut (&mut from).take(LIST_BYTES_MAX), &mut copy).map_err(fail)?;
    copy.flush().map_err(fail)?;
    Ok(copy)
}

/// Says what came of all repositories.
fn told(options: &Migrate, totals: &Totals, started: Instant) -> Verdict {
    let count = |outcome: Outcome| totals.outcomes.get(&outcome).copied().unwrap_or_default();
    let all: u64 = totals.outcomes.values().sum();
    let mut parts = vec![counted(all, "repository", "repositories")];
    if let Some(shard) = options.shard.filter(|_| all == 0) {
        parts.push(format!("none of {} is in shard {shard}", totals.of_all_shards));
    }
    let outcomes = Outcome::ALL.into_iter().filter(|outcome| count(*outcome) > 0);
    parts.extend(outcomes.map(|outcome| format!("{} {}", count(outcome), outcome.name())));
    if totals.files_failed > 0 {
        let files = counted(totals.files_failed, "Dockerfile", "Dockerfiles");
        parts.push(format!("{files} refused or failed"));
    }
    if !options.quiet {
        tell(&format!("{} · {:.1} s", parts.join(" · "), started.elapsed().as_secs_f64()));
    }
    let undone = count(Outcome::Refused) + count(Outcome::Failed) + count(Outcome::Begun) + totals.files_failed;
    if undone > 0 { Verdict::Failed } else { Verdict::Fine }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Builds what `verify` builds.
struct Bench<'a>(Site<'a>);

impl Prover for Bench<'_> {
    fn prove(&mut self, path: &Path, rewritten: Rewritten) -> Proven {
        let Rewritten { outcome, chain, facts, fingerprint, context } = rewritten;
        let proof = self.0.prove(context.as_ref(), path, outcome, (&chain, &facts), Keep::Good);
        let proof = proof.map_err(|error| (!error.is_interrupt()).then(|| error.to_string()))?;
        let bytes = [proof.before.bytes, proof.after.as_ref().map_or(proof.before.bytes, |after| after.bytes)];
        Ok((Rewritten { outcome: proof.outcome, chain, facts, fingerprint, context }, bytes))
    }
}
