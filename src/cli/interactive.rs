//! Asks the user about each rewrite.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;

use super::Failure;
use super::report;
use crate::examine::Rewritten;
use crate::examine::patch::{companion_patch, diff_path};
use crate::rewrite::{Outcome, Proposal};
use crate::text::diff::unified;
use crate::text::{EditSet, TextRange};
use crate::world::terminal::{sanitised, sanitised_path};

/// What the user has said so far.
#[derive(Default)]
pub(super) struct Questions {
    for_the_rest: Option<bool>,
}

impl Questions {
    /// Runs `chain` over `source` with the rewrites that the user wants.
    pub fn ask(&mut self, path: &Path, source: &[u8], rewritten: &Rewritten) -> Result<Outcome, Failure> {
        let Rewritten { chain, facts, .. } = rewritten;
        // The same proposal comes again in later passes: it is asked once.
        let mut answers: HashMap<(&'static str, TextRange, String), bool> = HashMap::new();
        let mut failure = None;
        let mut accept = |proposal: &Proposal<'_>| {
            let key = (proposal.transform.id, proposal.range, proposal.rewrite.title.clone());
            *answers.entry(key).or_insert_with(|| match self.wanted(path, proposal, &patch(path, proposal)) {
                Ok(answer) => answer,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            })
        };
        let outcome = chain.run_accepting(source, facts, &mut accept).map_err(|diverged| diverged.to_string());
        failure.map_or(outcome, Err)
    }

    fn wanted(&mut self, path: &Path, proposal: &Proposal<'_>, patch: &[u8]) -> Result<bool, Failure> {
        if let Some(answer) = self.for_the_rest {
            return Ok(answer);
        }
        report::print_patch(patch)?;
        loop {
            let (path, title) = (sanitised_path(path), sanitised(&proposal.rewrite.title));
            let mut asked = anstream::stderr();
            write!(asked, "{path}: {title} ({}) [y,n,a,q] ", proposal.transform.id)
                .and_then(|()| asked.flush())
                .map_err(|error| format!("standard error: {error}"))?;
            let mut answer = String::new();
            let read =
                std::io::stdin().lock().read_line(&mut answer).map_err(|error| format!("standard input: {error}"))?;
            match answer.trim() {
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                "a" => self.for_the_rest = Some(true),
                "q" => self.for_the_rest = Some(false),
                _ if read == 0 => self.for_the_rest = Some(false),
                _ => continue,
            }
            return Ok(self.for_the_rest == Some(true));
        }
    }
}

fn patch(path: &Path, proposal: &Proposal<'_>) -> Vec<u8> {
    let mut edits = EditSet::default();
    let source = proposal.file.source();
    let mut patch = match edits.add(&proposal.rewrite.edits) {
        Ok(()) => unified(&diff_path(path), source, &edits.apply(source)),
        Err(_) => Vec::new(),
    };
    patch.extend(proposal.rewrite.companion.iter().flat_map(|companion| companion_patch(path, companion)));
    patch
}
