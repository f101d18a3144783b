//! What tests use where it is present: the measured material, which is the corpus and what BuildKit says of it, and other programs.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod damage;
#[cfg(unix)]
pub mod engines;
pub mod lab;

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The folder of the material: `DOCKEROPT_SHARED`, or `shared` beside the checkout.
pub fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("DOCKEROPT_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
    };
    folder.is_dir().then_some(folder)
}

/// Where `.ci/install` puts programs of others for the tests: `DOCKEROPT_TOOLS`, or `target/tools`.
pub fn tools() -> PathBuf {
    std::env::var_os("DOCKEROPT_TOOLS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools")), PathBuf::from)
}

/// The folder of the material; `None` after saying that `test` is skipped.
pub fn folder_or_skip(test: &str) -> Option<PathBuf> {
    let folder = folder();
    if folder.is_none() {
        say(&format!("skipped: {test}: the measured material (../shared) is not here"));
    }
    folder
}

/// Prints past the test harness's capture, so that a figure or a skip is always seen.
pub fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Whether `program` can be started; if not, says that `test` is skipped, or done without it.
pub fn is_here(program: &str, test: &str) -> bool {
    let mut command = Command::new(program);
    let status = command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if status.is_err() {
        say(&format!("skipped: {test}: {program} is not on PATH"));
    }
    status.is_ok()
}

/// A file of the corpus.
pub struct CorpusFile {
    pub id: String,
    pub text: Vec<u8>,
}

/// The corpus, sorted by id.
pub fn corpus(folder: &std::path::Path) -> Vec<CorpusFile> {
    let mut files: Vec<_> = std::fs::read_dir(folder.join("corpus/files"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let id = path.file_stem().unwrap().to_string_lossy().into_owned();
            CorpusFile { id, text: std::fs::read(path).unwrap() }
        })
        .collect();
    files.sort_by(|a, b| a.id.cmp(&b.id));
    files
}

/// What BuildKit says: one value a line of a JSON lines file, gzipped or not.
pub fn json_lines(path: &std::path::Path) -> Vec<Value> {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
