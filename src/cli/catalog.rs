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
    summary: &'static str,
}

pub(super) fn run(format: ListFormat) -> Result<Verdict, Failure> {
    let rows = transforms::all().map(|(phase, transform)| Row {
        id: transform.id,
        phase: phase.name,
        preserves: transform.preserves,
        opt_in: transform.opt_in,
        rules: transform.rules,
        summary: summary(transform.page),
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

/// The first sentence of a page.
pub(super) fn summary(page: &'static str) -> &'static str {
    let text = page.split("\n\n").nth(1).unwrap_or_default();
    text.split_once(". ").map_or(text, |(sentence, _)| sentence)
}
