//! What `verify` says of an application when the lab's engines build it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use dockeropt::semantics::{Build, Named};
use dockeropt::syntax::Dockerfile;
use serde_json::Value;

use super::harness;
use super::material::engines::Engines;
use super::material::lab::{in_lab, try_in_lab};

/// Distributions that the lab has no images of: the one it has stands for them.
const DISTRIBUTIONS: &[&str] = &["bookworm", "bullseye", "jammy", "noble", "trixie"];

/// How long a build may take, in seconds.
const BUILD_MAX: u32 = 600;

pub struct Lab<'l> {
    lab: &'l Path,
    engines: Engines,
    /// The names that images have there.
    names: BTreeSet<String>,
}

impl<'l> Lab<'l> {
    pub fn new(lab: &'l Path) -> Self {
        let names = in_lab(lab, "lab_docker image ls --format '{{.Repository}}:{{.Tag}}'");
        Self { lab, engines: Engines::of(lab), names: names.lines().map(str::to_owned).collect() }
    }

    /// The report about the Dockerfile in `folder`, built by `engine`; it starts and becomes images that are named in `texts`.
    pub fn verify(&self, engine: &str, folder: &Path, texts: &[&[u8]]) -> Result<Value, String> {
        let mut command = harness::command(folder);
        command.args(["verify", "--engine", engine, "--network", "host", "--start", "--format", "json", "Dockerfile"]);
        command.args(["--build-timeout", &BUILD_MAX.to_string()]);
        command.args(self.stand_ins(texts)?.iter().map(|option| format!("--build-option={option}")));
        // Where a build of one side alone fails, it is tried again by `verify`; the first one may fail by a registry too.
        let run = |command: &mut Command| {
            let output = command.env("PATH", self.engines.path()).env_remove("DOCKER_HOST").output().unwrap();
            let report: Result<Value, _> = serde_json::from_slice(&output.stdout);
            let report = report.map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
            Ok(report["files"][0].clone())
        };
        let report: Result<Value, String> = run(&mut command);
        if report.as_ref().is_ok_and(|report| report["status"] != "failed") { report } else { run(&mut command) }
    }

    /// The bytes of the image that `file` builds in `folder`.
    pub fn size(&self, file: &str, folder: &Path, tag: &str) -> Option<u64> {
        let folder = folder.display();
        let built = format!(
            "timeout {BUILD_MAX} \"$LAB_KIT/lab-build\" '{folder}/{file}' '{folder}' {tag} >&2 && lab_docker image inspect -f '{{{{.Size}}}}' {tag}"
        );
        let output = try_in_lab(self.lab, &built);
        try_in_lab(self.lab, &format!("lab_docker rmi -f {tag}; rm -f \"$LAB_LOG/build-{tag}.log\""));
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    }

    /// Options for the images that others stand for; an error if there is one that nothing stands for.
    fn stand_ins(&self, texts: &[&[u8]]) -> Result<BTreeSet<String>, String> {
        let mut options = BTreeSet::new();
        for text in texts {
            let file = Dockerfile::parse(*text);
            for image in Build::of(&file).image_uses() {
                if image.named == Named::Variable(None) || image.text == "scratch" {
                    continue;
                }
                let name = if image.text.contains(':') { image.text.clone() } else { format!("{}:latest", image.text) };
                let of_another = || {
                    let without = |distribution| name.replacen(&format!("-{distribution}"), "", 1);
                    DISTRIBUTIONS.iter().map(without).find(|name| self.names.contains(name))
                };
                if !self.names.contains(&name) {
                    let found = of_another().ok_or_else(|| format!("`{name}` is not in the lab"))?;
                    options.insert(format!("--build-context={name}=docker-image://{found}"));
                }
            }
        }
        Ok(options)
    }
}
