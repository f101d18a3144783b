//! `verify` builds and starts applications as they are and as they become: they do the same, what differs was promised, and the second image is not larger.
//! Each application asks itself something and ends, so that what it prints can be compared.

#[path = "lab/applications.rs"]
mod applications;
#[path = "lab/engine.rs"]
mod engine;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "cli/harness.rs"]
mod harness;
mod material;
#[path = "lab/table.rs"]
mod table;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use applications::{Application, applications, copy};
use engine::Lab;
use material::say;
use serde_json::Value;
use table::Row;

/// Applications that Buildah builds too.
const BUILT_BY_BUILDAH: &[&str] = &["c-library", "c-static", "go-service"];

/// By how many bytes an image may be larger than before. A new user takes copies of the files with accounts and an empty home, which are some 10 kB; logs and
/// caches of package managers differ by less than that between two builds of the same file.
const LARGER_MAX: u64 = 64 * 1024;

/// A commit, by which applications are chosen: one of each kind, and one in `SAMPLE_OF` of the others. Without it, all are built.
const SAMPLE: &str = "DOCKEROPT_LAB_SAMPLE";

/// See `SAMPLE`.
const SAMPLE_OF: u64 = 6;

/// The applications that `commit` chooses; says which it does not. Those that the goals are about are always built, and those that Buildah builds too.
fn sampled(all: Vec<Application>, commit: &str) -> Vec<Application> {
    let order = |application: &Application| dockeropt::text::hash([commit.as_bytes(), application.name.as_bytes()]);
    let kind = |application: &Application| application.name.split('-').next().unwrap_or_default().to_owned();
    let mut first: BTreeMap<String, u64> = BTreeMap::new();
    for application in &all {
        let first = first.entry(kind(application)).or_insert(u64::MAX);
        *first = (*first).min(order(application));
    }
    let is_chosen = |application: &Application| {
        application.is_measured
            || BUILT_BY_BUILDAH.contains(&application.name.as_str())
            || order(application) == first[&kind(application)]
            || order(application).is_multiple_of(SAMPLE_OF)
    };
    let (chosen, left): (Vec<_>, Vec<_>) = all.into_iter().partition(is_chosen);
    let left: Vec<_> = left.into_iter().map(|application| application.name).collect();
    say(&format!("skipped: not chosen by the commit: {}", left.join(", ")));
    chosen
}

#[test]
fn applications_do_the_same_from_images_that_are_not_larger() {
    let Some(lab) = material::lab::lab_or_skip("builds of applications") else { return };
    let started = Instant::now();
    let the_lab = Lab::new(&lab);
    let mut all = applications(&lab);
    if let Ok(commit) = std::env::var(SAMPLE) {
        all = sampled(all, &commit);
    }
    let place = tempfile::tempdir().unwrap();
    let (mut wrongs, mut texts, mut built) = (Vec::new(), Vec::new(), Vec::new());
    for application in &all {
        let (text, fixed, again) = fixed(&application.folder, &place.path().join(&application.name));
        if fixed != again {
            wrongs.push(format!("{}: a second `fix` changes it again", application.name));
        }
        let images = [&text, &fixed].into_iter().try_for_each(|text| the_lab.has_images_of(text));
        match images {
            Ok(()) => built.push(application),
            Err(because) => say(&format!("not built: {}: {because}", application.name)),
        }
        texts.extend([text, fixed]);
    }

    // Applications on the same base image are built by the same call.
    let (python, others): (Vec<_>, Vec<_>) = built.iter().partition(|application| application.name.contains("python"));
    let verify = |engine: &str, some: &[&&Application]| {
        let names: Vec<_> = some.iter().map(|application| application.name.clone()).collect();
        the_lab.verify(engine, place.path(), &names, &texts)
    };
    let (python, others) = rayon::join(|| verify("docker", &python), || verify("docker", &others));
    let reports = [python, others].concat();
    let (mut rows, mut measured) = (Vec::new(), Vec::new());
    for application in &built {
        let report = report_of(application, &reports);
        wrongs.extend(wrongs_of(report).into_iter().map(|wrong| format!("{}: {wrong}", application.name)));
        if let Some(row) = row(application, report, &the_lab, place.path()) {
            if application.is_measured { &mut measured } else { &mut rows }.push(row);
        }
    }
    let table: Vec<_> = measured.iter().chain(&rows).collect();
    say(&format!("\n{}", table::table(&table)));
    wrongs.extend(table::missed_goals(&measured.iter().collect::<Vec<_>>()));

    let by_buildah: Vec<_> = built.iter().filter(|one| BUILT_BY_BUILDAH.contains(&one.name.as_str())).collect();
    let reports = verify("buildah", &by_buildah);
    for application in &by_buildah {
        let report = report_of(application, &reports);
        let [before, after] = ["before", "after"].map(|side| report[side]["bytes"].clone());
        say(&format!("by Buildah: {:<22} {before:>13} {after:>13} {}", application.name, report["status"]));
        if report["status"] != "verified" {
            wrongs.push(format!("{}, by Buildah: {report}", application.name));
        }
    }
    say(&format!("{} applications in {:.0} s", built.len(), started.elapsed().as_secs_f64()));
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    assert!(!table.is_empty() && by_buildah.len() >= 3, "hardly an application can be built");
}

fn report_of<'r>(application: &Application, reports: &'r [Value]) -> &'r Value {
    let path = format!("{}/Dockerfile", application.name);
    reports.iter().find(|report| report["path"] == path.as_str()).unwrap_or_else(|| panic!("no report about {path}"))
}

/// What was measured, if the application changes.
fn row(application: &Application, report: &Value, lab: &Lab<'_>, place: &Path) -> Option<Row> {
    let bytes = |side: &str| report[side]["bytes"].as_u64();
    let (before, after) = (bytes("before")?, bytes("after")?);
    let Application { name, .. } = application;
    let folder = place.join(name);
    let best = folder.join("best.Dockerfile").is_file();
    let tag = format!("ex-{}-best-{}", name.replace('/', "-"), std::process::id());
    let best = best.then(|| lab.size("best.Dockerfile", &folder, &tag)).flatten();
    let user = report["after"]["user"].as_str().unwrap().to_owned();
    let time = report["build_time_ratio"]["ratio"].as_f64().unwrap();
    Some(Row { name: name.clone(), before, after, best, user, time, is_same: report["status"] == "verified" })
}

/// Copies `folder` to `there`; gives its Dockerfile, what `fix` makes of it, and what it makes of that. In the copy stands the Dockerfile as it was.
fn fixed(folder: &Path, there: &Path) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    copy(folder, there);
    let home = tempfile::tempdir().unwrap();
    let fix = |text: &[u8]| {
        let mut command = harness::command(there);
        let dockerfile = there.join("Dockerfile");
        std::fs::write(&dockerfile, text).unwrap();
        command.args(["fix", "Dockerfile"]).env("HOME", home.path()).env("XDG_CACHE_HOME", home.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&output.stderr));
        std::fs::read(&dockerfile).unwrap()
    };
    let text = std::fs::read(there.join("Dockerfile")).unwrap();
    let fixed = fix(&text);
    let again = fix(&fixed);
    std::fs::remove_dir_all(there).unwrap();
    copy(folder, there);
    (text, fixed, again)
}

/// What `verify` says that it should not say.
fn wrongs_of(report: &Value) -> Vec<String> {
    let mut wrongs = Vec::new();
    match report["status"].as_str() {
        Some("broken") => wrongs.push(format!("it is broken: {}", report["guilty"])),
        Some("failed") => wrongs.push(format!("it is not proven: {}", report["reason"])),
        _ => {}
    }
    let notes = report["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    wrongs.extend(notes.filter(|note| note.contains("failure")).map(str::to_owned));
    if let (Some(before), Some(after)) = (report["before"]["bytes"].as_u64(), report["after"]["bytes"].as_u64())
        && after > before + LARGER_MAX
    {
        wrongs.push(format!("it was {before} bytes, and is {after}"));
    }
    wrongs
}
