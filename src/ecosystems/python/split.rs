//! One folder with a program in Python, for the transform that ships it without the compilers that its packages were made with.

use super::asked::{self, Asked, Compiled, Home};
use super::{FACTS, code as python, slim};
use crate::bases::siblings;
use crate::ecosystems::Sole;
use crate::ecosystems::split::{Ships, Split, Work};
use crate::programs::{files, installs};
use crate::rewrite::{Context, Obstacle};
use crate::semantics::ImageUse;
use crate::semantics::commands::Command;
use crate::semantics::installs::Install;
use crate::syntax::ImageReference;
use crate::syntax::shell::Word;
use crate::text::TextRange;

/// Where the official images have Python.
const PREFIX: &str = "/usr/local";

/// Where a compiler is installed with apt.
pub(crate) fn compiler(cx: &Context<'_>) -> Option<TextRange> {
    let is_compiler = |word: &Word| word.literal.as_deref().is_some_and(|name| FACTS.has("compiler of Debian", name));
    cx.build.commands().find_map(|command| {
        let apt = command.package_command().filter(|apt| apt.manager.name == "apt" && apt.installs())?;
        apt.operands().any(is_compiler).then(|| command.range())
    })
}

/// Whether there are compilers to leave behind: the file installs one, or a package may need that of the full image `reference`.
pub(super) fn is_built(cx: &Context<'_>, reference: &ImageReference) -> bool {
    reference.official() == Some("python") && (compiler(cx).is_some() || compiles(cx, reference))
}

/// Whether a package may be compiled where it is installed on the full image `reference`.
fn compiles(cx: &Context<'_>, reference: &ImageReference) -> bool {
    let compiles = |command: &Command<'_>| {
        let install = Install::of(cx.build, command)?.ok()?;
        Some(!slim::asked(cx, command, &install, reference).ok()?.compiled.is_empty())
    };
    !siblings::is_small(reference.tag_or_latest())
        && cx.build.commands().any(|command| compiles(&command) == Some(true))
}

pub(super) const SPLIT: Split = Split {
    ships: Ships::Folder,
    // That there is a compiler makes it a build.
    pays: |_, _| true,
    image: small,
    step,
    artifacts,
    starts: |sole, _| {
        let (program, at) = &sole.start[0];
        match FACTS.has("starter", program) || FACTS.has("server", program) {
            true => Ok(()),
            false => Err((*at, format!("it starts `{program}`, of which nothing is known"))),
        }
    },
    files: |sole, _, paths| of_larger_image(sole, paths).map_or(Ok(()), Err),
};

/// What of the files only the larger image may have what is needed for.
fn of_larger_image(sole: &Sole<'_>, paths: &[String]) -> Option<String> {
    sole.reference().filter(|reference| !siblings::is_small(reference.tag_or_latest()))?;
    super::files(sole.cx, paths)
}

/// The small variant of the image, which may be the image itself.
fn small(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<String, String> {
    python_of(reference)?;
    let tag = reference.tag_or_latest();
    if tag.split('-').any(|word| word.starts_with("alpine")) {
        return Err("it has compilers, or others, itself".to_owned());
    }
    if siblings::is_small(tag) {
        return Ok(image.text.to_string());
    }
    let small = siblings::small(sole.cx, image, reference)?;
    Ok(siblings::with_tag(&image.text, reference, &small))
}

/// The version of Python that a tag names, as folders have it: `3.14`.
fn python_of(reference: &ImageReference) -> Result<String, String> {
    match siblings::version(reference.tag_or_latest()).as_slice() {
        [major @ 3, minor, ..] => Ok(format!("{major}.{minor}")),
        _ => Err("its tag does not say which Python it has".to_owned()),
    }
}

fn artifacts(sole: &Sole<'_>, work: &mut Work, _: &[Command<'_>]) -> Result<(), Obstacle> {
    let version = sole.reference().and_then(|reference| python_of(reference).ok()).unwrap_or_default();
    let packages = format!("{PREFIX}/lib/python{version}/site-packages");
    work.runtime.artifacts = vec![packages, format!("{PREFIX}/bin"), sole.directory.clone()];
    Ok(())
}

/// Whether `command` brings packages of Python.
fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    let Some(package) = command.package_command() else { return Ok(false) };
    match (package.manager.name, package.verb()) {
        ("pip", "install") if sole.is_by_user(command) => {
            Err("packages come into the home folder of a user, or cannot be written where the image has them"
                .to_owned())
        }
        ("pip", "install") => {
            work.is_about(sole, command);
            let install = Install::of(sole.cx.build, command).ok_or("what it installs is not known")??;
            pip_install(sole, work, command, &install).map(|()| true)
        }
        (manager, verb) => Err(format!("`{manager} {verb}` may leave something behind that is needed at run time")),
    }
}

fn pip_install(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>, install: &Install) -> Result<(), String> {
    if let Some(option) = &install.to {
        return Err(format!("`{option}` may put packages elsewhere"));
    }
    let directory = install.folder.clone().unwrap_or_default();
    let listed = installs::listed(sole.cx, command, install)?;
    if let Some(because) = listed.from {
        return Err(format!("what comes by `{because}` is not known"));
    }
    let is_here = |project: &String| *project == directory;
    if let Some(other) = listed.projects.iter().find(|project| !is_here(project)) {
        return Err(format!("what is in `{other}` is not known"));
    }
    if let Some(because) = listed.compiles.filter(|_| listed.projects.is_empty()) {
        return Err(format!("what it compiles for `{because}` is not known"));
    }
    let reference = sole.reference().ok_or("which image it is, is not known")?;
    let home = Home::of(sole.cx, reference)?;
    let Asked { names, compiled } = asked::asked(slim::wanted(&listed.packages)?, false, &home)?;
    work.carried.add(names);
    for Compiled { name, links } in compiled {
        work.carried.add(links.ok_or_else(|| format!("what `{name}` is linked to where it is compiled is not known"))?);
    }
    if listed.projects.is_empty() { Ok(()) } else { project(sole, &directory) }
}

fn text_of(sole: &Sole<'_>, path: &str) -> Option<String> {
    Some(files::texts(sole.cx, &[sole.source_of(path)?.as_str()])?.remove(0))
}

/// That the project in `directory` needs nothing but the C library and known packages.
fn project(sole: &Sole<'_>, directory: &str) -> Result<(), String> {
    let mut is_known = false;
    for name in FACTS.of("manifest of a project") {
        let Some(text) = text_of(sole, &format!("{directory}/{name}")) else { continue };
        is_known = true;
        if let Some(sign) = FACTS.sign("sign of a build", &text) {
            return Err(format!(
                "`{name}` has `{}`, so that it may need more than a compiler",
                sign.trim_end_matches('(')
            ));
        }
        for key in ["install_requires", "dependencies"] {
            let Some((_, list)) = text.split_once(key) else { continue };
            let list = list.split(']').next().unwrap_or_default();
            let is_list = list.trim_start_matches(['=', ' ', '\n']).starts_with('[');
            let unknown =
                list.split(['"', '\'']).skip(1).step_by(2).find(|requirement| python::package(requirement).is_none());
            match unknown {
                Some(requirement) => return Err(format!("what `{requirement}` of `{name}` needs is not known")),
                None if !is_list => return Err(format!("what `{name}` needs is not written out")),
                None => {}
            }
        }
    }
    if is_known { Ok(()) } else { Err("nothing here says how it is built".to_owned()) }
}
