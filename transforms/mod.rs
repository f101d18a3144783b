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
#[cfg(test)]
mod matrix;
mod mounts;
mod packages;
#[cfg(test)]
mod pages;
mod runtime;
mod stages;

mod bystanders;
mod caches;
mod cleanup;
mod filled;
mod ignoring;
mod newness;
mod operands;
mod removal;
mod rights;
mod unpacking;

use crate::known::{Table, table};
use crate::rewrite::Transform;

/// What is known of commands and their options, as far as several transforms ask.
static COMMANDS: Table = table!("commands.txt");

/// Transforms that run one after the other; their order does not matter.
#[derive(Debug)]
pub struct Phase {
    pub name: &'static str,
    pub transforms: &'static [&'static Transform],
}

/// All transforms, in the order in which the chain runs them.
pub const PHASES: &[Phase] = &[
    base::PHASE,
    // What is copied first decides which packages can come from a stage of their own.
    context::PHASE,
    stages::PHASE,
    packages::PHASE,
    layers::PHASE,
    cache::PHASE,
    mounts::PHASE,
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
