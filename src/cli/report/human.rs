//! The report for people: source excerpts as rustc prints them.

use super::super::Failure;
use super::super::examine::Examined;
use super::findings::findings;

pub(in crate::cli) fn print(files: &[Examined], verbose: bool) -> Result<(), Failure> {
    for file in files {
        for finding in findings(file) {
            super::print_line(&format!(
                "{}:{}: {} {}",
                file.path.display(),
                finding.start.line,
                finding.transform.id,
                finding.message
            ))?;
        }
    }
    let _ = verbose;
    Ok(())
}
