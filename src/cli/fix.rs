//! `dockeropt fix`: rewrites in place, prints the patch, or filters standard input for an editor.

use super::arguments::Fix;
use super::examine::{self, Examination, Examined};
use super::inquiry::Inquiry;
use super::interactive::Questions;
use super::report::{self, Tally};
use super::{Failure, Verdict};
use crate::rewrite::Outcome;
use crate::world::files::{self, FileError, Fingerprint};

pub(super) fn run(options: &Fix) -> Result<Verdict, Failure> {
    let mut tally = Tally::new(&options.files);
    if options.interactive && options.files.is_standard_input() {
        return Err(
            "standard input cannot be both the Dockerfile and the answers: give --interactive a path".to_owned()
        );
    }
    let mut inquiry = Inquiry::new(&options.images, &options.files)?;
    let examined = examine::files(&options.files, &options.chain, &mut inquiry)?;
    if let ([input], true) = (examined.as_slice(), options.files.is_standard_input() && !options.diff && !options.check)
    {
        return filter(input, &mut tally);
    }
    let mut questions = options.interactive.then(Questions::default);
    for file in &examined {
        let Some(rewritten) = tally.count(file) else { continue };
        let asked = questions.as_mut().filter(|_| rewritten.outcome.is_changed());
        let asked = asked.map(|questions| questions.ask(&file.path, &file.source, rewritten)).transpose()?;
        let outcome = asked.as_ref().unwrap_or(&rewritten.outcome);
        if !outcome.is_changed() {
            tally.unchanged(file);
        } else if options.diff {
            report::print_patch(&report::patch(&file.path, outcome))?;
            tally.changed(file, outcome);
        } else if options.check {
            report::print_line(&file.path.display().to_string())?;
            tally.changed(file, outcome);
        } else if let Some(fingerprint) = &rewritten.fingerprint {
            match write(file, fingerprint, outcome) {
                Ok(()) => tally.changed(file, outcome),
                Err(error) => tally.failed(&examine::shown(&error.path), &error.because.to_string()),
            }
        }
    }
    if !options.diff && !options.check {
        inquiry.keep(&examined)?;
    }
    inquiry.tell_age(&examined);
    Ok(tally.finish(options.diff || options.check, options.exit_zero))
}

/// Writes the Dockerfile and the files that belong to the change: if one of them cannot be written, those before it get back what they held.
fn write(file: &Examined, fingerprint: &Fingerprint, outcome: &Outcome) -> Result<(), FileError> {
    let companions = outcome.companions();
    let mut written = Vec::new();
    let beside = companions.iter().try_for_each(|companion| {
        let path = examine::companion_path(&file.path, companion);
        files::put(&path, companion.before.as_deref(), &companion.after)?;
        written.push((path, companion));
        Ok(())
    });
    let is_same = outcome.before == outcome.after;
    let done =
        beside.and_then(|()| if is_same { Ok(()) } else { files::write(&file.path, fingerprint, &outcome.after) });
    if done.is_err() {
        // What cannot be taken back either is no reason to hide the first failure.
        for (path, companion) in written {
            let _ = files::take_back(&path, companion.before.as_deref(), &companion.after);
        }
    }
    done
}

/// Standard input to standard output: all of the text or nothing.
fn filter(input: &Examined, tally: &mut Tally) -> Result<Verdict, Failure> {
    let text = match &input.result {
        Examination::Rewritten(rewritten) => &rewritten.outcome.after,
        Examination::Skipped { .. } => &input.source,
        Examination::Refused(_) | Examination::Failed { .. } | Examination::Unresolved(_) => &Vec::new(),
    };
    // Says what there is to say: why there is no text, or why it comes back as it was.
    tally.count(input);
    if input.result.is_failure() {
        return Ok(Verdict::Failed);
    }
    report::print_bytes(text)?;
    Ok(Verdict::Fine)
}
