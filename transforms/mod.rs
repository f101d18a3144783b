//! Everything dockeropt can do to a Dockerfile: one file and one page a transform, in a folder a phase.

/// The list of a phase: its name and its modules, each with a `TRANSFORM`.
macro_rules! phase {
    ($name:literal: $($module:ident),* $(,)?) => {
        pub(super) const PHASE: super::Phase = super::Phase { name: $name, transforms: &[$(&$module::TRANSFORM),*] };
    };
}
use phase;

mod base;
mod cache;
mod context;
mod form;
mod layers;
mod packages;
#[cfg(test)]
mod pages;
mod runtime;
mod stages;

mod bystanders;
mod caches;
mod cleanup;
mod code;
mod context_copies;
mod context_scripts;
mod filled;
mod git_traces;
mod manifests;
mod newness;
mod operands;
mod ownership;
mod removal;
mod rights;
mod signs;
mod slim;
mod starts;
mod surrounded;
mod together;
mod unpacking;

use crate::rewrite::{Options, Pin, Transform};

/// Transforms that run one after the other; their order does not matter.
#[derive(Debug)]
pub struct Phase {
    pub name: &'static str,
    pub transforms: &'static [&'static Transform],
}

/// All transforms, in the order in which the chain runs them.
pub const PHASES: &[Phase] = &[
    base::PHASE,
    stages::PHASE,
    context::PHASE,
    packages::PHASE,
    layers::PHASE,
    cache::PHASE,
    runtime::PHASE,
    form::PHASE,
];

/// Every transform with its phase.
pub fn all() -> impl Iterator<Item = (&'static Phase, &'static Transform)> {
    PHASES.iter().flat_map(|phase| phase.transforms.iter().map(move |transform| (phase, *transform)))
}

/// The name of the phase that `transform` runs in.
#[must_use]
pub fn phase_of(transform: &Transform) -> &'static str {
    all().find(|(_, other)| other.id == transform.id).map_or("", |(phase, _)| phase.name)
}

/// The transform called `id`.
#[must_use]
pub fn named(id: &str) -> Option<&'static Transform> {
    all().map(|(_, transform)| transform).find(|transform| transform.id == id)
}

const PIN_DIGEST: &str = "pin-digest";

/// Whether `transform`, though opt-in, runs because an option asks for what it does.
#[must_use]
pub fn is_asked_for(transform: &Transform, options: &Options) -> bool {
    transform.id == PIN_DIGEST && (options.pin == Pin::Digest || options.renew)
}

/// Whether `transform` asks registries, with these options.
#[must_use]
pub fn asks_registries(transform: &Transform, options: &Options) -> bool {
    transform.id == PIN_DIGEST || (transform.id == "pin-version" && options.pin == Pin::Exact)
}

/// Whether `transform` changes most of an image where it fires, so that how far a file is from it is said unasked.
#[must_use]
pub fn is_deep(transform: &Transform) -> bool {
    ["non-root-user", "slim-variant", "split-build", "write-dockerignore"].contains(&transform.id)
}

/// Whether what `transform` does is decided by the catalogue of official images.
#[must_use]
pub fn reads_catalogue(transform: &Transform) -> bool {
    ["pin-version", "pin-argument", "replace-retired"].contains(&transform.id)
}
