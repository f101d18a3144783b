//! `dockeropt list`: every transform with its phase and its promise.

use serde::Serialize;

use super::arguments::ListFormat;
use super::{Failure, Verdict, report};
use crate::rewrite::Preserves;
use crate::transforms;

#[derive(Serialize)]
struct Row {
    id: &'static str,
    phase: &'static str,
    preserves: Preserves,
    opt_in: bool,
    rules: &'static [&'static str],
    summary: String,
}

pub(super) fn run(format: ListFormat) -> Result<Verdict, Failure> {
    let rows = transforms::all().map(|(phase, transform)| Row {
        id: transform.id,
        phase: phase.name,
        preserves: transform.preserves,
        opt_in: transform.opt_in,
        rules: transform.rules,
        summary: transform.summary(),
    });
    match format {
        ListFormat::Json => report::print_json(&rows.collect::<Vec<_>>())?,
        ListFormat::Human => {
            for row in rows {
                let default = if row.opt_in { "opt-in" } else { "default" };
                report::print_line(&format!(
                    "{:<20} {:<9} {:<10} {default:<8} {}",
                    row.id,
                    row.phase,
                    row.preserves.name(),
                    row.rules.join(" ")
                ))?;
            }
        }
    }
    Ok(Verdict::Fine)
}
