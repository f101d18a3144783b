//! What an install of Python may need of the full image.

use super::FACTS;
use super::code::{self as python, Package};
use crate::programs::installs;
use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work, bare_name};

/// That no package is compiled, and each is known.
pub(super) fn installed(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    if install.work != Work::Brings || install.manager.is_of_node() {
        return Err(format!("what `{}` needs is not known", command.text(command.node.range)));
    }
    let listed = installs::listed(cx, command, install)?;
    if let Some(because) = listed.compiles {
        return Err(format!("what it compiles for `{because}` is not known"));
    }
    if let Some(because) = listed.from {
        return Err(format!("whether what comes by `{because}` is compiled is not known"));
    }
    // What is in a wheel, nobody can tell.
    if let Some(project) = listed.projects.first() {
        return Err(format!("what is in `{project}` is not known"));
    }
    if install.reads_of(Kind::Manifest).next().is_some() {
        return Err(format!("what `{}` brings is not known", command.text(command.node.range)));
    }
    listed.packages.iter().try_for_each(|requirement| {
        let name = bare_name(requirement);
        match python::package(requirement) {
            Some(Package::Pure) => Ok(()),
            _ if FACTS.has("tool of every image", name) => Ok(()),
            Some(Package::Native) => Err(format!("`{name}` may have to be compiled")),
            None => Err(format!("what the package `{name}` needs is not known")),
        }
    })
}
