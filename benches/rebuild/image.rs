//! Builds by Docker, timed step by step, and what changes in the image.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use dockeropt::semantics::Build;
use dockeropt::syntax::Dockerfile;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::material::engines::Engines;
use super::material::lab::in_lab;

/// Steps below this are not told, in seconds.
const STEP_MIN: f64 = 0.3;

/// Docker, as the lab has it. Images that it has built are gone with this value.
pub struct Builder<'b> {
    lab: &'b Path,
    engines: &'b Engines,
    tags: RefCell<Vec<String>>,
}

/// A build that has succeeded.
pub struct Built {
    pub seconds: f64,
    /// Of the engine and all that it ran, also for others.
    pub cpu_seconds: f64,
    /// Whether a step that was not in the cache installs packages.
    pub installs: bool,
    /// What was not in the cache, with the seconds that it took.
    steps: Vec<(String, f64)>,
}

impl Built {
    pub fn slow_steps(&self) -> String {
        let slow = self.steps.iter().filter(|(_, seconds)| *seconds >= STEP_MIN);
        slow.map(|(step, seconds)| format!("{seconds:.1} s {step}")).collect::<Vec<_>>().join("; ")
    }
}

/// What has changed in an image.
pub struct Changed {
    pub layers: usize,
    pub compressed: u64,
}

impl<'b> Builder<'b> {
    pub fn new(lab: &'b Path, engines: &'b Engines) -> Self {
        Self { lab, engines, tags: RefCell::default() }
    }

    fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.engines.program("docker"));
        command.args(arguments);
        command
    }

    /// Seconds of CPU that the engine has used so far.
    fn cpu(&self) -> f64 {
        in_lab(self.lab, "lab_cpu").parse().unwrap_or_default()
    }

    pub fn build(&self, folder: &Path, tag: &str, options: &[String], is_cold: bool) -> Built {
        self.tags.borrow_mut().push(tag.to_owned());
        let mut command = self.docker(&["buildx", "build", "--network=host", "--provenance=false", "--progress=plain"]);
        command.args(["--tag", tag]).args(options).args(is_cold.then_some("--no-cache")).arg(folder);
        let (cpu, started) = (self.cpu(), Instant::now());
        let output = command.output().unwrap();
        let seconds = started.elapsed().as_secs_f64();
        let cpu_seconds = self.cpu() - cpu;
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tag}: {log}");
        let steps = steps(&log);
        let installs = steps.iter().any(|(step, _)| installs(step));
        Built { seconds, cpu_seconds, installs, steps }
    }

    /// The digests of the layers of an image.
    pub fn layers(&self, tag: &str) -> Vec<String> {
        let output = self.docker(&["image", "inspect", "--format", "{{json .RootFS.Layers}}", tag]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The layers of an image that are not among `others`.
    pub fn bytes_but(&self, tag: &str, others: &[String]) -> Changed {
        let changed: Vec<_> = self.layers(tag).into_iter().filter(|layer| !others.contains(layer)).collect();
        let names: Vec<_> = changed.iter().map(|layer| layer.replace(':', "/")).collect();
        let mut child = self.docker(&["image", "save", tag]).stdout(Stdio::piped()).spawn().unwrap();
        let mut compressed = 0;
        let mut archive = tar::Archive::new(BufReader::new(child.stdout.take().unwrap()));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            if names.iter().any(|name| path == format!("blobs/{name}")) {
                let mut encoder = GzEncoder::new(Count(0), Compression::default());
                std::io::copy(&mut entry, &mut encoder).unwrap();
                compressed += encoder.finish().unwrap().0;
            }
        }
        assert!(child.wait().unwrap().success(), "{tag} cannot be saved");
        Changed { layers: changed.len(), compressed }
    }
}

impl Drop for Builder<'_> {
    fn drop(&mut self) {
        let mut tags = self.tags.take();
        tags.sort();
        tags.dedup();
        if !tags.is_empty() {
            let _ = self.docker(&["image", "rm", "--force"]).args(tags).output();
        }
    }
}

/// Counts what is written.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The steps of a build that were done and not found in the cache, by its log.
fn steps(log: &str) -> Vec<(String, f64)> {
    let (mut names, mut steps) = (BTreeMap::new(), Vec::new());
    for line in log.lines() {
        let Some((number, said)) = line.split_once(' ').filter(|(number, _)| number.starts_with('#')) else { continue };
        if said.starts_with('[') || said == "exporting to image" {
            names.entry(number).or_insert_with(|| said.rsplit_once("] ").map_or(said, |(_, step)| step).to_owned());
        } else if let Some(seconds) = said.strip_prefix("DONE ").and_then(|time| time.strip_suffix('s')) {
            let name = names.get(number).cloned().unwrap_or_default();
            steps.push((name, seconds.parse().unwrap_or_default()));
        }
    }
    steps
}

/// Whether a step of a build installs packages.
fn installs(step: &str) -> bool {
    let file = Dockerfile::parse(format!("FROM scratch\n{step}\n"));
    let build = Build::of(&file);
    build.commands().any(|command| command.package_command().is_some_and(|package| package.installs()))
}
