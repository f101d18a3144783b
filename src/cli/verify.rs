//! `dockeropt verify`: builds images before and after, and compares them by what the transforms promise.

use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::{ProofFormat, Verify};
use super::report::{Tally, proof};
use super::site::Site;
use super::{Failure, Verdict};
use crate::examine::inquiry::Inquiry;
use crate::examine::{self, Examination, Examined, Rewritten};
use crate::verify::{Keep, Proof};

/// A file, and what builds say about it.
pub(super) struct Trial {
    pub path: PathBuf,
    pub source: Arc<[u8]>,
    pub result: Tried,
}

pub(super) enum Tried {
    /// There is nothing to change, so nothing was built.
    Unchanged,
    Proven(Box<Proof>),
    /// Why nothing can be said.
    Failed(String),
}

pub(super) fn run(options: &Verify) -> Result<Verdict, Failure> {
    let mut tally = Tally::new(&options.files);
    tally.hush();
    let mut site = Site::new(&options.builds, &options.files)?;
    let mut inquiry = Inquiry::new(&options.images, &options.files)?;
    let examined = examine::files(&options.files, &options.chain, &mut inquiry)?;
    let keep = if options.keep_good { Keep::Good } else { Keep::All };
    let mut verdict = Verdict::Fine;
    let mut trials = Vec::new();
    for file in examined {
        if tally.count(&file).is_none() {
            verdict = verdict.max(if file.result.is_failure() { Verdict::Failed } else { Verdict::Fine });
            continue;
        }
        let trial = tried(&mut site, file, keep)?;
        verdict = verdict.max(trial.result.verdict());
        if options.format == ProofFormat::Human {
            proof::human::print(&trial, site.engine())?;
        }
        trials.push(trial);
    }
    match options.format {
        ProofFormat::Human => proof::human::print_summary(&trials)?,
        ProofFormat::Json => proof::json::print(&trials, site.engine())?,
        ProofFormat::Markdown => proof::markdown::print(&trials, site.engine())?,
    }
    Ok(verdict)
}

/// What builds say about `file`. What is left of the change is written if only the good is kept.
fn tried(site: &mut Site<'_>, file: Examined, keep: Keep) -> Result<Trial, Failure> {
    let Examined { path, source, result } = file;
    let rewritten = match result {
        Examination::Rewritten(rewritten) if rewritten.outcome.is_changed() => *rewritten,
        _ => return Ok(Trial { path, source, result: Tried::Unchanged }),
    };
    let Rewritten { outcome, chain, facts, fingerprint, context } = rewritten;
    let result = match site.prove(context.as_ref(), &path, outcome, (&chain, &facts), keep) {
        Err(error) if error.is_interrupt() => return Err("interrupted: nothing is left of the builds".to_owned()),
        Err(error) => Tried::Failed(error.to_string()),
        Ok(proof) => {
            let fingerprint = fingerprint.filter(|_| keep == Keep::Good && proof.outcome.is_changed());
            let written =
                fingerprint.map(|fingerprint| examine::write(&path, &fingerprint, &proof.outcome)).transpose();
            written.map_err(|error| format!("{}: {}", error.path.display(), error.because))?;
            Tried::Proven(Box::new(proof))
        }
    };
    Ok(Trial { path, source, result })
}

impl Tried {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Unchanged => Verdict::Fine,
            Self::Proven(proof) if proof.is_kept() => Verdict::Fine,
            Self::Proven(_) => Verdict::WouldChange,
            Self::Failed(_) => Verdict::Failed,
        }
    }
}
