//! The report of a run, made of its journal: a page to look at, and the same for programs.

mod html;
mod json;
mod plots;
mod summary;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Totals;
use super::journal;
use super::row::Row;
use crate::examine::Failure;
use summary::Summary;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Html,
    Json,
}

impl Form {
    /// The form that the name of the file asks for.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|suffix| suffix.to_str()) {
            Some("html" | "htm") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            _ => Err(format!("--report {}: the name of a report ends with .html or .json", path.display())),
        }
    }
}

/// Writes what the journals say to each of `reports`, and gives what came of all repositories.
pub(super) fn write(journals: &[PathBuf], reports: &[PathBuf]) -> Result<Totals, Failure> {
    let mut summary = Summary::default();
    each(journals, &mut |row| {
        summary.add(&row);
        Ok(())
    })?;
    for path in reports {
        let write: &dyn Fn(&mut dyn Write) -> Result<(), Failure> = match Form::of(path)? {
            Form::Html => &|out| html::write(out, &summary, journals),
            Form::Json => &|out| json::write(out, &summary, journals),
        };
        whole(path, write)?;
    }
    let Summary { outcomes, files_failed, repositories, .. } = summary;
    Ok(Totals { outcomes, files_failed, of_all_shards: repositories })
}

/// Gives every row of the journals to `use_row`, until that fails.
fn each(journals: &[PathBuf], use_row: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut result = Ok(());
    for path in journals {
        journal::read(path, |_, row| {
            if result.is_ok() {
                result = use_row(row);
            }
        })?;
    }
    result
}

/// Writes a file that is there whole or not at all.
fn whole(path: &Path, write: &dyn Fn(&mut dyn Write) -> Result<(), Failure>) -> Result<(), Failure> {
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(fail)?;
    let file = tempfile::Builder::new().prefix(".dockeropt-").tempfile_in(folder).map_err(fail)?;
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(fail)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(|error| fail(error.into_error()))?;
    file.persist(path).map_err(|refused| fail(refused.error))?;
    Ok(())
}

/// An error of writing, as a sentence.
fn not_written(error: std::io::Error) -> Failure {
    format!("the report could not be written: {error}")
}
