//! Programs in C and C++ that need no library when they run.

use super::FACTS;
use crate::programs::{Needs, Source};

pub(crate) fn is_code(path: &str) -> bool {
    FACTS.of("ending of code").any(|ending| path.ends_with(ending))
}

pub(super) fn needs(sources: &[Source<'_>], paths: &[String]) -> Needs {
    let mut needs = Needs::by_signs(sources, FACTS);
    let included = sources.iter().find_map(|(path, text)| {
        let header = text.lines().filter_map(header).find(|header| !is_known(header, paths))?;
        Some(format!("`{path}` includes `{header}`"))
    });
    needs.libraries = included.or(needs.libraries);
    needs
}

/// What a line includes, with what stands around it.
fn header(line: &str) -> Option<&str> {
    let directive = line.trim_start().strip_prefix('#')?.trim_start();
    let rest = directive.strip_prefix("include").or_else(|| directive.strip_prefix("import"))?;
    Some(rest.split("//").next()?.split("/*").next()?.trim())
}

fn is_known(header: &str, paths: &[String]) -> bool {
    let within = |start: char, end: char| header.strip_prefix(start)?.strip_suffix(end);
    match (within('<', '>'), within('"', '"')) {
        (Some(name), _) => FACTS.has("module", name),
        (_, Some(name)) => {
            let name = name.trim_start_matches("../").trim_start_matches("./");
            is_code(name) && paths.iter().any(|path| path == name || path.ends_with(&format!("/{name}")))
        }
        _ => false,
    }
}
