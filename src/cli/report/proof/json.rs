//! What builds have shown, for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::super::Failure;
use super::super::super::verify::{Trial, Tried};
use super::super::print_json;
use super::changes;
use crate::image::Packages;
use crate::rewrite::Preserves;
use crate::verify::scan::{self, Comparison};
use crate::verify::{Measured, Proof};
use crate::world::engine::Engine;

/// Changes when a field changes its meaning or goes away; new ones may come without that.
const SCHEMA: &str = "dockeropt-verify/1";

#[derive(Serialize)]
struct Document<'t> {
    schema: &'static str,
    engine: String,
    files: Vec<File<'t>>,
}

#[derive(Serialize)]
struct File<'t> {
    path: String,
    status: Status,
    /// Why it is `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'t str>,
    #[serde(flatten)]
    proof: Option<Proven<'t>>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Unchanged,
    Verified,
    Broken,
    /// It was not built before and after, so nothing is known.
    Failed,
}

#[derive(Serialize)]
struct Proven<'t> {
    preserves: Preserves,
    changes: Vec<Change<'t>>,
    before: Side<'t>,
    after: Option<Side<'t>>,
    /// The build time after by that before, without build cache.
    build_time_ratio: Option<Ratio>,
    /// What changed as promised.
    promised: Vec<Promised<'t>>,
    files: Vec<FilesChanged<'t>>,
    /// Differences that two builds of the Dockerfile as it is show too.
    noise: usize,
    violations: &'t [String],
    further_violations: usize,
    notes: &'t [String],
    guilty: Vec<Guilty<'t>>,
    scans: BTreeMap<&'t str, Scan<'t>>,
}

#[derive(Serialize)]
struct Change<'t> {
    line: usize,
    title: &'t str,
    id: &'static str,
}

#[derive(Serialize)]
struct Side<'t> {
    bytes: u64,
    compressed_bytes: u64,
    /// Bytes of the files of each layer, from the lowest.
    layers: &'t [u64],
    files: usize,
    user: &'t str,
    packages: &'t Packages,
    build_seconds: Vec<f64>,
}

#[derive(Serialize)]
struct Ratio {
    ratio: f64,
    least: f64,
    most: f64,
}

#[derive(Serialize)]
struct Promised<'t> {
    id: &'static str,
    what: &'t str,
}

#[derive(Serialize)]
struct FilesChanged<'t> {
    id: &'static str,
    folder: &'t str,
    gone: usize,
    gone_bytes: u64,
    new: usize,
    new_bytes: u64,
    changed: usize,
}

#[derive(Serialize)]
struct Guilty<'t> {
    id: &'static str,
    titles: Vec<&'t str>,
    violations: &'t [String],
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Scan<'t> {
    Compared(Box<Comparison>),
    Failed(&'t str),
}

pub(in crate::cli) fn print(trials: &[Trial], engine: &Engine) -> Result<(), Failure> {
    let files = trials.iter().map(File::of).collect();
    print_json(&Document { schema: SCHEMA, engine: engine.to_string(), files })
}

impl<'t> File<'t> {
    fn of(trial: &'t Trial) -> Self {
        let path = trial.path.to_string_lossy().into_owned();
        match &trial.result {
            Tried::Unchanged => Self { path, status: Status::Unchanged, reason: None, proof: None },
            Tried::Failed(because) => Self { path, status: Status::Failed, reason: Some(because), proof: None },
            Tried::Proven(proof) => {
                let status = match (proof.is_kept(), &proof.after) {
                    (false, _) => Status::Broken,
                    (true, Some(_)) => Status::Verified,
                    (true, None) => Status::Unchanged,
                };
                Self { path, status, reason: None, proof: Some(Proven::of(&trial.source, proof)) }
            }
        }
    }
}

impl<'t> Proven<'t> {
    fn of(source: &'t [u8], proof: &'t Proof) -> Self {
        let judgement = &proof.judgement;
        let changes = changes(source, &proof.outcome).into_iter();
        let took = proof.took_before.map(|took| took.as_secs_f64()).to_vec();
        Self {
            preserves: proof.preserves(),
            changes: changes.map(|(line, title, id)| Change { line, title, id }).collect(),
            before: Side::of(&proof.before, took),
            after: proof.after.as_ref().map(|after| Side::of(after, vec![after.took.as_secs_f64()])),
            build_time_ratio: proof.time_ratio().map(|[ratio, least, most]| Ratio { ratio, least, most }),
            promised: judgement.expected.iter().map(|(id, what)| Promised { id, what }).collect(),
            files: judgement
                .files
                .iter()
                .map(|(place, files)| FilesChanged {
                    id: place.transform,
                    folder: &place.folder,
                    gone: files.gone,
                    gone_bytes: files.gone_bytes,
                    new: files.new,
                    new_bytes: files.new_bytes,
                    changed: files.changed,
                })
                .collect(),
            noise: judgement.noise,
            violations: &judgement.violations,
            further_violations: judgement.further,
            notes: &judgement.notes,
            guilty: proof
                .guilty
                .iter()
                .map(|guilty| Guilty {
                    id: guilty.transform.id,
                    titles: guilty.rewrites.iter().map(|placed| placed.value.title.as_str()).collect(),
                    violations: &guilty.violations,
                })
                .collect(),
            scans: scans(proof),
        }
    }
}

fn scans(proof: &Proof) -> BTreeMap<&str, Scan<'_>> {
    let Some(after) = &proof.after else { return BTreeMap::new() };
    let counts = [&proof.before.packages, &after.packages].map(super::packages);
    let both = proof.before.scans.iter().zip(&after.scans);
    both.map(|((name, was), (_, is))| {
        let scan = match (was, is) {
            (Ok(was), Ok(is)) => Scan::Compared(Box::new(scan::compare(was, is, counts))),
            (Err(because), _) | (_, Err(because)) => Scan::Failed(because),
        };
        (name.as_str(), scan)
    })
    .collect()
}

impl<'t> Side<'t> {
    fn of(measured: &'t Measured, build_seconds: Vec<f64>) -> Self {
        Self {
            bytes: measured.bytes,
            compressed_bytes: measured.compressed_bytes,
            layers: &measured.layers,
            files: measured.files,
            user: &measured.user,
            packages: &measured.packages,
            build_seconds,
        }
    }
}
