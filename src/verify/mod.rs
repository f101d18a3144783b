//! Real builds prove what the steps of a chain promise, or name the step that breaks it.
//!
//! The Dockerfile is built twice as it is, and once as it became. What the first two builds do not agree in is noise; any other difference to the third is
//! either what a transform promises to change, or breaks a promise. Two builds may agree by chance, so a promise is called broken only when further builds of
//! the Dockerfile as it is agree with them too. Then the steps in between are built until the first one that breaks it is found.

mod contract;
mod entry;
mod files;
mod judgement;
mod promise;
mod run;
pub mod scan;
#[cfg(test)]
mod tests;
mod workshop;

use std::collections::BTreeSet;
use std::time::Duration;

use files::Noise;
use promise::Promise;

use crate::image::Image;
use crate::rewrite::{Chain, Diverged, Facts, Outcome, Placed, Preserves, Rewrite, Step, Transform, companions_of};
use crate::world::engine::EngineError;

pub use judgement::{Files, Judgement, Place};
pub use run::{Identity, Ran};
pub use workshop::{Bases, Start, Workshop};

/// How often the Dockerfile as it is may be built once more before a difference that could be chance is called a broken promise. The day of the week that Go draws
/// for its telemetry is the same in two builds out of seven times two.
const FURTHER_BUILDS_MAX: usize = 2;

/// What is to be built.
#[derive(Clone, Copy, Debug)]
pub struct Recipe<'a> {
    /// What it is called while it is built: `before`, `after`, or the step.
    pub label: &'a str,
    pub text: &'a [u8],
    /// What the build context leaves out; `None` for what it says itself.
    pub ignore: Option<&'a [u8]>,
    /// Whether the image is for the scanners too.
    pub is_scanned: bool,
}

/// What came of a build.
#[derive(Clone, Debug)]
pub struct Built {
    pub image: Image,
    /// How many of its layers are those of a base image.
    pub base_layers: usize,
    pub took: Duration,
    /// What came of starting it, if that is wanted.
    pub ran: Option<Ran>,
    /// The same for its health check, which is for a container that runs: what counts is how it fails in one where nothing does.
    pub checked: Option<Ran>,
    /// What the scanners found, each by its name.
    pub scans: Vec<(String, Result<scan::Findings, String>)>,
}

/// Builds images: an engine, or a recording.
pub trait Builder {
    /// Builds, reads, starts and throws away an image.
    ///
    /// # Errors
    /// If there is no image, or it cannot be read or started.
    fn build(&mut self, recipe: &Recipe<'_>) -> Result<Built, EngineError>;
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("it does not build as it is, so nothing can be said about the change: {0}")]
    Before(EngineError),
    #[error("the same Dockerfile was built before and is not now, so nothing can be said about the change: {0}")]
    Unsteady(EngineError),
    #[error("the image cannot be started as it is, so nothing can be said about the change: {0}")]
    NotStarted(String),
    #[error(transparent)]
    Engine(EngineError),
    #[error(transparent)]
    Diverged(#[from] Diverged),
}

impl VerifyError {
    /// Whether the process was asked to end.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        match self {
            Self::Before(error) | Self::Unsteady(error) | Self::Engine(error) => is_interrupt(error),
            Self::NotStarted(_) | Self::Diverged(_) => false,
        }
    }
}

fn is_interrupt(error: &EngineError) -> bool {
    matches!(error, EngineError::Program(crate::world::programs::ProgramError::Interrupted))
}

/// What builds say about a change.
#[derive(Debug)]
pub struct Proof {
    pub before: Measured,
    /// How long the two builds of the Dockerfile as it is took.
    pub took_before: [Duration; 2],
    /// What the change was in the end. With [`Keep::Good`] it may be less than it was in the beginning, or nothing.
    pub outcome: Outcome,
    /// `None` if it does not build, or nothing is left of it.
    pub after: Option<Measured>,
    pub judgement: Judgement,
    /// Steps that break what is promised. With [`Keep::Good`] they are not in the outcome.
    pub guilty: Vec<Guilty>,
}

impl Proof {
    /// Whether what is left of the change keeps what is promised.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.judgement.is_kept()
    }

    /// The weakest promise among the steps.
    #[must_use]
    pub fn preserves(&self) -> Preserves {
        let promises = self.outcome.rewrites().map(|placed| placed.transform.preserves);
        promises.max().unwrap_or(Preserves::Image)
    }

    /// The build time after by that before: the middle, the least and the most that the measurements allow.
    #[must_use]
    pub fn time_ratio(&self) -> Option<[f64; 3]> {
        let after = self.after.as_ref()?.took.as_secs_f64();
        let [first, second] = self.took_before.map(|took| after / took.as_secs_f64().max(0.001));
        let mean = self.took_before.iter().sum::<Duration>().as_secs_f64() / 2.0;
        Some([after / mean.max(0.001), first.min(second), first.max(second)])
    }
}

/// What was measured of an image.
#[derive(Debug)]
pub struct Measured {
    pub bytes: u64,
    pub compressed_bytes: u64,
    /// Bytes of the files of each layer.
    pub layers: Vec<u64>,
    /// As the configuration has it; `root` where it says nothing.
    pub user: String,
    pub packages: crate::image::Packages,
    pub files: usize,
    pub took: Duration,
    pub scans: Vec<(String, Result<scan::Findings, String>)>,
}

impl Measured {
    fn of(built: &Built) -> Self {
        let Built { image, took, scans, .. } = built;
        let user = if image.config.user.is_empty() { "root" } else { &image.config.user };
        Self {
            bytes: image.bytes(),
            compressed_bytes: image.compressed_bytes(),
            layers: image.layers.iter().map(|layer| layer.bytes).collect(),
            user: user.to_owned(),
            packages: image.packages(),
            files: image.tree.iter().count(),
            took: *took,
            scans: scans.clone(),
        }
    }
}

/// A step that breaks what is promised.
#[derive(Clone, Debug)]
pub struct Guilty {
    pub transform: &'static Transform,
    pub rewrites: Vec<Placed<Rewrite>>,
    /// What it breaks.
    pub violations: Vec<String>,
}

/// What becomes of a change with a step that breaks a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It is shown as it is.
    All,
    /// It is tried again without the transform of that step.
    Good,
}

/// Builds the text of `outcome` before and after, and judges the difference by what the transforms promise. `chain` and `facts` are those that `outcome` came of.
///
/// # Errors
/// If the text before does not build, or the engine fails.
pub fn verify(
    outcome: Outcome,
    chain: &Chain,
    facts: &Facts,
    builder: &mut dyn Builder,
    keep: Keep,
) -> Result<Proof, VerifyError> {
    let source = outcome.before.clone();
    let before = Recipe { label: "before", text: &source, ignore: None, is_scanned: true };
    let first = builder.build(&before).map_err(VerifyError::Before)?;
    if let Some(ran) = first.ran.as_ref().filter(|ran| ran.is_of_engine()) {
        return Err(VerifyError::NotStarted(ran.err.trim().to_owned()));
    }
    // The second build comes after that of the change, so that neither side has the machine at its best.
    let after = attempt(builder, &whole(&outcome))?;
    let again = Recipe { label: "before, again", is_scanned: false, ..before };
    let second = builder.build(&again).map_err(VerifyError::Unsteady)?;

    let mut trial = Trial::new(&source, first, second, builder);
    let (mut chain, mut outcome, mut after) = (chain.clone(), outcome, after);
    let mut guilty = Vec::new();
    loop {
        let mut judgement = trial.judge(&outcome.steps, &outcome.beside, after.as_ref());
        while judgement.is_doubtful && trial.learn()? {
            judgement = trial.judge(&outcome.steps, &outcome.beside, after.as_ref());
        }
        let is_kept = judgement.is_kept();
        if !is_kept {
            guilty.push(trial.first_guilty(&outcome, &judgement)?);
        }
        let culprit = guilty.last().filter(|_| !is_kept && keep == Keep::Good);
        let Some(Guilty { transform, .. }) = culprit else {
            return Ok(trial.proof(outcome, after.ok().as_ref(), judgement, guilty));
        };
        chain.transforms.retain(|other| other.id != transform.id);
        outcome = chain.run(&source, facts)?;
        if !outcome.is_changed() {
            return Ok(trial.proof(outcome, None, Judgement::default(), guilty));
        }
        after = attempt(trial.builder, &whole(&outcome))?;
    }
}

/// What is built of a change, whole.
fn whole(outcome: &Outcome) -> Recipe<'_> {
    let mut companions = outcome.companions().into_iter();
    let ignore = companions.find(|companion| companion.path.ends_with(".dockerignore"));
    let ignore = ignore.map(|companion| &*companion.after);
    Recipe { label: "after", text: &outcome.after, ignore, is_scanned: true }
}

/// The file that says what the build context leaves out, if the rewrites change it.
fn ignore_file<'o>(rewrites: impl Iterator<Item = &'o Placed<Rewrite>>) -> Option<Vec<u8>> {
    let mut companions = companions_of(rewrites).into_iter();
    companions.find(|companion| companion.path.ends_with(".dockerignore")).map(|companion| companion.after)
}

/// Builds what may fail to. A failure may be that of a registry, so it has to fail twice.
fn attempt(builder: &mut dyn Builder, recipe: &Recipe<'_>) -> Result<Result<Built, EngineError>, VerifyError> {
    let built = builder.build(recipe);
    let built = if matches!(built, Err(EngineError::NotBuilt(_))) { builder.build(recipe) } else { built };
    match built {
        Ok(built) => Ok(Ok(built)),
        Err(error @ EngineError::NotBuilt(_)) => Ok(Err(error)),
        Err(error) => Err(VerifyError::Engine(error)),
    }
}

/// Builds of the text before, against which others are judged.
struct Trial<'t> {
    source: &'t [u8],
    first: Built,
    second: Built,
    /// Those that followed to tell a difference from chance.
    further: Vec<Built>,
    noise: Noise,
    homes: BTreeSet<String>,
    builder: &'t mut dyn Builder,
}

impl<'t> Trial<'t> {
    fn new(source: &'t [u8], first: Built, second: Built, builder: &'t mut dyn Builder) -> Self {
        let mut noise = Noise::default();
        noise.learn(&first.image.tree, &second.image.tree);
        let homes = entry::homes(&first.image);
        Self { source, first, second, further: Vec::new(), noise, homes, builder }
    }

    /// Builds the text before once more and adds to the noise what it does not agree in; gives whether it was built.
    fn learn(&mut self) -> Result<bool, VerifyError> {
        if self.further.len() == FURTHER_BUILDS_MAX {
            return Ok(false);
        }
        let recipe = Recipe { label: "before, once more", text: self.source, ignore: None, is_scanned: false };
        let built = attempt(self.builder, &recipe)?.map_err(VerifyError::Unsteady)?;
        self.noise.learn(&self.first.image.tree, &built.image.tree);
        self.further.push(built);
        Ok(true)
    }

    /// Judges the image after `steps` and changes of files beside the Dockerfile.
    fn judge(&self, steps: &[Step], beside: &[Placed<Rewrite>], after: Result<&Built, &EngineError>) -> Judgement {
        let mut judgement = Judgement::default();
        let after = match after {
            Ok(after) => after,
            Err(error) => {
                judgement.violate(format!("it does not build any more: {error}"));
                return judgement;
            }
        };
        let promise = Promise::of(self.source, steps, beside, &self.homes);
        let (was, is) = (&self.first.image, &after.image);
        contract::judge(&was.config, &is.config, &promise, &mut judgement);
        entry::judge(was, after, &promise, &mut judgement);
        let users = [&Identity::of(was), &Identity::of(is)];
        for (what, run) in
            [("image", (|built| &built.ran) as fn(&Built) -> &Option<Ran>), ("health check", |built| &built.checked)]
        {
            let builds = [&self.first, &self.second].into_iter().chain(&self.further);
            let before: Option<Vec<_>> = builds.map(|built| run(built).as_ref()).collect();
            if let (Some(before), Some(ran)) = (before, run(after)) {
                run::judge(what, &before, ran, users, &mut judgement);
            }
        }
        if self.first.ran.as_ref().is_some_and(Ran::is_failure) {
            judgement.notes.push("what the image before starts ends with a failure".to_owned());
        }
        files::judge(&was.tree, &is.tree, &self.noise, &promise, &mut judgement);
        judgement
    }

    /// The first step of `outcome` that breaks a promise; `judgement` is that of all of them. Each trial halves the steps that are left.
    fn first_guilty(&mut self, outcome: &Outcome, judgement: &Judgement) -> Result<Guilty, VerifyError> {
        let steps = &outcome.steps;
        // Files beside the Dockerfile count as a last step.
        let count = steps.len() + usize::from(!outcome.beside.is_empty());
        let (mut good, mut bad) = (0, count);
        let mut violations = judgement.violations.clone();
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            let kept = &steps[..middle];
            let label = format!("after step {middle} of {count}");
            let ignore = ignore_file(kept.iter().flat_map(|step| &step.rewrites));
            let ignore = ignore.as_deref();
            let text = kept.last().map_or(self.source, |step| &step.after);
            let built = attempt(self.builder, &Recipe { label: &label, text, ignore, is_scanned: false })?;
            let judgement = self.judge(kept, &[], built.as_ref());
            if judgement.is_kept() {
                good = middle;
            } else {
                bad = middle;
                violations = judgement.violations;
            }
        }
        let rewrites = steps.get(bad - 1).map_or(&outcome.beside, |step| &step.rewrites).clone();
        let beside = || outcome.beside.last().map(|placed| placed.transform);
        let transform = steps.get(bad - 1).map(|step| step.transform).or_else(beside);
        let transform = transform.expect("a change that was judged has a step, or a file beside it");
        Ok(Guilty { transform, rewrites, violations })
    }

    fn proof(self, outcome: Outcome, after: Option<&Built>, judgement: Judgement, guilty: Vec<Guilty>) -> Proof {
        let before = Measured::of(&self.first);
        let took_before = [self.first.took, self.second.took];
        Proof { before, took_before, outcome, after: after.map(Measured::of), judgement, guilty }
    }
}
