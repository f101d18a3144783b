//! Programs in Python, and the packages that `pip` brings them.

use super::FACTS;
use super::opens::{self, Opening};
use crate::known::{Table, table};
use crate::programs::{Needs, Source, files, members};

/// Modules whose package has another name.
static PACKAGES: Table = table!("modules.txt");

/// Code, and files that say what the program needs.
pub(super) fn is_code(path: &str) -> bool {
    (FACTS.of("ending of code").any(|ending| path.ends_with(ending)) || files::is_nameless(path))
        && !path.ends_with("setup.py")
        && !FACTS.of("folder of tests").any(|folder| path.starts_with(folder))
}

pub(super) fn needs(sources: &[Source<'_>], paths: &[String]) -> Needs {
    let mut needs = Needs::by_signs(sources, FACTS);
    needs.system = needs.system.or_else(|| Needs::of_builtins(sources, FACTS));
    let lines = sources.iter().flat_map(|(path, text)| text.split(['\n', ';']).map(move |line| (*path, line.trim())));
    let has_font = |path: &String| FACTS.of("ending of a font").any(|ending| path.ends_with(ending));
    if !paths.iter().any(has_font) {
        let of_fonts = sources.iter().find_map(|(path, text)| Some((path, FACTS.sign("sign of a font", text)?)));
        let of_fonts = of_fonts.map(|(path, sign)| format!("`{path}` has `{}`", sign.trim_end_matches('(')));
        needs.libraries = of_fonts.or(needs.libraries);
    }
    needs.unseen = lines.clone().find_map(|(path, line)| {
        let module = imported(line).find(|module| !is_known(module) && !is_own(module, paths))?;
        Some(format!("`{path}` imports `{module}`"))
    });
    let renamed = sources.iter().find(|(_, text)| opens::renames_os(text));
    let renamed = renamed.map(|(path, _)| format!("`{path}` gives `os` another name"));
    needs.system = renamed.or(needs.system);
    let imports = |kind: &str| {
        lines.clone().find_map(|(path, line)| {
            let module = imported(line).find(|module| FACTS.has(kind, module))?;
            Some(format!("`{path}` imports `{module}`"))
        })
    };
    // What other modules need, is asked of the packages that are installed.
    needs.libraries = imports("module of the larger image").or(needs.libraries);
    needs.port = imports("module for root").or(needs.port);
    needs.reads = imports("module of reading").or(needs.reads);
    needs.writes = imports("module of writing").or(needs.writes);
    let of_gunicorn = lines.clone().filter(|(path, _)| path.contains("gunicorn"));
    let user = of_gunicorn.map(|(path, line)| (path, line.split('=').next().unwrap_or_default().trim()));
    let user = user.into_iter().find(|(_, key)| FACTS.has("setting of gunicorn for root", key));
    needs.system = needs.system.or_else(|| user.map(|(path, key)| format!("`{path}` has `{key}`")));
    for (path, text) in sources {
        match opens::opening(text) {
            Some(Opening::MayWrite) => drop(needs.writes.get_or_insert_with(|| format!("`{path}` has `open`"))),
            Some(Opening::Reads) => drop(needs.reads.get_or_insert_with(|| format!("`{path}` has `open`"))),
            None => {}
        }
        let by_name = opens::imported_from_os(text).into_iter().filter(|member| !FACTS.has(HARMLESS, member));
        for member in members_of_os(text).chain(by_name) {
            let place = match member {
                _ if FACTS.has("reading member of os", member) => &mut needs.reads,
                _ if FACTS.has("writing member of os", member) => &mut needs.writes,
                _ => &mut needs.system,
            };
            place.get_or_insert_with(|| format!("`{path}` has `os.{member}`"));
        }
    }
    needs
}

/// The modules, without what is below them, that a line imports.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    // `try: import x`
    let line = line.split_once(": ").map(|(_, rest)| rest).filter(|rest| rest.starts_with("import ")).unwrap_or(line);
    let names = line.strip_prefix("import ").or_else(|| line.strip_prefix("from ")?.split(" import").next());
    let names = names.unwrap_or_default().split(',');
    names.filter_map(|name| name.trim().split([' ', '.', ';']).next())
}

/// Whether a module is of the standard library and needs nothing of the system, or of a known package.
fn is_known(module: &str) -> bool {
    let is_of_python = |kind: &str| FACTS.has(kind, module);
    is_of_python("module")
        || is_of_python("module of reading")
        || is_of_python("module of writing")
        || package(PACKAGES.get(module).unwrap_or(module)).is_some()
}

/// Whether a module is a file or a folder of the program; an empty name is the package that the file is in.
fn is_own(module: &str, paths: &[String]) -> bool {
    let is_it = |part: &str| part.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    module.is_empty() || paths.iter().any(|path| path.split('/').any(is_it))
}

/// What of the module `os` has nothing to do with the system or with files.
const HARMLESS: &str = "harmless member of os";

/// The members of the module `os` that have to do with the system or with files.
fn members_of_os(text: &str) -> impl Iterator<Item = &str> {
    members(text, "os", |c| c.is_alphanumeric() || c == '_').filter(|member| !FACTS.has(HARMLESS, member))
}

/// How a package gets onto a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Package {
    /// In Python alone, or with parts in C that it can do without.
    Pure,
    /// With parts in C, which a wheel has or the compiler makes. They need nothing but the C library.
    Native,
}

/// What is known of the package that a requirement such as `Flask[async]==3.1` names; with what it needs itself.
pub(crate) fn package(requirement: &str) -> Option<Package> {
    let name = requirement.split(|end: char| !end.is_ascii_alphanumeric() && !"-_.".contains(end)).next()?;
    let rest = requirement[name.len()..].trim_start();
    // `name @ https://...`, and extras, which need other packages.
    let is_plain = rest.is_empty() || rest.starts_with(['=', '<', '>', '!', '~', ';', ',']);
    let extra = rest.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let is_known_extra = extra.is_some_and(|extra| FACTS.has("extra", extra));
    if !is_plain && !is_known_extra {
        return None;
    }
    let name = name.trim_end_matches(['-', '.']).to_ascii_lowercase().replace(['_', '.'], "-");
    let is_pure = FACTS.has("pure package", &name);
    match extra {
        Some("standard") if is_pure => Some(Package::Native),
        _ if is_pure => Some(Package::Pure),
        _ => FACTS.has("native package", &name).then_some(Package::Native),
    }
}
