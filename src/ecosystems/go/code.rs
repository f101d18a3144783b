//! Programs in Go.

use super::FACTS;
use crate::programs::{Needs, Source, files, members};
use crate::rewrite::Context;
use crate::semantics::{is_within, joined};

pub(super) fn is_code(path: &str) -> bool {
    let is_source = path.ends_with(".go") && !path.ends_with("_test.go") && !path.starts_with("vendor/");
    is_source || path == "go.mod"
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    let manifest = sources.iter().find(|(path, _)| *path == "go.mod");
    let module = manifest.and_then(|(_, text)| text.lines().find_map(|line| line.trim().strip_prefix("module ")));
    let Some(module) = module.map(|module| module.trim().trim_matches('"')) else {
        return Needs { libraries: Some("no go.mod says what it is made of".to_owned()), ..Needs::default() };
    };
    let code: Vec<_> = sources.iter().copied().filter(|(path, _)| *path != "go.mod").collect();
    if !code.iter().any(|(_, text)| text.contains("package main")) {
        return Needs { libraries: Some("no `package main` is here".to_owned()), ..Needs::default() };
    }
    let mut needs = Needs::by_signs(&code, FACTS);
    let said = |path: &str, because: String| format!("`{path}` {because}");
    let import = code.iter().find_map(|(path, text)| Some(said(path, imports(text, module, &code).err()?)));
    let other = manifest.filter(|(_, text)| text.contains("=>"));
    let other = other.map(|(path, _)| said(path, "takes a module from elsewhere".to_owned()));
    needs.libraries = import.or(other).or(needs.libraries);
    let of_root = code.iter().find_map(|(path, text)| {
        let package = FACTS.of("package for root").find(|package| text.contains(&format!("\"{package}")))?;
        Some(said(path, format!("imports `{package}`")))
    });
    needs.system = of_root.or(needs.system);
    let members = code.iter().flat_map(|(path, text)| members_of_os(text).map(move |member| (*path, member)));
    let first = |is_reading: bool| {
        let mut members = members.clone().filter(|(_, member)| FACTS.has("reading member of os", member) == is_reading);
        members.next().map(|(path, member)| format!("`{path}` has `os.{member}`"))
    };
    needs.reads = needs.reads.or_else(|| first(true));
    needs.writes = needs.writes.or_else(|| first(false));
    needs
}

/// Files and folders among `paths` of the build context that go into the program by `//go:embed`; `None` if the code is not known.
pub(crate) fn embedded(cx: &Context<'_>, paths: &[String]) -> Option<Vec<String>> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_code(path)).collect();
    let texts = files::texts(cx, &code)?;
    Some(code.iter().zip(&texts).flat_map(|(path, text)| embedded_by(path, text, paths)).collect())
}

fn embedded_by(path: &str, text: &str, paths: &[String]) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let patterns = text.lines().filter_map(|line| line.strip_prefix("//go:embed "));
    let patterns = patterns.flat_map(str::split_ascii_whitespace);
    let full = |pattern: &str| joined(&format!("/{folder}"), pattern.trim_start_matches("all:"))[1..].to_owned();
    let is_plain = |part: &str| !part.contains(['*', '?', '[', '"', '`', '\\']);
    let entries = patterns.flat_map(|pattern| match pattern.split_once('*') {
        None if is_plain(pattern) => vec![full(pattern)],
        // `templates/*.html`: the files in the folder itself.
        Some((start, end)) if is_plain(start) && is_plain(end) && !end.contains('/') && start.ends_with('/') => {
            let start = format!("{}/", full(start));
            let is_it = |path: &&String| {
                path.strip_prefix(&start).is_some_and(|name| !name.contains('/') && name.ends_with(end))
            };
            paths.iter().filter(is_it).cloned().collect()
        }
        _ => Vec::new(),
    });
    entries.filter(|path| !path.is_empty()).collect()
}

/// That all packages that `text` imports are known.
fn imports(text: &str, module: &str, code: &[Source<'_>]) -> Result<(), String> {
    let mut is_inside = false;
    for piece in text.split(['\n', ';']) {
        let piece = piece.split("//").next().unwrap_or_default().trim();
        let single = piece.strip_prefix("import").filter(|rest| rest.starts_with([' ', '\t', '(', '"', '`']));
        is_inside |= single.is_some_and(|rest| rest.trim_start().starts_with('('));
        if !is_inside && single.is_none() {
            continue;
        }
        let names = single.unwrap_or(piece).trim_start_matches(['(', ' ', '\t']);
        let mut quoted = names.split(['"', '`']);
        if let (Some(alias), Some(path)) = (quoted.next(), quoted.next()) {
            import(alias.trim(), path, module, code)?;
        }
        is_inside &= !piece.contains(')');
    }
    Ok(())
}

fn import(alias: &str, path: &str, module: &str, code: &[Source<'_>]) -> Result<(), String> {
    let is_of = |tree: &str| path.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_standard = FACTS.has("module", path) || FACTS.of("tree of modules").any(is_of);
    if let Some(folder) = path.strip_prefix(module).and_then(|rest| rest.strip_prefix('/')) {
        let is_here = code.iter().any(|(path, _)| is_within(path, folder));
        return if is_here { Ok(()) } else { Err(format!("imports `{path}`, which is not here")) };
    }
    if !is_standard && !FACTS.of("package").any(is_of) {
        return Err(format!("imports `{path}`"));
    }
    if is_standard && !alias.is_empty() && alias != "_" {
        return Err(format!("gives `{path}` another name, so that what it does with it is not seen"));
    }
    Ok(())
}

/// The members of the package `os` that have to do with files.
fn members_of_os(text: &str) -> impl Iterator<Item = &str> + Clone {
    let members = members(text, "os", char::is_alphanumeric);
    members.filter(|member| !FACTS.has("harmless member of os", member) && member.starts_with(char::is_uppercase))
}
