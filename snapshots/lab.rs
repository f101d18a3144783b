//! `verify` builds and starts applications as they are and as they become: they do the same, what differs was promised, and the second image is not larger.
//! Each application asks itself something and ends, so that what it prints can be compared.

#[path = "lab/engine.rs"]
mod engine;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "cli/harness.rs"]
mod harness;
mod material;
#[path = "lab/table.rs"]
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use engine::Lab;
use material::say;
use rayon::prelude::*;
use serde_json::Value;
use table::Row;
use tempfile::TempDir;

/// How many applications are built at the same time: most of a build waits for a registry or a disk.
const AT_ONCE: usize = 2;

/// By how many bytes an image may be larger than before. A new user takes copies of the files with accounts and an empty home, which are some 10 kB; logs and
/// caches of package managers differ by less than that between two builds of the same file.
const LARGER_MAX: u64 = 64 * 1024;

/// A folder with a Dockerfile.
struct Application {
    name: String,
    folder: PathBuf,
    /// Whether it is one of those that the goals are about.
    is_measured: bool,
}

fn applications(lab: &Path) -> Vec<Application> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/applications");
    let mut applications = Vec::new();
    for (folder, is_measured) in [(lab.join("apps"), true), (own, false)] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let folder = entry.unwrap().path();
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let name = if is_measured { format!("lab/{name}") } else { name };
            applications.push(Application { name, folder, is_measured });
        }
    }
    applications.sort_by(|a, b| (b.is_measured, &a.name).cmp(&(a.is_measured, &b.name)));
    applications
}

#[test]
fn applications_do_the_same_from_images_that_are_not_larger() {
    let Some(lab) = material::lab::lab_or_skip("builds of applications") else { return };
    let started = Instant::now();
    let the_lab = Lab::new(&lab);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build().unwrap();
    let trials: Vec<_> = pool.install(|| {
        applications(&lab).par_iter().with_max_len(1).map(|application| trial(&the_lab, application)).collect()
    });
    let rows: Vec<_> = trials.iter().filter_map(|trial| trial.row.as_ref()).collect();
    say(&format!("\n{}", table::table(&rows)));
    let measured: Vec<_> =
        trials.iter().filter(|trial| trial.is_measured).filter_map(|trial| trial.row.as_ref()).collect();
    let missed = table::missed_goals(&measured);
    trials.iter().filter_map(|trial| trial.not_built.as_ref()).for_each(|why| say(&format!("not built: {why}")));
    say(&format!("{} applications in {:.0} s", trials.len(), started.elapsed().as_secs_f64()));

    let mut wrongs: Vec<_> = trials.iter().flat_map(|trial| trial.wrongs.clone()).collect();
    wrongs.extend(missed);
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    assert!(!rows.is_empty(), "no application can be built");
}

/// What came of an application.
#[derive(Default)]
struct Trial {
    is_measured: bool,
    /// What was measured, if it builds.
    row: Option<Row>,
    wrongs: Vec<String>,
    /// Why nothing was built.
    not_built: Option<String>,
}

fn trial(lab: &Lab<'_>, application: &Application) -> Trial {
    let Application { name, folder, is_measured } = application;
    let mut trial = Trial { is_measured: *is_measured, ..Trial::default() };
    let text = std::fs::read(folder.join("Dockerfile")).unwrap();
    let (_, fixed, again) = fixed(folder);
    if fixed != again {
        trial.wrongs.push(format!("{name}: a second `fix` changes it again"));
    }
    let there = copy(folder);
    let report = match lab.verify("docker", there.path(), &[&text, &fixed]) {
        Ok(report) if report["status"] != "failed" => report,
        Ok(report) => {
            trial.not_built = Some(format!("{name}: {}", report["reason"].as_str().unwrap()));
            return trial;
        }
        Err(because) => {
            trial.not_built = Some(format!("{name}: {because}"));
            return trial;
        }
    };
    let wrongs = wrongs(&report);
    trial.wrongs.extend(wrongs.iter().map(|wrong| format!("{name}: {wrong}")));
    let has_best = folder.join("best.Dockerfile").is_file();
    let tag = format!("ex-{}-best-{}", name.replace('/', "-"), std::process::id());
    let best = has_best.then(|| lab.size("best.Dockerfile", there.path(), &tag)).flatten();
    let bytes = |side: &str| report[side]["bytes"].as_u64();
    if let (Some(before), Some(after)) = (bytes("before"), bytes("after")) {
        let user = report["after"]["user"].as_str().unwrap().to_owned();
        let time = report["build_time_ratio"]["ratio"].as_f64().unwrap();
        trial.row = Some(Row { name: name.clone(), before, after, best, user, time, is_same: wrongs.is_empty() });
    }
    trial
}

/// A copy of `folder` that can be written to.
fn copy(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let script = "cp -R \"$0/.\" \"$1\" && chmod -R u+w \"$1\"";
    let status = Command::new("sh").args(["-c", script]).arg(folder).arg(copy.path()).status().unwrap();
    assert!(status.success(), "{}", folder.display());
    copy
}

/// A copy of `folder` in which `fix` was called, what it made of the Dockerfile, and what it makes of that. In the copy stands the Dockerfile as it was: what it
/// says is of no interest to the application that it is copied with.
fn fixed(folder: &Path) -> (TempDir, Vec<u8>, Vec<u8>) {
    let there = copy(folder);
    let home = tempfile::tempdir().unwrap();
    let dockerfile = there.path().join("Dockerfile");
    let fix = || {
        let mut command = harness::command(there.path());
        command.args(["fix", "Dockerfile"]);
        let output = command.env("HOME", home.path()).env("XDG_CACHE_HOME", home.path()).output().unwrap();
        assert!(output.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&output.stderr));
        std::fs::read(&dockerfile).unwrap()
    };
    let text = std::fs::read(&dockerfile).unwrap();
    let (fixed, again) = (fix(), fix());
    std::fs::write(&dockerfile, text).unwrap();
    (there, fixed, again)
}

/// What `verify` says that it should not say.
fn wrongs(report: &Value) -> Vec<String> {
    let mut wrongs = Vec::new();
    if report["status"] == "broken" {
        wrongs.push(format!("it is broken: {}", report["guilty"]));
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
