//! What `verify` says of an application when the lab's engines build it.

use std::collections::BTreeSet;
use std::path::Path;

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
    pub engines: Engines,
    /// The names that images have there.
    names: BTreeSet<String>,
}

impl<'l> Lab<'l> {
    pub fn new(lab: &'l Path) -> Self {
        let names = in_lab(lab, "lab_docker image ls --format '{{.Repository}}:{{.Tag}}'");
        Self { lab, engines: Engines::of(lab), names: names.lines().map(str::to_owned).collect() }
    }

    /// What `verify` says about the Dockerfiles of `applications`, folders in `folder`: built by `engine` in one call, so that layers they share are read once.
    /// `texts` are all that name images which others may stand for.
    pub fn verify(&self, engine: &str, folder: &Path, applications: &[String], texts: &[Vec<u8>]) -> Vec<Value> {
        let mut command = harness::command(folder);
        command.args(["verify", "--engine", engine, "--network", "host", "--start", "--format", "json"]);
        command.args(["--build-timeout", &BUILD_MAX.to_string()]);
        command.args(texts.iter().flat_map(|text| self.stand_ins(text).unwrap_or_default()));
        command.args(applications.iter().map(|application| format!("{application}/Dockerfile")));
        let output = command.env("PATH", self.engines.path()).env_remove("DOCKER_HOST").output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        report["files"].as_array().unwrap().clone()
    }

    /// Whether the lab has all images that `text` names, or others that stand for them; an error that names the one that it has not.
    pub fn has_images_of(&self, text: &[u8]) -> Result<(), String> {
        self.stand_ins(text).map(|_| ())
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
    pub fn stand_ins(&self, text: &[u8]) -> Result<BTreeSet<String>, String> {
        let mut options = BTreeSet::new();
        let file = Dockerfile::parse(text);
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
                options.insert(format!("--build-option=--build-context={name}=docker-image://{found}"));
            }
        }
        Ok(options)
    }
}
