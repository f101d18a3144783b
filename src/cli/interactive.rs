//! Asks the user about each rewrite.

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::path::Path;

use anstream::eprint;

use super::Failure;
use super::report;
use super::terminal::sanitised_path;
use crate::rewrite::Outcome;
use crate::text::diff::unified;

/// What the user has said so far.
#[derive(Default)]
pub(super) struct Questions {
    for_the_rest: Option<bool>,
    /// Transforms that a rewrite was refused of in the file at hand: later steps of them build on it.
    refused: HashSet<&'static str>,
}

impl Questions {
    /// The text with the steps the user wants. Steps are asked in order; a step can only be taken where all before it were, since it was made for
    /// their result.
    pub fn ask(&mut self, path: &Path, outcome: &Outcome) -> Result<Vec<u8>, Failure> {
        self.refused.clear();
        let mut text = outcome.before.clone();
        for step in &outcome.steps {
            if text != step.before {
                break;
            }
            report::print_patch(&unified(&report::diff_path(path), &step.before, &step.after))?;
            let titles: Vec<_> = step.rewrites.iter().map(|rewrite| rewrite.value.title.as_str()).collect();
            if self.wanted(path, step.transform.id, &titles)? {
                text.clone_from(&step.after);
            } else {
                self.refused.insert(step.transform.id);
            }
        }
        Ok(text)
    }

    fn wanted(&mut self, path: &Path, id: &str, titles: &[&str]) -> Result<bool, Failure> {
        if let Some(answer) = self.for_the_rest {
            return Ok(answer);
        }
        loop {
            eprint!("{}: {} ({id}) [y,n,a,q] ", sanitised_path(path), titles.join("; "));
            std::io::stderr().flush().map_err(|error| error.to_string())?;
            let mut answer = String::new();
            let read = std::io::stdin().lock().read_line(&mut answer).map_err(|error| format!("standard input: {error}"))?;
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
