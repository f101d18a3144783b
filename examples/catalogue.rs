//! Makes the catalogue that is built in, out of what was collected about the official images:
//! `cargo run --example catalogue -- CATALOG_JSON > src/catalogue/catalogue.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write as _;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::Value;

const FIRST: &str = "# dockeropt catalogue 1\n";

const LEGEND: &str = "\
# source official-images and docs of docker-library (Apache-2.0, MIT), endoflife.date (MIT)
# facts, one a line, sorted by bytes; * before a tag: it stands for images of other systems too
# IMAGE build EXACT-TAG DISTRIBUTION ARCHITECTURES OTHER-TAGS: built from the same Dockerfile, and rebuilt
# IMAGE retired EXACT-TAG DATE TAGS: no longer built since the date, when they were the exact tag
# IMAGE from|user|workdir|cmd|entrypoint EXACT-TAG VALUE: what the Dockerfile says; * for all whose FROM is known
# IMAGE env NAME: holds a version
# IMAGE eol CYCLE DATE-OR-TRUE-OR-FALSE CODE-NAME: the end of life of a release cycle
# IMAGE removed DATE: no longer an official image
# IMAGE replacement KIND TO, and -note, -since, -alternatives, -automatic
";

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: catalogue CATALOG_JSON")?;
    let collected = serde_json::from_slice(&std::fs::read(path)?)?;
    std::io::stdout().write_all(catalogue(&collected).as_bytes())?;
    Ok(())
}

/// The text of the catalogue.
pub fn catalogue(collected: &Value) -> String {
    let from = |source: &str| day(collected["generated_from"][source]["date"].as_str());
    let dates = [("date", "official_images"), ("docs", "docs"), ("endoflife", "endoflife")];
    let dates: String = dates.iter().map(|(name, source)| format!("# {name} {}\n", from(source))).collect();
    let head = format!("{FIRST}{dates}{LEGEND}");
    let mut facts = BTreeSet::new();
    for (image, about) in entries(&collected["images"]) {
        let builds: Vec<_> = list(&about["entries"]).filter(|build| build["os"] == "linux").collect();
        facts.extend(builds.iter().map(|build| format!("{image} build {}", current(build))));
        facts.extend(said_by_dockerfiles(image, &builds));
        facts.extend(list(&about["summary"]["version_env"]).map(|name| format!("{image} env {}", text(name))));
    }
    for (image, lines) in entries(&collected["retired_lines"]) {
        facts.extend(retired(image, lines));
    }
    for (image, product) in entries(&collected["image_to_product"]) {
        facts.extend(list(&collected["eol"][text(product)]).map(|cycle| format!("{image} eol {}", end_of_life(cycle))));
    }
    facts.extend(entries(&collected["removed_images"]).map(|(image, date)| format!("{image} removed {}", text(date))));
    for (image, replacement) in entries(&collected["replacements"]) {
        facts.extend(replaced(image, replacement));
    }
    facts.into_iter().fold(head, |text, fact| text + fact.trim_end() + "\n")
}

fn current(build: &Value) -> String {
    let distribution: Vec<_> = list(&build["distro"]).map(text).filter(|part| !part.is_empty()).collect();
    let distribution = if distribution.is_empty() { "-".to_owned() } else { distribution.join(":") };
    let architectures: Vec<_> = list(&build["arches"]).map(text).collect();
    let exact = text(&build["exact"]);
    let others = list(&build["tags"]).map(text).filter(|tag| *tag != exact).map(str::to_owned);
    let shared = list(&build["shared"]).map(|tag| format!("*{}", text(tag)));
    let tags: Vec<_> = others.chain(shared).collect();
    format!("{exact} {distribution} {} {}", architectures.join(","), tags.join(" "))
}

/// What is the same for all builds with a known Dockerfile is said once.
fn said_by_dockerfiles(image: &str, builds: &[&Value]) -> Vec<String> {
    let known: Vec<_> = builds.iter().filter(|build| build["facts"]["from"].is_string()).collect();
    let mut facts = Vec::new();
    for kind in ["from", "user", "workdir", "cmd", "entrypoint"] {
        let said = |build: &Value| build["facts"][kind].as_str().map(|value| value.replace('\n', " "));
        let values: BTreeSet<_> = known.iter().map(|build| said(build)).collect();
        let single = values.first().cloned().flatten().filter(|_| values.len() == 1 && kind != "from");
        match single {
            Some(value) => facts.push(format!("{image} {kind} * {value}")),
            None => facts.extend(
                known
                    .iter()
                    .filter_map(|build| Some(format!("{image} {kind} {} {}", text(&build["exact"]), said(build)?))),
            ),
        }
    }
    facts
}

/// Tags that were dropped together, as the same image, are one line.
fn retired(image: &str, lines: &Value) -> Vec<String> {
    let mut dropped: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (tag, last) in entries(lines) {
        // Where nobody recorded what it was, the tag is all that is known.
        let exact = Some(text(&last[0])).filter(|exact| !exact.is_empty()).unwrap_or(tag);
        if ![tag, exact].iter().any(|tag| tag.contains("windows") || tag.contains("nanoserver")) {
            dropped.entry((exact, last[1].as_i64().unwrap_or_default())).or_default().push(tag);
        }
    }
    let since = |days: i64| date(1970, 1, 1).checked_add(days.days()).expect("a day of this century");
    let lines = dropped.iter().map(|((exact, days), tags)| (exact, since(*days), tags.join(" ")));
    lines.map(|(exact, since, tags)| format!("{image} retired {exact} {since} {tags}")).collect()
}

fn end_of_life(cycle: &Value) -> String {
    let end = cycle["eol"].as_str().map_or_else(|| cycle["eol"].to_string(), str::to_owned);
    let name = cycle["codename"].as_str().and_then(|name| name.split(' ').next()).unwrap_or_default();
    format!("{} {end} {}", text(&cycle["releaseCycle"]), name.to_lowercase())
}

fn replaced(image: &str, replacement: &Value) -> Vec<String> {
    let alternatives: Vec<_> = list(&replacement["alternatives"]).map(text).collect();
    let more = [
        ("note", text(&replacement["note"])),
        ("since", text(&replacement["since"])),
        ("alternatives", &alternatives.join(" ")),
        ("automatic", if replacement["auto"] == true { "true" } else { "" }),
    ];
    let more = more.iter().filter(|(_, value)| !value.is_empty());
    let more = more.map(|(what, value)| format!("{image} replacement-{what} {value}"));
    let first = format!("{image} replacement {} {}", text(&replacement["kind"]), text(&replacement["to"]));
    std::iter::once(first).chain(more).collect()
}

/// The day of a point in time, as it is written there.
fn day(time: Option<&str>) -> Date {
    time.and_then(|time| time.get(..10)?.parse().ok()).expect("a date")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}
