//! `dockeropt fix`: rewrites in place, prints the patch, or filters standard input for an editor.

use std::io::Write;

use super::arguments::Fix;
use super::examine::{self, Examination, Examined};
use super::interactive::Questions;
use super::report::{self, Tally};
use super::{Failure, Verdict};
use crate::rewrite::Outcome;
use crate::text::diff::unified;
use crate::world::files::{self, Fingerprint};

pub(super) fn run(options: &Fix) -> Result<Verdict, Failure> {
    let examined = examine::files(&options.files, &options.chain)?;
    let mut tally = Tally::new(&options.files);
    if let ([input], true) = (examined.as_slice(), options.files.is_standard_input() && !options.diff && !options.check) {
        return filter(input, &mut tally);
    }
    let mut questions = options.interactive.then(Questions::default);
    for file in &examined {
        let Some((outcome, fingerprint)) = tally.count(file) else { continue };
        let after = match questions.as_mut() {
            Some(questions) => questions.ask(&file.path, outcome)?,
            None => outcome.after.clone(),
        };
        if after == file.source {
            tally.unchanged(file);
        } else if options.diff {
            report::print_patch(&unified(&report::diff_path(&file.path), &file.source, &after))?;
            tally.changed(file, outcome);
        } else if options.check {
            report::print_line(&file.path.display().to_string())?;
            tally.changed(file, outcome);
        } else {
            write(file, fingerprint, &after, outcome, &mut tally);
        }
    }
    Ok(tally.finish(options.diff || options.check, options.exit_zero))
}

fn write(file: &Examined, fingerprint: Option<&Fingerprint>, after: &[u8], outcome: &Outcome, tally: &mut Tally) {
    let Some(fingerprint) = fingerprint else { return };
    match files::write(&file.path, fingerprint, after) {
        Ok(()) => tally.changed(file, outcome),
        Err(error) => tally.failed(&file.path, &error.because.to_string()),
    }
}

/// Standard input to standard output: all of the text or nothing.
fn filter(input: &Examined, tally: &mut Tally) -> Result<Verdict, Failure> {
    let text = match &input.result {
        Examination::Rewritten { outcome, .. } => &outcome.after,
        Examination::Skipped { .. } => &input.source,
        Examination::Refused(_) | Examination::Failed { .. } => {
            tally.count(input);
            return Ok(Verdict::Failed);
        }
    };
    std::io::stdout().lock().write_all(text).or_else(report::ignore_broken_pipe)?;
    Ok(Verdict::Fine)
}
