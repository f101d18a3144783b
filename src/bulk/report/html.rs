//! The report for people: one page that works from a file and asks nobody for anything.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::super::Outcome;
use super::super::row::Row;
use super::plots::{Bar, bars};
use super::summary::{Summary, Tally};
use super::{each, not_written};
use crate::examine::Failure;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Most bars of a plot.
const BARS_MAX: usize = 12;

/// Most rows of the table of repositories: browsers are slow with more. The JSON report has all.
const ROWS_MAX: u64 = 20_000;

/// Most rows of the table of reasons.
const REASONS_MAX: usize = 300;

pub(super) fn write(out: &mut dyn Write, summary: &Summary, journals: &[PathBuf]) -> Result<(), Failure> {
    // Only this script runs, and nothing is fetched, whatever the texts of others may hold.
    let hash = STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Dockerfile migration</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Dockerfile migration</h1>\n\
         <p>{} repositories, by dockeropt {}</p>\n</header>\n<main>\n",
        grouped(summary.repositories),
        env!("CARGO_PKG_VERSION")
    )
    .map_err(not_written)?;
    out.write_all(cards(summary).as_bytes()).map_err(not_written)?;
    out.write_all(plots(summary).as_bytes()).map_err(not_written)?;
    repositories(out, summary, journals)?;
    out.write_all(tallies("transforms", "Changes", "transform", summary.transforms.iter()).as_bytes())
        .map_err(not_written)?;
    let most = most(&summary.declined, |tally| tally.places, REASONS_MAX);
    out.write_all(tallies("declined", "Left alone", "reason", most.into_iter()).as_bytes()).map_err(not_written)?;
    write!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n").map_err(not_written)
}

fn cards(summary: &Summary) -> String {
    let count = |outcome| summary.outcomes.get(&outcome).copied().unwrap_or_default();
    let mut cards = String::from("<section class=\"cards\">\n");
    let mut card = |class: &str, value: String, name: &str| {
        cards.push_str(&format!("<div class=\"card {class}\"><b>{value}</b><span>{name}</span></div>\n"));
    };
    card("changed", grouped(count(Outcome::Changed)), "repositories changed");
    card("unchanged", grouped(count(Outcome::Unchanged)), "had nothing to change");
    card("no-dockerfile", grouped(count(Outcome::NoDockerfile)), "have no Dockerfile");
    card("refused", grouped(count(Outcome::Refused)), "refused");
    card("failed", grouped(count(Outcome::Failed)), "failed");
    card("plain", format!("{} of {}", grouped(summary.files_changed), grouped(summary.files)), "Dockerfiles changed");
    card("failed", grouped(summary.files_failed), "Dockerfiles refused or failed");
    card("plain", format!("+{} −{}", grouped(summary.lines_added), grouped(summary.lines_removed)), "lines");
    if let Some([before, after]) = summary.image_bytes {
        card("plain", format!("{} → {}", size(before), size(after)), "measured of images");
    }
    cards.push_str("</section>\n");
    cards
}

fn plots(summary: &Summary) -> String {
    let bar = |(name, tally): (&String, &Tally)| Bar {
        name: name.clone(),
        value: tally.places,
        label: grouped(tally.places),
    };
    let by_places =
        |tallies| most(tallies, |tally: &Tally| tally.places, BARS_MAX).into_iter().map(bar).collect::<Vec<_>>();
    let mut plots = String::from("<section class=\"plots\">\n");
    plots.push_str(&bars("Changes by transform", &by_places(&summary.transforms)));
    plots.push_str(&bars("Places left alone by reason", &by_places(&summary.declined)));
    let failures = most(&summary.failures, |count| *count, BARS_MAX).into_iter();
    let failures: Vec<Bar> =
        failures.map(|(name, count)| Bar { name: name.clone(), value: *count, label: grouped(*count) }).collect();
    plots.push_str(&bars("Repositories with something refused or failed by reason", &failures));
    match summary.image_bytes {
        Some(sides) => {
            let bar = |(name, bytes): (&str, u64)| Bar { name: name.to_owned(), value: bytes, label: size(bytes) };
            let sides: Vec<Bar> = [("before", sides[0]), ("after", sides[1])].into_iter().map(bar).collect();
            let repositories = if summary.images == 1 { "repository" } else { "repositories" };
            plots.push_str(&bars(
                &format!("Measured bytes of images, {} {repositories}", grouped(summary.images)),
                &sides,
            ));
        }
        None => plots.push_str(
            "<figure><figcaption>Bytes of images</figcaption><p class=\"none\">Not measured: nothing was built. \
             <code>--verify</code> builds before and after.</p></figure>\n",
        ),
    }
    plots.push_str("</section>\n");
    plots
}

fn repositories(out: &mut dyn Write, summary: &Summary, journals: &[PathBuf]) -> Result<(), Failure> {
    out.write_all(
        "<section>\n<h2>Repositories</h2>\n<p class=\"tools\"><input id=\"filter\" type=\"search\" placeholder=\"Filter: name, outcome or reason\" \
         aria-label=\"Filter\"> <span id=\"shown\"></span></p>\n<table id=\"repositories\">\n<thead><tr>\
         <th>repository</th><th>outcome</th><th class=\"number\">Dockerfiles</th><th class=\"number\">changed</th>\
         <th class=\"number\">failed</th><th class=\"number\">changes</th><th class=\"number\">left alone</th><th class=\"number\">lines</th><th>result</th></tr></thead>\n<tbody>\n"
            .as_bytes(),
    )
    .map_err(not_written)?;
    let mut left = ROWS_MAX;
    each(journals, &mut |row| {
        if left > 0 {
            left -= 1;
            out.write_all(table_row(&row).as_bytes()).map_err(not_written)?;
        }
        Ok(())
    })?;
    out.write_all(b"</tbody>\n</table>\n").map_err(not_written)?;
    if summary.repositories > ROWS_MAX {
        let (first, all) = (grouped(ROWS_MAX), grouped(summary.repositories));
        writeln!(out, "<p>These are the first {first} of {all}; the JSON report has all.</p>").map_err(not_written)?;
    }
    out.write_all(b"</section>\n").map_err(not_written)
}

fn table_row(row: &Row) -> String {
    let changes: u64 = row.changes.values().sum();
    let declined: u64 = row.declined.iter().map(|declined| declined.places).sum();
    let lines = if row.lines_added + row.lines_removed > 0 {
        format!("+{} −{}", row.lines_added, row.lines_removed)
    } else {
        String::new()
    };
    let made = row.patch.as_ref().or(row.branch.as_ref());
    let said = row.because.as_ref().or(row.troubles.first().filter(|_| made.is_none()));
    let result = [made, said].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" · ");
    let outcome = row.outcome.name();
    format!(
        "<tr><td>{}</td><td><span class=\"outcome {outcome}\">{outcome}</span></td>{}{}{}{}{}<td class=\"number\" data-value=\"{}\">{lines}</td>\
         <td class=\"text\">{}</td></tr>\n",
        escaped(&row.repository),
        number(row.files),
        number(row.files_changed),
        number(row.files_failed),
        number(changes),
        number(declined),
        row.lines_added + row.lines_removed,
        escaped(&result)
    )
}

fn tallies<'t>(id: &str, title: &str, what: &str, tallies: impl Iterator<Item = (&'t String, &'t Tally)>) -> String {
    let mut table = format!(
        "<section>\n<h2>{title}</h2>\n<table id=\"{id}\">\n<thead><tr><th>{what}</th><th class=\"number\">places</th>\
         <th class=\"number\">repositories</th></tr></thead>\n<tbody>\n"
    );
    for (name, tally) in tallies {
        let (places, repositories) = (number(tally.places), number(tally.repositories));
        table.push_str(&format!("<tr><td class=\"text\">{}</td>{places}{repositories}</tr>\n", escaped(name)));
    }
    table.push_str("</tbody>\n</table>\n</section>\n");
    table
}

fn number(value: u64) -> String {
    format!("<td class=\"number\" data-value=\"{value}\">{}</td>", grouped(value))
}

/// The first `count` by size, the largest first.
fn most<T>(all: &BTreeMap<String, T>, size: impl Fn(&T) -> u64, count: usize) -> Vec<(&String, &T)> {
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by_key(|(name, value)| (std::cmp::Reverse(size(value)), *name));
    all.truncate(count);
    all
}

/// A number with a thin space between thousands.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A size in millions or billions of bytes.
fn size(bytes: u64) -> String {
    if bytes < 10_000_000_000 {
        format!("{:.1} MB", bytes as f64 / 1e6)
    } else {
        format!("{:.1} GB", bytes as f64 / 1e9)
    }
}

/// Text of others, without a meaning in HTML, and in the order in which it stands.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in crate::world::terminal::sanitised(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_threes_and_text_of_others_stays_text() {
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(escaped("<img src=x onerror='a'>\u{202e}"), "&lt;img src=x onerror=&#39;a&#39;&gt;\\u{202e}");
    }
}
