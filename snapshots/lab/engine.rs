//! Images that the lab's Docker Engine builds, what they say of themselves, and what comes of running them.

use std::collections::BTreeSet;
use std::path::Path;

use dockeropt::semantics::{Build, Named};
use dockeropt::syntax::Dockerfile;
use regex::Regex;
use serde_json::Value;

use super::material::lab::{in_lab, try_in_lab};

/// Distributions that the lab has no images of: the one it has stands for them.
const DISTRIBUTIONS: &[&str] = &["bookworm", "bullseye", "jammy", "noble", "trixie"];

/// What no process sees of itself, and those who start the image do.
const PROMISES: &[&str] = &["Cmd", "Entrypoint", "ExposedPorts", "Healthcheck", "StopSignal", "Volumes", "WorkingDir"];

/// How long a build may take, in seconds.
const BUILD_MAX: u32 = 600;

pub struct Engine<'l> {
    lab: &'l Path,
    /// The names that images have there.
    names: BTreeSet<String>,
    user: Regex,
}

/// An image that was built and run. It is gone with this value; its layers stay in the cache of the engine.
pub struct Image<'l> {
    lab: &'l Path,
    tag: String,
    /// The bytes of its layers.
    pub size: u64,
    /// `root` where nothing says who.
    pub user: String,
    /// What it promises to those who start it, without what is empty.
    pub promises: Vec<(&'static str, Value)>,
    pub ran: Ran,
    /// What its health check says while nothing runs; it fails in another way where its program is not there.
    pub checked: Option<Ran>,
}

/// What comes of a run. The number of the user is left out: it changes on purpose.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// With 0 for every number: durations differ.
    fn without_numbers(self) -> Self {
        let number = Regex::new(r"\d+").unwrap();
        let [out, err] = [self.out, self.err].map(|said| number.replace_all(&said, "0").into_owned());
        Self { out, err, ..self }
    }
}

impl<'l> Engine<'l> {
    pub fn new(lab: &'l Path) -> Self {
        let names = in_lab(lab, "lab_docker image ls --format '{{.Repository}}:{{.Tag}}'");
        let names = names.lines().map(str::to_owned).collect();
        Self { lab, names, user: Regex::new(r"\buid \d+").unwrap() }
    }

    /// Builds `text` in the folder `context`, and runs what it gives.
    pub fn image(&self, name: &str, text: &[u8], context: &Path) -> Result<Image<'l>, String> {
        let contexts = self.stand_ins(text)?;
        let tag = format!("ex-{}-{}", name.replace('/', "-"), std::process::id());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        let (file, context) = (file.path().display(), context.display());
        let build = format!("timeout {BUILD_MAX} \"$LAB_KIT/lab-build\" '{file}' '{context}' {tag} {contexts}");
        // A registry may fail once.
        let mut built = try_in_lab(self.lab, &build);
        if !built.status.success() {
            built = try_in_lab(self.lab, &build);
        }
        if !built.status.success() {
            return Err(format!("it does not build:\n{}", String::from_utf8_lossy(&built.stderr)));
        }
        let inspected = in_lab(self.lab, &format!("lab_docker image inspect {tag}"));
        let inspected: Value = serde_json::from_str(&inspected).unwrap();
        let config = &inspected[0]["Config"];
        let user = config["User"].as_str().filter(|user| !user.is_empty()).unwrap_or("root").to_owned();
        let promises = PROMISES.iter().map(|name| (*name, config[name].clone())).filter(|(_, value)| !is_empty(value));
        let size = inspected[0]["Size"].as_u64().unwrap();
        let (promises, ran) = (promises.collect(), self.run(&tag));
        let check = health_check(&config["Healthcheck"]);
        let checked = check.map(|check| self.run(&check.replace("IMAGE", &tag)).without_numbers());
        Ok(Image { lab: self.lab, tag, size, user, promises, ran, checked })
    }

    /// Options for the images that others stand for; an error if there is one that nothing stands for.
    fn stand_ins(&self, text: &[u8]) -> Result<String, String> {
        let file = Dockerfile::parse(text);
        let mut options = String::new();
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
                options.push_str(&format!(" --build-context {name}=docker-image://{found}"));
            }
        }
        Ok(options)
    }

    /// Runs with the words behind `lab-run`.
    fn run(&self, words: &str) -> Ran {
        let output = try_in_lab(self.lab, &format!("\"$LAB_KIT/lab-run\" {words}"));
        let said = |bytes: &[u8]| self.user.replace_all(&String::from_utf8_lossy(bytes), "uid N").into_owned();
        Ran { code: output.status.code(), out: said(&output.stdout), err: said(&output.stderr) }
    }
}

impl Drop for Image<'_> {
    fn drop(&mut self) {
        try_in_lab(self.lab, &format!("lab_docker rmi -f {0}; rm -f \"$LAB_LOG/build-{0}.log\"", self.tag));
    }
}

/// The words behind `lab-run` that run the health check once in IMAGE.
fn health_check(check: &Value) -> Option<String> {
    let words: Vec<_> = check["Test"].as_array()?.iter().filter_map(Value::as_str).collect();
    let (kind, words) = words.split_first()?;
    let words = if *kind == "CMD-SHELL" { [&["/bin/sh", "-c"], words].concat() } else { words.to_vec() };
    let words: Vec<_> = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
    let (program, words) = words.split_first()?;
    Some(format!("IMAGE --entrypoint {program} -- {}", words.join(" ")))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        Value::String(text) => text.is_empty() || text == "/",
        _ => false,
    }
}
