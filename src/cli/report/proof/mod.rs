//! What builds have shown, for people, programs and pull requests. Only what was measured is told.

pub(in crate::cli) mod human;
pub(in crate::cli) mod json;
pub(in crate::cli) mod markdown;

use super::plural;
use crate::image::Packages;
use crate::rewrite::Outcome;
use crate::text::LineIndex;
use crate::verify::{Files, Guilty, Judgement, Measured, Proof};

/// A row of the comparison: what is compared, before, after, and the difference.
struct Row {
    what: &'static str,
    before: String,
    after: String,
    difference: String,
}

fn rows(proof: &Proof) -> Vec<Row> {
    let Proof { before, after: Some(after), .. } = proof else { return Vec::new() };
    let mut rows = vec![
        size("size", before.bytes, after.bytes),
        size("compressed", before.compressed_bytes, after.compressed_bytes),
        count("layers", before.layers.len(), after.layers.len()),
        count("files", before.files, after.files),
        count("packages", packages(&before.packages), packages(&after.packages)),
        Row { what: "user", before: before.user.clone(), after: after.user.clone(), difference: String::new() },
    ];
    if let Some([ratio, least, most]) = proof.time_ratio() {
        let difference = format!("{least:.2} to {most:.2}");
        rows.push(Row { what: "build time", before: "1".to_owned(), after: format!("{ratio:.2}"), difference });
    }
    rows
}

fn size(what: &'static str, before: u64, after: u64) -> Row {
    let difference = after.cast_signed() - before.cast_signed();
    let percent = if before == 0 { 0.0 } else { 100.0 * difference as f64 / before as f64 };
    let difference = format!("{} ({percent:+.1} %)", signed_megabytes(difference));
    Row { what, before: megabytes(before), after: megabytes(after), difference }
}

fn count(what: &'static str, before: usize, after: usize) -> Row {
    let difference = format!("{:+}", after.cast_signed() - before.cast_signed());
    Row { what, before: before.to_string(), after: after.to_string(), difference }
}

/// Millions of bytes.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn signed_megabytes(bytes: i64) -> String {
    format!("{:+.1} MB", bytes as f64 / 1e6)
}

fn packages(packages: &Packages) -> usize {
    packages.values().map(|names| names.len()).sum()
}

/// Names of packages that are in one list and not in the other: gone, and new.
fn package_changes(before: &Measured, after: &Measured) -> [Vec<String>; 2] {
    let missing = |from: &Packages, list: &Packages| {
        let has = |manager, name: &String| list.get(manager).is_some_and(|names| names.contains_key(name));
        let all = from.iter().flat_map(|(manager, names)| names.keys().map(move |name| (manager, name)));
        all.filter(|(manager, name)| !has(*manager, name)).map(|(_, name)| name.clone()).collect()
    };
    [missing(&before.packages, &after.packages), missing(&after.packages, &before.packages)]
}

/// What changed as promised, a line each.
fn promised(judgement: &Judgement) -> Vec<(&'static str, String)> {
    let files = judgement.files.iter().map(|(place, files)| {
        let below = if place.folder == "/" { String::new() } else { format!(" below {}", place.folder) };
        (place.transform, format!("{}{below}", files_changed(*files)))
    });
    let settings = judgement.expected.iter().map(|(id, what)| (*id, what.clone()));
    settings.chain(files).collect()
}

fn files_changed(files: Files) -> String {
    let mut parts = Vec::new();
    if files.gone > 0 {
        parts.push(format!("{} with {} gone", plural(files.gone, "file"), megabytes(files.gone_bytes)));
    }
    if files.new > 0 {
        parts.push(format!("{} with {} new", plural(files.new, "file"), megabytes(files.new_bytes)));
    }
    if files.changed > 0 {
        parts.push(format!("{} changed", plural(files.changed, "file")));
    }
    parts.join(", ")
}

/// The changes that a pull request lists: the line, what is done, and by which transform.
fn changes<'p>(source: &'p [u8], outcome: &'p Outcome) -> Vec<(usize, &'p str, &'static str)> {
    let lines = LineIndex::new(source);
    let mut changes: Vec<_> = outcome
        .rewrites()
        .map(|placed| {
            let line = lines.line_column(placed.range.start()).line;
            (line, placed.value.title.as_str(), placed.transform.id)
        })
        .collect();
    changes.sort_by_key(|(line, ..)| *line);
    changes
}

/// Where the step that breaks a promise stands, and what it does.
fn blame(source: &[u8], guilty: &Guilty) -> String {
    let lines = LineIndex::new(source);
    let places = guilty.rewrites.iter().map(|placed| {
        let line = lines.line_column(placed.range.start()).line;
        format!("line {line}: {}", placed.value.title)
    });
    let mut places: Vec<_> = places.collect();
    places.dedup();
    format!("{} ({})", guilty.transform.id, places.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_a_sign_and_megabytes_are_millions_of_bytes() {
        let row = size("size", 1_029_715_446, 1_007_200_000);
        assert_eq!([row.before, row.after, row.difference], ["1029.7 MB", "1007.2 MB", "-22.5 MB (-2.2 %)"]);
        assert_eq!(count("layers", 7, 9).difference, "+2");
    }
}
