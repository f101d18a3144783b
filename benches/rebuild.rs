//! How long it takes to build again after an edit, by what the Dockerfiles of applications say before and after: a rewrite must not make the daily build
//! slower. Each is built in the lab, once without the cache, then with it after an edit of its code. With names as arguments, of those applications alone.

#[path = "../snapshots/lab/applications.rs"]
mod applications;
#[path = "rebuild/edits.rs"]
mod edits;
#[allow(dead_code, reason = "each file uses its own part")]
#[path = "../snapshots/lab/engine.rs"]
mod engine;
#[allow(dead_code, reason = "each file uses its own part")]
#[path = "../snapshots/cli/harness.rs"]
mod harness;
#[path = "rebuild/image.rs"]
mod image;
#[path = "../snapshots/material/mod.rs"]
mod material;

use std::path::Path;
use std::process::ExitCode;

use applications::{applications, copy};
use engine::Lab;
use image::{Builder, Built};
use material::lab::lab_or_skip;

/// The most that a build may take after an edit of the code, as a multiple of that before.
const CODE_MAX: f64 = 1.1;

/// The same for a build without the cache.
const COLD_MAX: f64 = 1.1;

/// The geometric mean of the first over those that install their packages anew at each edit before.
const REINSTALLING_MAX: f64 = 0.3;

/// Above this a ratio is the median of so many measurements.
const RATIO_SURE: f64 = 0.8;

/// See `RATIO_SURE`.
const MEASUREMENTS: usize = 3;

/// A difference in seconds that nobody waits for: with it the ratio counts as 1.
const SECONDS_MIN: f64 = 0.3;

/// Those that are held to the time of a build without the cache, and are also built after an edit of their manifest.
const NAMED: &[&str] = &[
    "c-static",
    "go-service",
    "java-maven",
    "lab/go-web",
    "lab/java-maven",
    "lab/node-typescript",
    "lab/python-native",
    "lab/python-seed",
    "node-service",
    "node-typescript",
    "node-views",
    "python-wheels",
];

/// An application in a folder of its own, as its Dockerfile says before or after.
struct Side<'b> {
    builder: &'b Builder<'b>,
    folder: std::path::PathBuf,
    tag: String,
    options: &'b [String],
}

/// What one build after an edit took, before and after.
struct Pair {
    before: Built,
    after: Built,
}

impl Pair {
    fn ratio(&self) -> f64 {
        let [before, after] = [&self.before, &self.after].map(|built| built.seconds);
        if (after - before).abs() < SECONDS_MIN { 1.0 } else { after / before }
    }

    fn cpu_ratio(&self) -> f64 {
        self.after.cpu_seconds / self.before.cpu_seconds.max(0.01)
    }
}

impl Side<'_> {
    fn build(&self, is_cold: bool) -> Built {
        self.builder.build(&self.folder, &self.tag, self.options, is_cold)
    }
}

/// The median pair by its ratio of what `measure` gives: of one if that is at most `sure`.
fn median(sure: f64, mut measure: impl FnMut() -> Pair) -> Pair {
    let mut pairs = vec![measure()];
    while pairs[0].ratio() > sure && pairs.len() < MEASUREMENTS {
        pairs.push(measure());
    }
    pairs.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    pairs.swap_remove(pairs.len() / 2)
}

struct Row {
    code: f64,
    cold: f64,
    is_reinstalling: bool,
    is_named: bool,
}

fn measure(lab: &Lab<'_>, builder: &Builder<'_>, place: &Path, name: &str, folder: &Path) -> Option<Row> {
    let [before, after] = ["before", "after"].map(|side| place.join(name).join(side));
    copy(folder, &before);
    copy(folder, &after);
    let home = tempfile::tempdir().unwrap();
    let mut fix = harness::command(&after);
    let fix = fix.args(["fix", "Dockerfile"]).env("HOME", home.path()).env("XDG_CACHE_HOME", home.path());
    assert!(fix.output().unwrap().status.success(), "{name}: `fix` fails");
    let texts = [&before, &after].map(|side| std::fs::read(side.join("Dockerfile")).unwrap());
    if texts[0] == texts[1] {
        return None;
    }
    let mut options = Vec::new();
    for text in &texts {
        match lab.stand_ins(text) {
            Ok(others) => options.extend(others),
            Err(because) => {
                println!("| {name} | not built: {because} |");
                return None;
            }
        }
    }
    let dashed = name.replace('/', "-");
    let side = |folder, which| Side { builder, folder, tag: format!("rebuild-{dashed}-{which}"), options: &options };
    let (before, after) = (side(before, "before"), side(after, "after"));
    let is_named = NAMED.contains(&name);

    let sure = if is_named { COLD_MAX } else { f64::INFINITY };
    let cold = median(sure, || Pair { before: before.build(true), after: after.build(true) });
    let layers = [&before, &after].map(|side| builder.layers(&side.tag));
    let edited = edits::code(&before.folder)?;
    // Each edit is another one, so that no build finds what another has built.
    let after_edit_of = |path: &str| {
        let [before, after] = [&before, &after].map(|side| {
            edits::edit(&side.folder.join(path));
            side.build(false)
        });
        Pair { before, after }
    };
    let code = median(RATIO_SURE, || after_edit_of(&edited));
    let changed = [(&before, &layers[0]), (&after, &layers[1])].map(|(side, was)| builder.bytes_but(&side.tag, was));
    assert!(changed[0].layers > 0, "{name}: `{edited}` is not in the image");
    let manifest = edits::manifest(&before.folder).filter(|_| is_named).map(|manifest| after_edit_of(&manifest));
    let is_reinstalling = code.before.installs;
    let megabytes = changed.map(|it| format!("{:.1} MB in {}", it.compressed as f64 / 1e6, it.layers));
    println!(
        "| {name} | {} | {:.1} s | {:.1} s | {:.2} | {:.2} | {} | {:.1} s | {:.1} s | {:.2} | {} |",
        if is_reinstalling { "yes" } else { "" },
        code.before.seconds,
        code.after.seconds,
        code.ratio(),
        code.cpu_ratio(),
        megabytes.join(" | "),
        cold.before.seconds,
        cold.after.seconds,
        cold.ratio(),
        manifest.map_or_else(String::new, |pair| format!("{:.2}", pair.ratio())),
    );
    for (side, built) in [("before", &code.before), ("after", &code.after)] {
        eprintln!("{name}, {side}, after an edit of `{edited}`: {}", built.slow_steps());
    }
    Some(Row { code: code.ratio(), cold: cold.ratio(), is_reinstalling, is_named })
}

fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let logarithms: Vec<_> = ratios.map(f64::ln).collect();
    (!logarithms.is_empty()).then(|| (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp())
}

fn worst(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    ratios.max_by(f64::total_cmp)
}

fn main() -> ExitCode {
    let Some(folder) = lab_or_skip("builds after an edit") else { return ExitCode::SUCCESS };
    let lab = Lab::new(&folder);
    let builder = Builder::new(&folder, &lab.engines);
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let place = tempfile::tempdir().unwrap();
    println!(
        "| | installs anew | edit of code, before | after | ratio | of CPU | layers that change, before | after | cold, before | after | ratio | edit of manifest |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let all = applications(&folder).into_iter().filter(|one| wanted.is_empty() || wanted.contains(&one.name));
    let rows: Vec<_> = all.filter_map(|one| measure(&lab, &builder, place.path(), &one.name, &one.folder)).collect();

    let figures = [
        ("worst ratio after an edit of code", worst(rows.iter().map(|row| row.code)), CODE_MAX),
        (
            "geometric mean of those that installed anew",
            geometric_mean(rows.iter().filter(|row| row.is_reinstalling).map(|row| row.code)),
            REINSTALLING_MAX,
        ),
        ("worst ratio of cold builds", worst(rows.iter().filter(|row| row.is_named).map(|row| row.cold)), COLD_MAX),
        ("geometric mean of cold builds", geometric_mean(rows.iter().map(|row| row.cold)), COLD_MAX),
    ];
    println!();
    let mut is_good = true;
    for (what, figure, most) in figures {
        let Some(figure) = figure else { continue };
        is_good &= figure <= most;
        println!("{what}: {figure:.2}, at most {most}{}", if figure <= most { "" } else { ": missed" });
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
