//! A thousand repositories: patches that apply, the same as in place, and a run that is killed again and again.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::farm::{Farm, assert_fine, assert_same, git, listing, rows};
use crate::material::{folder_or_skip, say};

const COUNT: usize = 1_000;

#[test]
fn a_thousand_repositories_get_patches_that_apply_and_a_killed_run_comes_to_the_same() {
    let Some(shared) = folder_or_skip("a thousand repositories") else { return };
    let started = Instant::now();
    let farm = Farm::of_corpus(&shared, COUNT);
    let here = farm.checkouts("checkouts");
    farm.checkouts("in-place");
    say(&format!("a farm of {COUNT} repositories, twice, in {:.1} s", started.elapsed().as_secs_f64()));

    let started = Instant::now();
    let output =
        farm.run("checkouts --out whole --offline --quiet --report whole/report.html --report whole/report.json");
    assert_fine(&output);
    let seconds = started.elapsed().as_secs_f64();
    let journal = rows(&farm.path("whole/journal.jsonl"));
    let files: u64 = journal.values().map(|row| row["files"].as_u64().unwrap()).sum();
    say(&format!("patches: {:.0} repositories/s, {:.0} files/s", COUNT as f64 / seconds, files as f64 / seconds));
    let mut names: Vec<String> = farm.names();
    names.sort();
    assert!(journal.keys().eq(names.iter()), "a repository was lost, or is another");
    let changed: Vec<&String> = names.iter().filter(|name| journal[*name]["outcome"] == "changed").collect();
    assert!(changed.len() > COUNT * 9 / 10, "{}", changed.len());
    assert_eq!(git(&here.join(&names[0]), &["status", "--porcelain"]), "", "a work tree was touched");

    let output = farm.run("in-place --out placed --offline --quiet --output in-place");
    assert_fine(&output);
    let started = Instant::now();
    changed.par_iter().for_each(|name| applied(&farm, &here, name));
    say(&format!("{} fresh clones, and `git am`, in {:.1} s", changed.len(), started.elapsed().as_secs_f64()));

    // The clones hold what the patches made of them: there is nothing left to do.
    let output = farm.run("applied --out again --offline --quiet");
    assert_fine(&output);
    let again = rows(&farm.path("again/journal.jsonl"));
    let changed_again: Vec<_> = again.iter().filter(|(_, row)| row["files_changed"] != 0).collect();
    assert!(changed_again.is_empty(), "a second run changes something: {changed_again:?}");
    assert_eq!(again.len(), changed.len());

    killed_and_resumed(&farm);
    let [whole, parts] = ["whole", "parts"].map(|name| listing(&farm.path(name), &[]));
    assert_same("a run that was killed three times", &whole, &parts);
}

/// The patch applies to a fresh clone, and makes of it what the run in place has made.
fn applied(farm: &Farm, here: &Path, name: &str) {
    let clone = farm.path("applied").join(name);
    fs::create_dir_all(clone.parent().unwrap()).unwrap();
    let from = here.join(name);
    git(here, &["clone", "--quiet", "--template=", from.to_str().unwrap(), clone.to_str().unwrap()]);
    let patch = farm.path("whole/patches").join(format!("{name}.patch"));
    git(&clone, &["am", "--quiet", patch.to_str().unwrap()]);
    assert_eq!(
        git(&clone, &["log", "-1", "--format=%an %s"]),
        "A. Platform Team Smaller and safer images from these Dockerfiles"
    );
    let placed = listing(&farm.path("in-place").join(name), &[".git"]);
    assert_same(name, &placed, &listing(&clone, &[".git"]));
}

/// A run that is killed at three points, and goes on from each.
fn killed_and_resumed(farm: &Farm) {
    let lines = || fs::read_to_string(farm.path("parts/journal.jsonl")).map_or(0, |text| text.lines().count());
    for (resume, point) in [("", 137), ("--resume", 402), ("--resume", 801)] {
        let mut run = farm.migrate(&format!("checkouts --out parts --offline --quiet {resume}"));
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while lines() < point && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        run.kill().unwrap();
        run.wait().unwrap();
        let done = lines();
        assert!(done >= point && done < COUNT, "killed at {done}, not near {point}");
    }
    // What kill may leave of a line, if it comes at the wrong moment.
    let journal = farm.path("parts/journal.jsonl");
    let text = fs::read(&journal).unwrap();
    fs::write(&journal, &text[..text.len() - 30]).unwrap();
    let output = farm.run(
        "checkouts --out parts --offline --quiet --resume --jobs 3 --report parts/report.html --report parts/report.json",
    );
    assert_fine(&output);
}
