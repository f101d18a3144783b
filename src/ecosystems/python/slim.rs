//! What an install of Python may need of the full image.

use super::asked::{self, Asked, Home, Wanted};
use super::locks;
use super::requirement::Requirement;
use crate::programs::installs;
use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work, bare_name};
use crate::syntax::ImageReference;

/// The packages of Debian that what is installed needs and the small image lacks, where no package is compiled, and each is known. The image is
/// `reference`.
pub(super) fn installed(
    cx: &Context<'_>,
    command: &Command<'_>,
    install: &Install,
    reference: &ImageReference,
) -> Result<Vec<String>, String> {
    let Asked { names, compiled } = asked(cx, command, install, reference)?;
    match compiled.first() {
        Some(compiled) => Err(format!("`{}` may have to be compiled", compiled.name)),
        None => Ok(names.into_iter().collect()),
    }
}

/// What the packages that `install` brings, which `command` is, ask of the official image `reference`.
///
/// # Errors
/// What is not known of them.
pub(super) fn asked(
    cx: &Context<'_>,
    command: &Command<'_>,
    install: &Install,
    reference: &ImageReference,
) -> Result<Asked, String> {
    if install.work != Work::Brings || install.manager.is_of_node() {
        return Err(format!("what `{}` needs is not known", command.text(command.node.range)));
    }
    let home = Home::of(cx, reference)?;
    if install.reads_of(Kind::Manifest).next().is_some() {
        installs::settings(cx, command, install)?;
        let (wanted, is_whole) = locks::wanted(cx, command, install, home.minor)?;
        return asked::asked(wanted, is_whole, &home);
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
    asked::asked(wanted(&listed.packages)?, false, &home)
}

/// # Errors
/// The first that is no name with versions.
pub(super) fn wanted(packages: &[String]) -> Result<Vec<Wanted>, String> {
    let wanted = |text: &String| {
        let requirement = Requirement::of(text)
            .ok_or_else(|| format!("what the package `{}` needs is not known", bare_name(text)))?;
        Ok(Wanted { requirement, is_wheel: false })
    };
    packages.iter().map(wanted).collect()
}
