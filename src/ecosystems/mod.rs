//! What a program is written in and built with: a folder each, with its facts beside it. Nothing outside this room names one.

mod around;
mod carried;
mod copied_last;
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

pub(crate) use ecosystem::{Ecosystem, Made, Slim, Variant};
pub(crate) use split::{Apart, Runtime, runtime};

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

/// The manifest with scripts that a project can be started by.
pub(crate) const MANIFEST_WITH_SCRIPTS: &str = node::MANIFEST;

/// What the script `name` of a manifest with this text runs, each part as a text for the shell, with what runs before and behind it; `None` if there is none.
pub(crate) fn script(text: &str, name: &str) -> Option<Vec<String>> {
    node::script(text, name)
}

/// That the script `name` of a manifest with this text starts nothing but tools that come as packages, and make files in the folder of the program.
///
/// # Errors
/// What else it may run.
pub(crate) fn runs_tools_only(text: &str, name: &str) -> Result<(), String> {
    node::runs_tools_only(text, name)
}

/// Whether an install of what a manifest with this text names may run scripts of the project itself.
pub(crate) fn runs_unasked(text: &str) -> bool {
    node::runs_unasked(text)
}

/// The first package that a lock file with this text names, not for development alone, and that brings things to the home of whoever installs it.
pub(crate) fn brought_home(text: &str) -> Option<&'static str> {
    node::brought_home(text)
}

/// Whether a RUN of the file calls one of the programs that `facts` have under `key`.
fn runs(cx: &Context<'_>, facts: Table, key: &str) -> bool {
    cx.build.commands().any(|command| command.name().is_some_and(|name| facts.has(key, name)))
}
