//! `dockeropt check`: what would change and why, what was declined and why.

use super::arguments::{Check, ReportFormat};
use super::report::{self, Tally};
use super::{Failure, Verdict};
use crate::examine;
use crate::examine::around::tell_contexts;
use crate::examine::inquiry::Inquiry;

pub(super) fn run(options: &Check) -> Result<Verdict, Failure> {
    let mut tally = Tally::new(&options.files);
    tally.hush();
    let mut inquiry = Inquiry::new(&options.images, &options.files)?;
    let examined = examine::files(&options.files, &options.chain, &mut inquiry)?;
    match options.format {
        ReportFormat::Human => report::human::print(&examined, options.files.verbose)?,
        ReportFormat::Json => report::json::print_document(&examined)?,
        ReportFormat::Jsonl => report::json::print_lines(&examined)?,
        ReportFormat::Sarif => report::sarif::print(&examined)?,
        ReportFormat::Github => report::github::print(&examined)?,
        ReportFormat::Gitlab => report::gitlab::print(&examined)?,
    }
    for file in &examined {
        match tally.count(file) {
            Some(rewritten) if rewritten.outcome.is_changed() => tally.changed(file, &rewritten.outcome),
            Some(_) => tally.unchanged(file),
            None => {}
        }
    }
    inquiry.tell_age(&examined);
    if !options.files.quiet {
        tell_contexts(&examined, options.files.verbose);
    }
    Ok(tally.finish(true, options.exit_zero))
}
