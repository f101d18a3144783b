//! `dockeropt fix`: rewrites in place, prints the patch, or filters standard input for an editor.

use super::arguments::{Builds, Fix};
use super::interactive::Questions;
use super::report::{self, Tally};
use super::site::Site;
use super::{Failure, Verdict};
use crate::examine::Files;
use crate::examine::around::tell_contexts;
use crate::examine::inquiry::Inquiry;
use crate::examine::patch::patch;
use crate::examine::{self, Examination, Examined, Rewritten};
use crate::verify::Keep;

pub(super) fn run(options: &Fix) -> Result<Verdict, Failure> {
    let mut tally = Tally::new(&options.files);
    if options.interactive && options.files.is_standard_input() {
        return Err(
            "standard input cannot be both the Dockerfile and the answers: give --interactive a path".to_owned()
        );
    }
    let mut inquiry = Inquiry::new(&options.images, &options.files)?;
    let mut examined = examine::files(&options.files, &options.chain, &mut inquiry)?;
    if options.verify {
        let mut site = Site::new(&options.builds, &options.files)?;
        examined =
            examined.into_iter().map(|file| proven(file, &mut site, &options.files)).collect::<Result<_, _>>()?;
    } else if options.builds != Builds::default() {
        return Err("options of builds are for --verify, which is not given".to_owned());
    }
    if let ([input], true) = (examined.as_slice(), options.files.is_standard_input() && !options.diff && !options.check)
    {
        return filter(input, &mut tally);
    }
    let writes = !options.diff && !options.check;
    // A lock file that cannot be written leaves the Dockerfiles as they are; what it holds too much does no harm.
    if writes && !options.interactive {
        inquiry.keep(&examined)?;
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
            report::print_patch(&patch(&file.path, outcome))?;
            tally.changed(file, outcome);
        } else if options.check {
            report::print_line(&file.path.display().to_string())?;
            tally.changed(file, outcome);
        } else if let Some(fingerprint) = &rewritten.fingerprint {
            match examine::write(&file.path, fingerprint, outcome) {
                Ok(()) => tally.changed(file, outcome),
                Err(error) => tally.failed(&examine::shown(&error.path), &error.because.to_string()),
            }
        }
    }
    if writes && options.interactive {
        inquiry.keep(&examined)?;
    }
    inquiry.tell_age(&examined);
    if !options.files.quiet {
        tell_contexts(&examined, options.files.verbose);
    }
    Ok(tally.finish(options.diff || options.check, options.exit_zero))
}

/// The file with what is left of its change after builds have shown what keeps its promise.
fn proven(file: Examined, site: &mut Site<'_>, files: &Files) -> Result<Examined, Failure> {
    let Examined { path, source, result } = file;
    let rewritten = match result {
        Examination::Rewritten(rewritten) if rewritten.outcome.is_changed() => *rewritten,
        result => return Ok(Examined { path, source, result }),
    };
    let Rewritten { outcome, chain, facts, fingerprint, context } = rewritten;
    let result = match site.prove(context.as_ref(), &path, outcome, (&chain, &facts), Keep::Good) {
        Err(error) if error.is_interrupt() => return Err("interrupted: nothing was written".to_owned()),
        Err(error) => Examination::Failed { because: error.to_string() },
        Ok(proof) => {
            if !files.quiet {
                report::proof::human::tell_guilty(&path, &source, &proof.guilty);
            }
            Examination::Rewritten(Box::new(Rewritten { outcome: proof.outcome, chain, facts, fingerprint, context }))
        }
    };
    Ok(Examined { path, source, result })
}

/// Standard input to standard output: all of the text or nothing.
fn filter(input: &Examined, tally: &mut Tally) -> Result<Verdict, Failure> {
    // Says what there is to say: why there is no text, or why it comes back as it was.
    tally.count(input);
    let Some(text) = input.after() else { return Ok(Verdict::Failed) };
    report::print_bytes(text)?;
    Ok(Verdict::Fine)
}
