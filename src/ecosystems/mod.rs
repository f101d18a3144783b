//! What a program is written in and built with: a folder each, with its facts beside it. Nothing outside this room names one.

mod around;
mod ecosystem;
pub(crate) mod manifests;
mod sole;
mod split;

mod c;
mod dotnet;
mod go;
mod java;
mod node;
mod php;
mod python;
mod ruby;
mod rust;

pub(crate) use ecosystem::{Ecosystem, Made, Slim};
pub(crate) use split::{Runtime, runtime};

use sole::Sole;

use crate::known::Table;
use crate::rewrite::Context;
use crate::syntax::ImageReference;

/// Every ecosystem that is known.
pub(crate) const ALL: &[&Ecosystem] = &[
    &c::ECOSYSTEM,
    &dotnet::ECOSYSTEM,
    &go::ECOSYSTEM,
    &java::ECOSYSTEM,
    &node::ECOSYSTEM,
    &php::ECOSYSTEM,
    &python::ECOSYSTEM,
    &ruby::ECOSYSTEM,
    &rust::ECOSYSTEM,
];

/// The ecosystem that the file builds a program with, on the image `reference`.
pub(crate) fn built_on(cx: &Context<'_>, reference: &ImageReference) -> Option<&'static Ecosystem> {
    ALL.iter().copied().find(|ecosystem| (ecosystem.is_built)(cx, reference))
}

/// The ecosystem whose programs `program` starts, by the name alone.
pub(crate) fn started_by(program: &str) -> Option<&'static Ecosystem> {
    ALL.iter().copied().find(|ecosystem| ecosystem.is_started_by(program))
}

/// Whether `program` is a server that starts programs of some ecosystem.
pub(crate) fn is_server(program: &str) -> bool {
    ALL.iter().any(|ecosystem| ecosystem.is_served_by(program))
}

/// The ecosystem that the official image `reference` is for.
pub(crate) fn of_image(reference: &ImageReference) -> Option<&'static Ecosystem> {
    let name = reference.official()?;
    ALL.iter().copied().find(|ecosystem| ecosystem.image == name)
}

/// The scripts of a project, as its manifest at `path` has them in `text`, a line each.
pub(crate) fn scripts(path: &str, text: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    (name == node::MANIFEST).then(|| node::scripts(text))?
}

/// Whether a RUN of the file calls one of the programs that `facts` have under `key`.
fn runs(cx: &Context<'_>, facts: Table, key: &str) -> bool {
    cx.build.commands().any(|command| command.name().is_some_and(|name| facts.has(key, name)))
}
