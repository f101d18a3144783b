//! Programs for .NET in C# and its other languages, and what their project says of them.

use super::FACTS;
use crate::programs::{Needs, Source, members_anywhere, place};

pub(super) fn is_code(path: &str) -> bool {
    let is_settings = path.ends_with(".config") || (path.ends_with(".json") && !path.ends_with("launchSettings.json"));
    is_project(path) || is_source(path) || (is_own(path) && is_settings)
}

pub(super) fn is_source(path: &str) -> bool {
    is_own(path) && FACTS.of("ending of code").any(|ending| path.ends_with(ending))
}

/// Whether a file is neither made by a build nor of tests.
fn is_own(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    folders.all(|folder| {
        let last = folder.rsplit('.').next().unwrap_or(folder).to_ascii_lowercase();
        let is_of_tests = FACTS.has("folder of tests", &last);
        folder != "bin" && folder != "obj" && !is_of_tests
    })
}

pub(crate) fn is_project(path: &str) -> bool {
    path.ends_with(".csproj")
}

/// What is in a `.csproj`.
#[derive(Clone, Copy)]
pub(crate) struct Project<'t>(pub &'t str);

impl<'t> Project<'t> {
    /// What stands in the element called `name`, if there is one.
    pub fn element(self, name: &str) -> Option<&'t str> {
        let start = format!("<{name}>");
        let mut parts = self.0.split(&start).skip(1);
        let (only, second) = (parts.next()?, parts.next());
        second.is_none().then(|| only.split('<').next().map(str::trim))?
    }

    /// The name behind `Sdk=` in its first element.
    pub fn sdk(self) -> Option<&'t str> {
        let start = self.0.split_once("<Project")?.1.split('>').next()?;
        start.split_once("Sdk=\"")?.1.split('"').next()
    }

    /// What each element that begins with `start` includes; empty where that is not written out.
    fn included(self, start: &'static str) -> impl Iterator<Item = &'t str> {
        let found = self.0.split(start).skip(1).filter_map(|rest| rest.split('>').next());
        found.map(|rest| {
            rest.split_once("Include=\"").map_or("", |(_, name)| name.split('"').next().unwrap_or_default())
        })
    }
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    let (projects, code): (Vec<Source<'_>>, Vec<Source<'_>>) =
        sources.iter().copied().partition(|(path, _)| is_project(path));
    // What may write is looked for with names that mean something else too, so it says nothing of what the program needs.
    let mut needs = Needs { writes: None, ..Needs::by_signs(&code, FACTS) };
    let starts = code.iter().find(|(_, text)| members_anywhere(text, "Process").any(|member| member == "Start"));
    needs.system = needs.system.or_else(|| starts.map(|(path, _)| format!("`{path}` has `Process.Start`")));
    let of_root = projects.iter().find_map(|(path, text)| {
        let package =
            Project(text).included("<PackageReference").find(|package| FACTS.has("package for root", package))?;
        Some(format!("`{path}` depends on `{package}`"))
    });
    needs.system = of_root.or(needs.system);
    let of_project = match projects.as_slice() {
        [(path, text)] => special(text).map(|because| format!("`{path}` {because}")),
        [] => Some("no project says what it is made of".to_owned()),
        [_, (path, _), ..] => Some(format!("`{path}` is a second project")),
    };
    needs.image = of_project.or(needs.image).or_else(|| place(&code));
    needs
}

/// What may write a file, wherever that is.
pub(super) fn writes(sources: &[Source<'_>]) -> Option<String> {
    sources.iter().filter(|(path, _)| is_source(path)).find_map(|(path, text)| {
        let of_class = |class: &'static str| {
            let reading = format!("reading member of {class}");
            let member = members_anywhere(text, class).find(|member| !FACTS.has(&reading, member))?;
            Some(format!("{class}.{member}"))
        };
        let call = of_class("File").or_else(|| of_class("Directory"));
        let sign = call.or_else(|| FACTS.sign("sign of writing", text).map(str::to_owned))?;
        Some(format!("`{path}` has `{}`", sign.trim_end_matches(['(', '"', '$'])))
    })
}

/// What a project has that may tie the program to the image.
fn special(text: &str) -> Option<String> {
    if let Some(sign) = FACTS.sign("sign of a special project", text) {
        return Some(format!("has `{sign}`"));
    }
    // Its names may be in any case, which nobody writes.
    if text.matches("<PackageReference").count() != text.to_ascii_lowercase().matches("<packagereference").count() {
        return Some("cannot be read".to_owned());
    }
    let mut packages = Project(text).included("<PackageReference");
    let is_of = |package: &str, known: &str| package == known || package.starts_with(&format!("{known}."));
    let foreign = packages.find(|package| !FACTS.of("package").any(|known| is_of(package, known)))?;
    Some(format!("depends on `{foreign}`"))
}
