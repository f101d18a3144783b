//! Programs in Ruby, and the gems that Bundler brings them.

use super::FACTS;
use crate::programs::{Needs, Source};

/// Code, templates with code in them, and programs without an ending.
pub(super) fn is_code(path: &str) -> bool {
    let is_test = FACTS.of("folder of tests").any(|folder| path.starts_with(folder));
    let is_program = path.starts_with("bin/") || path.starts_with("exe/") || path == "Rakefile";
    !is_test && (is_program || FACTS.of("ending of code").any(|ending| path.ends_with(ending)))
}

pub(super) fn needs(sources: &[Source<'_>], paths: &[String]) -> Needs {
    let mut needs = Needs::by_signs(sources, FACTS);
    let required = sources.iter().find_map(|(path, text)| {
        let other = required(text).find(|module| !is_known(module) && !is_own(module, paths))?;
        Some(format!("`{path}` requires `{other}`"))
    });
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    let command = sources.iter().find(|(_, text)| text.lines().any(|line| line.contains('`') && !is_comment(line)));
    let command = command.map(|(path, _)| format!("`{path}` has a command in backquotes"));
    needs.libraries = required.or(needs.libraries);
    needs.system = command.or(needs.system);
    needs
}

/// What is required by a name; what is not written out comes as an empty name.
fn required(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("require").filter_map(|(at, word)| {
        let is_word = !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_.:\"'".contains(before));
        let rest = &text[at + word.len()..];
        let rest = rest.strip_prefix([' ', '('])?.trim_start();
        match rest.chars().next().filter(|_| is_word)? {
            quote @ ('"' | '\'') => {
                rest[1..].split(quote).next().map(|name| if name.contains("#{") { "" } else { name })
            }
            // A word in a comment, an option, or a method.
            ':' | '=' | ',' | '|' | '.' => None,
            _ => Some(""),
        }
    })
}

fn is_known(module: &str) -> bool {
    let of_gem = module.split('/').next().unwrap_or_default();
    let names = [module.to_owned(), module.replace('/', "-"), of_gem.to_owned()];
    FACTS.has("module", module) || (!module.is_empty() && names.iter().any(|name| is_plain_gem(name)))
}

/// Whether a module is a file of the program.
fn is_own(module: &str, paths: &[String]) -> bool {
    let file = format!("{}.rb", module.trim_start_matches("./").trim_end_matches(".rb"));
    !module.is_empty()
        && !module.starts_with('/')
        && paths.iter().any(|path| {
            path.strip_suffix(file.as_str()).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        })
}

/// Whether a gem is in Ruby alone, or has parts in C that need nothing but the C library and what Ruby itself needs: OpenSSL, zlib, libyaml.
pub(crate) fn is_plain_gem(name: &str) -> bool {
    FACTS.has("package", name)
}

/// The gems that a `Gemfile.lock` names; `None` if one is not of the registry.
pub(crate) fn locked(text: &str) -> Option<Vec<&str>> {
    let mut gems = Vec::new();
    let mut section = "";
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with(' ') {
            section = line.trim();
            if !FACTS.has("section of a lock file", section) {
                return None;
            }
        } else if let Some(remote) = line.trim().strip_prefix("remote: ") {
            if remote.trim_end_matches('/') != "https://rubygems.org" {
                return None;
            }
        } else if section == "DEPENDENCIES" && line.trim().ends_with('!') {
            return None;
        } else if section == "GEM" && line.starts_with("    ") {
            gems.extend(line.split_whitespace().next());
        }
    }
    (!gems.is_empty()).then_some(gems)
}

/// The gems that a `Gemfile` names; `None` if it says more than names, versions and groups.
pub(crate) fn named(text: &str) -> Option<Vec<&str>> {
    let mut gems = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_start();
        match word {
            "gem" if FACTS.sign("sign of a package from elsewhere", rest).is_none() => {
                let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
                gems.extend(rest[1..].split(quote).next());
            }
            "source" if rest.trim_matches(['"', '\'']).trim_end_matches('/') == "https://rubygems.org" => {}
            "ruby" if rest.starts_with(['"', '\'']) => {}
            "group" if rest.starts_with(':') && rest.ends_with(" do") => {}
            "end" => {}
            _ => return None,
        }
    }
    Some(gems)
}
