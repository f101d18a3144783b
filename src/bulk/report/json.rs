//! The report for programs.

use std::io::Write;
use std::path::PathBuf;

use super::summary::Summary;
use super::{each, not_written};
use crate::examine::Failure;

/// Changes when a field changes its meaning or goes away; new ones may come without that.
const SCHEMA: &str = "dockeropt-migrate/1";

pub(super) fn write(out: &mut dyn Write, summary: &Summary, journals: &[PathBuf]) -> Result<(), Failure> {
    let head = serde_json::to_string_pretty(summary).map_err(|error| error.to_string())?;
    write!(out, "{{\n\"schema\": \"{SCHEMA}\",\n\"version\": \"{}\",\n", env!("CARGO_PKG_VERSION"))
        .map_err(not_written)?;
    write!(out, "\"summary\": {head},\n\"repositories\": [").map_err(not_written)?;
    let mut separator = "\n";
    each(journals, &mut |row| {
        let row = serde_json::to_string(&row).map_err(|error| error.to_string())?;
        write!(out, "{separator}{row}").map_err(not_written)?;
        separator = ",\n";
        Ok(())
    })?;
    out.write_all(b"\n]\n}\n").map_err(not_written)
}
