//! Where images are built for real: an engine, a build context, and what is done with each image.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use super::scan::Scanner;
use super::{Builder, Built, Ran, Recipe};
use crate::image::{Config, Image, Reader};
use crate::semantics::{Base, Build};
use crate::syntax::{Dockerfile, Keyword};
use crate::world::engine::{BuildOptions, BuiltImage, Engine, EngineError, Given, Started};

/// How images are started.
#[derive(Clone, Debug)]
pub struct Start {
    /// What is started instead of CMD, if anything.
    pub words: Option<Vec<String>>,
    /// How long it may run; what still runs then has not ended.
    pub limit: Duration,
}

/// What builds just a base image, and the digests of the layers that it has; none if it could not be built.
pub type Bases = HashMap<Vec<u8>, Vec<String>>;

/// Builds the images of one build context.
pub struct Workshop<'w> {
    pub engine: &'w Engine,
    pub context: PathBuf,
    /// What `NAME.dockerignore` beside the Dockerfile says, which counts instead of that of the context.
    pub ignore: Option<Vec<u8>>,
    pub options: BuildOptions,
    pub start: Option<Start>,
    pub scanners: &'w [Scanner],
    /// Keeps layers that several images share.
    pub reader: &'w mut Reader,
    /// Base images that are on this machine, so that the time of a build is not that of a download.
    pub bases: &'w mut Bases,
    /// Gets the label of what is built, and each line of its log.
    pub heard: &'w mut dyn FnMut(&str, &str),
}

impl Builder for Workshop<'_> {
    fn build(&mut self, recipe: &Recipe<'_>) -> Result<Built, EngineError> {
        let bases = base_images(recipe.text);
        for text in &bases {
            self.fetch(text)?;
        }
        let ignore = recipe.ignore.or(self.ignore.as_deref());
        let heard = &mut |line: &str| (self.heard)(recipe.label, line);
        let built = self.engine.build(recipe.text, ignore, &self.context, &self.options, heard)?;
        (self.heard)(recipe.label, "reading the image");
        let reader = &mut *self.reader;
        let image = built.read(self.options.limit, |archive| reader.read(archive))?;
        let image = image.map_err(|error| EngineError::NotSaved(error.to_string()))?;
        let runs = self.start.as_ref().map(|start| {
            (self.heard)(recipe.label, "starting the image");
            ran(&built, &image, start)
        });
        let [ran, checked] = runs.transpose()?.unwrap_or_default();
        let scans = if recipe.is_scanned { self.scans(&built, recipe.label) } else { Vec::new() };
        let base_layers = bases.iter().map(|text| shared(&image, &self.bases[text])).max().unwrap_or(0);
        Ok(Built { took: built.took, image, base_layers, ran, checked, scans })
    }
}

/// How many layers `image` has of a base image with `layers`: all of them or none.
fn shared(image: &Image, layers: &[String]) -> usize {
    let is_based = image.layers.len() >= layers.len()
        && image.layers.iter().zip(layers).all(|(layer, of_base)| layer.digest == *of_base);
    if is_based { layers.len() } else { 0 }
}

impl Workshop<'_> {
    /// Sees to it that the base image that `text` builds is on this machine. If there is no such image, the build will say so.
    fn fetch(&mut self, text: &[u8]) -> Result<(), EngineError> {
        if self.bases.contains_key(text) {
            return Ok(());
        }
        let heard = &mut |line: &str| (self.heard)("base image", line);
        let layers = match self.engine.build(text, None, &self.context, &self.options.without_target(), heard) {
            Err(error @ EngineError::Program(_)) => return Err(error),
            Err(_) => Vec::new(),
            Ok(base) => base.layers(),
        };
        self.bases.insert(text.to_vec(), layers);
        Ok(())
    }

    fn scans(&mut self, built: &BuiltImage<'_>, label: &str) -> Vec<(String, Result<super::scan::Findings, String>)> {
        if self.scanners.is_empty() {
            return Vec::new();
        }
        let archive = tempfile::Builder::new().prefix("dockeropt-verify-").suffix(".tar").tempfile();
        let saved = archive.map_err(|error| error.to_string()).and_then(|mut archive| {
            let copied = built.read(self.options.limit, |image| std::io::copy(image, &mut archive));
            copied.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
            Ok(archive)
        });
        let scan = |scanner: &Scanner| {
            (self.heard)(label, &format!("{} looks at the image", scanner.name()));
            let archive = saved.as_ref().map_err(Clone::clone)?;
            scanner.scan(archive.path(), self.options.limit)
        };
        let mut scan = scan;
        self.scanners.iter().map(|scanner| (scanner.name().to_owned(), scan(scanner))).collect()
    }
}

/// What comes of starting the image, and of its health check while nothing runs: that fails in another way where its program is not there.
fn ran(built: &BuiltImage<'_>, image: &Image, start: &Start) -> Result<[Option<Ran>; 2], EngineError> {
    let Config { entrypoint, cmd, .. } = &image.config;
    let given = if start.words.is_some() { Given::Cmd } else { Given::Nothing };
    let check = health_check(&image.config);
    let once = |started: Started<'_>| -> Result<Ran, EngineError> {
        let answer = built.start(started, start.limit)?;
        Ok(Ran::new(answer.status.map(|status| status.code().unwrap_or(-1)), &answer.out, &answer.err))
    };
    // An engine may fail to make a container for once. One that cannot start this image fails again.
    let run =
        |started: Started<'_>| once(started).and_then(|ran| if ran.is_of_engine() { once(started) } else { Ok(ran) });
    let ran = run(Started { entrypoint, cmd: start.words.as_ref().unwrap_or(cmd), given })?;
    let checked = check.as_ref().map(|check| run(Started { entrypoint: check, cmd: &[], given: Given::Both }));
    Ok([Some(ran), checked.transpose()?])
}

/// The words of the health check (`HealthcheckConfig` in the Docker image specification).
fn health_check(config: &Config) -> Option<Vec<String>> {
    let test = config.healthcheck.as_ref()?["Test"].as_array()?;
    let words = test.iter().map(|word| word.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    match words.split_first()? {
        (kind, words) if kind == "CMD" => Some(words.to_vec()),
        (kind, words) if kind == "CMD-SHELL" => Some([&["/bin/sh".to_owned(), "-c".to_owned()], words].concat()),
        _ => None,
    }
}

/// A Dockerfile for each image that a stage of `text` starts from, which builds just that.
fn base_images(text: &[u8]) -> Vec<Vec<u8>> {
    let file = Dockerfile::parse(text);
    let build = Build::of(&file);
    let before_from = file.instructions().take_while(|instruction| instruction.keyword() != Keyword::From);
    let arguments: Vec<u8> = before_from.flat_map(|instruction| line(file.slice(instruction.range))).collect();
    let bases = build.stages.iter().filter(|stage| matches!(stage.base, Base::Image(_)));
    bases.map(|stage| [arguments.clone(), line(file.slice(stage.from.range))].concat()).collect()
}

fn line(text: &[u8]) -> Vec<u8> {
    [text.trim_ascii_end(), b"\n"].concat()
}
