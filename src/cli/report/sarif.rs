//! The report in SARIF 2.1.0 (OASIS), for code scanning.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Failure;
use crate::examine::findings::{Finding, Level, Place, Trouble, said, slashed, troubles};
use crate::examine::{Examination, Examined};
use crate::rewrite::Outcome;
use crate::text::LineIndex;
use crate::text::diff::edits;
use crate::transforms;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative addresses are relative to: the folder of the checkout.
const ROOT: &str = "%SRCROOT%";

pub(in crate::cli) fn print(files: &[Examined]) -> Result<(), Failure> {
    super::print_json(&log(files))
}

fn log(files: &[Examined]) -> Value {
    let results: Vec<_> = files.iter().flat_map(results).collect();
    let notifications: Vec<_> =
        files.iter().flat_map(|file| troubles(file).into_iter().map(|trouble| notification(file, &trouble))).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "dockeropt",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules(files),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

/// The transforms that have something to say about `files`.
fn rules(files: &[Examined]) -> Vec<Value> {
    let used: BTreeSet<_> = files.iter().flat_map(said).map(|change| change.transform.id).collect();
    let rules = transforms::all().filter(|(_, transform)| used.contains(transform.id)).map(|(phase, transform)| {
        json!({
            "id": transform.id,
            "shortDescription": { "text": transform.summary() },
            "help": { "text": transform.page, "markdown": transform.page },
            "properties": {
                "phase": phase.name,
                "preserves": transform.preserves,
                "opt_in": transform.opt_in,
                "rules": transform.rules,
            },
        })
    });
    rules.collect()
}

fn results(file: &Examined) -> Vec<Value> {
    let mut results: Vec<_> = said(file).map(|change| result(file, &change)).collect();
    if let (Some(first), Examination::Rewritten(rewritten)) = (results.first_mut(), &file.result)
        && rewritten.outcome.before != rewritten.outcome.after
        && let Some(fix) = fix(file, &rewritten.outcome)
    {
        first["fixes"] = json!([fix]);
    }
    results
}

fn result(file: &Examined, change: &Finding<'_>) -> Value {
    json!({
        "ruleId": change.transform.id,
        "level": match change.level() { Level::Warning => "warning", Level::Note => "note" },
        "message": { "text": change.full_message() },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact(file),
            "region": region(change.start, change.end),
        } }],
        "partialFingerprints": { "dockeropt/v1": change.fingerprint },
    })
}

/// All changes of a file: they build on one another, so there is one fix, at the first result.
fn fix(file: &Examined, outcome: &Outcome) -> Option<Value> {
    let lines = LineIndex::new(&outcome.before);
    let replacements = edits(&outcome.before, &outcome.after).into_iter().map(|edit| {
        let (start, end) = (Place::of(&lines, edit.range.start()), Place::of(&lines, edit.range.end()));
        // A line that is not UTF-8 cannot be said in JSON, and neither can the fix.
        let text = String::from_utf8(edit.text).ok()?;
        Some(json!({ "deletedRegion": region(start, end), "insertedContent": { "text": text } }))
    });
    Some(json!({
        "description": { "text": "All changes to this file" },
        "artifactChanges": [{
            "artifactLocation": artifact(file),
            "replacements": replacements.collect::<Option<Vec<_>>>()?,
        }],
    }))
}

fn notification(file: &Examined, trouble: &Trouble) -> Value {
    let mut location = json!({ "artifactLocation": artifact(file) });
    if let Some(line) = trouble.line {
        location["region"] = json!({ "startLine": line });
    }
    json!({
        "level": "error",
        "message": { "text": trouble.message },
        "locations": [{ "physicalLocation": location }],
    })
}

fn region(start: Place, end: Place) -> Value {
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}

fn artifact(file: &Examined) -> Value {
    let path = slashed(&file.path);
    match path.strip_prefix('/') {
        Some(path) => json!({ "uri": format!("file:///{}", percent_encoded(path)) }),
        None => json!({ "uri": percent_encoded(&path), "uriBaseId": ROOT }),
    }
}

/// Everything but the unreserved characters of RFC 3986 and `/` as `%` and its bytes.
fn percent_encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_relative_address() {
        assert_eq!(percent_encoded("a b/ü:x%#.Dockerfile"), "a%20b/%C3%BC%3Ax%25%23.Dockerfile");
    }
}
