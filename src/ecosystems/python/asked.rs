//! What packages of Python, with all that they bring, ask of the image that they are in.

use std::collections::BTreeSet;

use super::FACTS;
use super::code;
use super::requirement::Requirement;
use crate::bases::{lines, siblings};
use crate::known::debian;
use crate::known::lost;
use crate::known::packages::{Clean, Kind, Need, Package};
use crate::known::python::{self, Files};
use crate::known::suites::{self, Suite};
use crate::rewrite::Context;
use crate::syntax::ImageReference;

/// The image that packages come to.
#[derive(Clone, Debug)]
pub(super) struct Home {
    /// Of its Python 3.
    pub minor: u32,
    /// The releases of Debian that it is or may soon be made of.
    suites: Vec<&'static str>,
    /// Whether its tag is one that moves from a release to the next: who builds may still have one of the last.
    moves: bool,
}

impl Home {
    /// # Errors
    /// What is not known of the official image `reference`.
    pub fn of(cx: &Context<'_>, reference: &ImageReference) -> Result<Self, String> {
        let tag = reference.tag_or_latest();
        let exact = cx.facts.catalogue.image("python").and_then(|image| siblings::exact(image, tag)).unwrap_or(tag);
        let [3, minor, ..] = siblings::version(exact)[..] else {
            return Err("its tag does not say which Python it has".to_owned());
        };
        let named = lines::suite(cx, reference);
        let suites = match named {
            Some(suite) => vec![suite.name],
            None => {
                let today = siblings::suite_of_today(cx, reference);
                let is_later = |suite: &Suite| today.is_none_or(|today| suite.number() >= today.number());
                let all = suites::all().filter(|suite| suite.is("has facts") && is_later(suite));
                all.map(|suite| suite.name).collect()
            }
        };
        Ok(Self { minor, suites, moves: named.is_none() })
    }

    /// Whether the small image may lack something that the full one has, such as `command git`.
    fn lacks(&self, what: &str) -> bool {
        self.suites.is_empty() || self.suites.iter().any(|suite| lost::is_lost_in(what, "python", suite) != Some(false))
    }

    /// The package of Debian that `find` finds in each release, by the one name that apt takes in all of them.
    fn package(&self, find: impl Fn(&str) -> Option<&'static str>) -> Option<&'static str> {
        // Libraries whose names were changed for 64 bits of time go by the old name too.
        let old = |name: &'static str| if self.moves { name.strip_suffix("t64").unwrap_or(name) } else { name };
        let mut names = self.suites.iter().map(|suite| find(suite).map(old));
        let first = names.next()??;
        names.all(|name| name == Some(first)).then_some(first)
    }
}

/// What packages ask of a small image.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The packages of Debian that they need when they are used and that the small image lacks.
    pub names: BTreeSet<String>,
    /// Those that may be compiled where they are installed.
    pub compiled: Vec<Compiled>,
}

/// A package that may be compiled where it is installed.
#[derive(Debug)]
pub(super) struct Compiled {
    pub name: String,
    /// The packages of Debian that the small image lacks and that it is linked to then; `None` where they are not known.
    pub links: Option<BTreeSet<String>>,
}

/// A package, as it is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub requirement: Requirement,
    /// Whether its files for Linux are known to be wheels.
    pub is_wheel: bool,
}

/// What `wanted` ask of an image like `home`, with all that they bring where `is_whole` does not say that they are all.
///
/// # Errors
/// Those of which too little is known, as a sentence.
pub(super) fn asked(wanted: Vec<Wanted>, is_whole: bool, home: &Home) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let (mut seen, mut unknown, mut needy) = (BTreeSet::new(), Vec::new(), None);
    let mut open = wanted;
    while let Some(Wanted { requirement, is_wheel }) = open.pop() {
        let Requirement { name, extras, .. } = &requirement;
        let is_tool = FACTS.has("tool of every image", name) || FACTS.has("tool that only builds", name);
        if is_tool || !seen.insert((name.clone(), extras.clone())) {
            continue;
        }
        let is_listed = code::package(&requirement.text).is_some();
        let package = python::package(name).filter(|package| package.files().is_some() || package.clean().is_some());
        let Some(package) = package else {
            if !is_listed {
                unknown.push(name.clone());
            }
            continue;
        };
        if !is_whole {
            open.extend(package.dependencies().map(named));
        }
        for extra in extras {
            match package.extra(extra) {
                Some(names) => open.extend(names.filter(|_| !is_whole).map(named)),
                None if is_listed || is_whole => {}
                None => unknown.push(format!("{name}[{extra}]")),
            }
        }
        if !is_wheel && may_be_compiled(&package, &requirement, home) {
            let links = match package.is_native_in_debian() {
                true => Some(package.links().filter_map(|link| lost_package(link, home)).collect()),
                false => None,
            };
            asked.compiled.push(Compiled { name: name.clone(), links });
        }
        match package.clean() {
            Some(Clean::Proven) => {}
            Some(_) if is_listed => {}
            Some(_) => unknown.push(name.clone()),
            None => {
                for need in package.needs() {
                    match brought(name, need, home) {
                        Ok(names) => asked.names.extend(names),
                        Err(because) => drop(needy.get_or_insert(because)),
                    }
                }
            }
        }
    }
    match (unknown.as_slice(), needy) {
        ([], None) => Ok(asked),
        ([], Some(because)) => Err(because),
        ([one], _) => Err(format!("what the package `{one}` needs is not known")),
        ([one, others @ ..], _) => Err(format!(
            "what the package `{one}` and {} other{} need is not known",
            others.len(),
            if others.len() == 1 { "" } else { "s" }
        )),
    }
}

fn named(name: &str) -> Wanted {
    Wanted { requirement: Requirement::of(name).unwrap_or_default(), is_wheel: false }
}

/// Whether installing `package` may run a compiler, where pip chooses the file.
fn may_be_compiled(package: &Package, requirement: &Requirement, home: &Home) -> bool {
    let is_built = || package.built(home.minor).is_some_and(|first| requirement.is_at_least(first));
    match package.files() {
        // A wheel without native code is there where no other fits.
        Some(Files::Pure | Files::Both | Files::OtherSystems) => false,
        Some(Files::Source) => package.is_native_in_debian() || package.clean().is_none(),
        Some(Files::Wheel | Files::Mixed) => !is_built(),
        None => package.is_native_in_debian() && !is_built(),
    }
}

/// The packages of Debian that bring what a small image lacks of `need`.
///
/// # Errors
/// Why they are not known, or not brought.
fn brought(name: &str, need: Need, home: &Home) -> Result<Option<String>, String> {
    let Need { kind, name: what, is_conditional, .. } = need;
    if is_conditional && FACTS.has("compiler of Debian", what) {
        return Err(format!("`{name}` may start `{what}`, which the small image does not have"));
    }
    let (word, package) = match kind {
        Kind::Command => ("command", home.package(|suite| debian::package_with_command(what, suite))),
        Kind::Library => ("library", home.package(|suite| debian::package_with_library(what, suite))),
        Kind::Package => return Ok(lost_package(what, home)),
    };
    match package {
        _ if !home.lacks(&format!("{word} {what}")) => Ok(None),
        Some(package) => Ok(Some(package.to_owned())),
        None => Err(format!("which package of Debian has `{what}`, which `{name}` needs, is not known")),
    }
}

/// The package called `name` in the newest release of Debian, if the full image has it and the small one does not.
fn lost_package(name: &str, home: &Home) -> Option<String> {
    let old = name.trim_end_matches("t64");
    let is_lost = |name: &str| home.lacks(&format!("package {name}"));
    // The old name is one that the new package has too.
    let name = if home.moves || is_lost(old) { old } else { name };
    (is_lost(old) || is_lost(name) || is_lost(&format!("{name}t64"))).then(|| name.to_owned())
}
