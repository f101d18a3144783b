//! Applications are built by the lab's Docker Engine as they are and as `dockeropt fix` leaves them, and both images are run: they do the same, and the second one
//! is not larger. Each application asks itself something and ends, so that what it prints can be compared.

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

use engine::{Engine, Image};
use material::say;
use rayon::prelude::*;
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
    let engine = Engine::new(&lab);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build().unwrap();
    let trials: Vec<_> = pool.install(|| {
        applications(&lab).par_iter().with_max_len(1).map(|application| trial(&engine, application)).collect()
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

fn trial(engine: &Engine<'_>, application: &Application) -> Trial {
    let Application { name, folder, is_measured } = application;
    let mut trial = Trial { is_measured: *is_measured, ..Trial::default() };
    let text = std::fs::read(folder.join("Dockerfile")).unwrap();
    let there = copy(folder);
    let before = engine.image(&format!("{name}-before"), &text, there.path());
    let best_file = std::fs::read(folder.join("best.Dockerfile")).ok();
    let best =
        best_file.filter(|_| before.is_ok()).map(|text| engine.image(&format!("{name}-best"), &text, there.path()));
    let (there, fixed, again) = fixed(folder);
    if fixed != again {
        trial.wrongs.push(format!("{name}: a second `fix` changes it again"));
    }
    let before = match before {
        Ok(before) => before,
        Err(because) => {
            trial.not_built = Some(format!("{name}: {because}"));
            return trial;
        }
    };
    match engine.image(&format!("{name}-after"), &fixed, there.path()) {
        Ok(after) => {
            let wrongs = wrongs(&before, &after);
            let is_same = wrongs.is_empty();
            trial.wrongs.extend(wrongs.iter().map(|wrong| format!("{name}: {wrong}")));
            let best = best.and_then(|best| Some(best.ok()?.size));
            let (user, is_changed) = (after.user.clone(), fixed != text);
            let (before, after) = (before.size, after.size);
            trial.row = Some(Row { name: name.clone(), before, after, best, user, is_changed, is_same });
        }
        Err(because) => trial.wrongs.push(format!("{name}: {because}")),
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

/// What is different that has to be the same.
fn wrongs(before: &Image, after: &Image) -> Vec<String> {
    let mut wrongs = Vec::new();
    if !before.ran.is_success() {
        wrongs.push(format!("it fails as it is: {:?}", before.ran));
    }
    if before.ran != after.ran {
        wrongs.push(format!("it came to {:?}, and comes to {:?}", before.ran, after.ran));
    }
    if before.checked != after.checked {
        wrongs.push(format!("its check came to {:?}, and comes to {:?}", before.checked, after.checked));
    }
    if before.promises != after.promises {
        wrongs.push(format!("it promised {:?}, and promises {:?}", before.promises, after.promises));
    }
    if after.size > before.size + LARGER_MAX {
        wrongs.push(format!("it was {} bytes, and is {}", before.size, after.size));
    }
    wrongs
}
