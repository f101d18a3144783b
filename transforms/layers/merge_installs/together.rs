//! Which packages can be installed together with others, by their names.

use std::collections::{BTreeMap, BTreeSet};

use super::FACTS;
use crate::semantics::installs::{Install, Kind};
use crate::semantics::packages::{APT, Manager, NPM, PIP};

/// Whether each of `names` is plain, and does not change how others are installed.
///
/// # Errors
/// Why not.
pub(super) fn check(manager: &Manager, names: &[String]) -> Result<(), String> {
    let is_plain = match manager {
        manager if *manager == PIP => is_plain_for_pip,
        manager if *manager == NPM => is_plain_for_npm,
        manager if *manager == APT => {
            |name: &str| is_plain(name) && (name.ends_with("++") || !name.ends_with(['+', '-']))
        }
        _ => is_plain,
    };
    if let Some(name) = names.iter().find(|name| !is_plain(name)) {
        return Err(format!("`{name}` is no plain package name"));
    }
    let shapes = |name: &&String| match manager {
        manager if *manager == PIP => shapes_builds(name),
        manager if *manager == NPM => FACTS.has("package of npm that shapes others", bare(name)),
        _ => shapes_packages(name),
    };
    names.iter().find(shapes).map_or(Ok(()), |name| Err(format!("`{name}` may shape how others are installed")))
}

/// Whether the packages of both commands fit into one; `pip` is what the first one does, if it is pip.
///
/// # Errors
/// Why not.
pub(super) fn check_together(pip: Option<&Install>, first: &[String], second: &[String]) -> Result<(), String> {
    let by_name = grouped(first.iter().map(|name| (bare(name), name.as_str())));
    let is_another =
        |name: &str| by_name.get(bare(name)).is_some_and(|others| others.iter().any(|other| *other != name));
    if let Some(name) = second.iter().find(|name| is_another(name)) {
        return Err(format!("`{}` is asked for in two versions", bare(name)));
    }
    let Some(pip) = pip else {
        let rivals = Rivals::of(first.iter().map(|name| bare(name)));
        let rival = second.iter().find(|name| rivals.include(bare(name)));
        return rival.map_or(Ok(()), |name| Err(format!("the order may decide whether `{name}` becomes the default")));
    };
    if let Some(option) = shapes_choice(pip) {
        return Err(format!("with `{option}` pip may choose other versions for both together"));
    }
    let pins = |names: &[String]| names.iter().any(|name| name.contains("=="));
    if pins(first) && pins(second) {
        return Err("both pin versions, which may contradict each other".to_owned());
    }
    Ok(())
}

/// What belongs to each key, each once.
fn grouped<'n, K: Ord>(pairs: impl Iterator<Item = (K, &'n str)>) -> BTreeMap<K, BTreeSet<&'n str>> {
    let mut groups = BTreeMap::<K, BTreeSet<&str>>::new();
    pairs.for_each(|(key, name)| _ = groups.entry(key).or_default().insert(name));
    groups
}

/// Packages beside which versions of the same programs, or other Javas, are rivals: the one that is installed first or last may become the default.
struct Rivals<'n> {
    /// Names by what they are without their versions.
    by_program: BTreeMap<String, BTreeSet<&'n str>>,
    has_java: bool,
}

impl<'n> Rivals<'n> {
    fn of(names: impl Iterator<Item = &'n str> + Clone) -> Self {
        let has_java = names.clone().any(is_java);
        Self { by_program: grouped(names.map(|name| (without_version(name), name))), has_java }
    }

    fn include(&self, name: &str) -> bool {
        let versions = self.by_program.get(&without_version(name));
        versions.is_some_and(|others| others.iter().any(|other| *other != name)) || (self.has_java && is_java(name))
    }
}

fn without_version(name: &str) -> String {
    name.replace(|c: char| c.is_ascii_digit() || c == '.', "")
}

fn is_java(name: &str) -> bool {
    FACTS.sign("part of the name of a Java", name).is_some()
}

/// The name without a version or extras.
fn bare(name: &str) -> &str {
    let name = name.trim_matches(['"', '\'']);
    let from = usize::from(name.starts_with('@'));
    let end = name[from..].find(['=', '@', '[', '<', '>', '~']).map_or(name.len(), |at| at + from);
    &name[..end]
}

fn is_plain(name: &str) -> bool {
    let (package, version) = name.split_once('=').unwrap_or((name, "0"));
    let starts = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric());
    starts(package)
        && starts(version)
        && package.chars().all(|c| c.is_ascii_alphanumeric() || "+._:-".contains(c))
        && version.chars().all(|c| c.is_ascii_alphanumeric() || "+._:~-".contains(c))
        && !FACTS.of("ending of a file of a package").any(|ending| name.ends_with(ending))
}

fn is_plain_for_npm(name: &str) -> bool {
    let from = usize::from(name.starts_with('@'));
    let (package, version) = name[from..].split_once('@').unwrap_or((&name[from..], "1"));
    let is_scoped = from == 1 && package.matches('/').count() == 1;
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    plain(version)
        && (is_scoped && package.split('/').all(plain) || from == 0 && plain(package) && !package.starts_with('.'))
}

fn is_plain_for_pip(name: &str) -> bool {
    let quoted = ['"', '\''].iter().any(|quote| name.len() > 2 && name.starts_with(*quote) && name.ends_with(*quote));
    let name = if quoted { &name[1..name.len() - 1] } else { name };
    let (package, version) = name.split_once("==").unwrap_or((name, "0"));
    let (package, extras) = match package.split_once('[') {
        Some((package, extras)) if quoted => (package, extras.strip_suffix(']').unwrap_or("!")),
        _ => (package, "a"),
    };
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    package.starts_with(|c: char| c.is_ascii_alphanumeric())
        && plain(package)
        && plain(version)
        && version.starts_with(|c: char| c.is_ascii_alphanumeric())
        && extras.split(',').all(plain)
        && !FACTS.of("ending of a file for pip").any(|ending| name.ends_with(ending))
}

/// Whether packages of a distribution change its sources, keys or the way in which others ask.
fn shapes_packages(name: &str) -> bool {
    let name = bare(name);
    FACTS.has("package that shapes others", name)
        || FACTS.of("start of a package that shapes others").any(|start| name.starts_with(start))
        || FACTS.sign("part of a package that shapes others", name).is_some()
}

/// Whether a Python package is needed to build others, or needs others to be built.
fn shapes_builds(name: &str) -> bool {
    let name = bare(name).to_ascii_lowercase().replace(['_', '.'], "-");
    FACTS.has("package of Python that shapes others", &name)
}

/// What makes pip choose otherwise if it is asked for more at once, or read more than names; from where packages come may be said.
fn shapes_choice(pip: &Install) -> Option<String> {
    let choice = pip.choices.iter().find(|choice| *choice != "--prefer-binary").cloned();
    let read = pip.reads.iter().find(|read| read.kind != Kind::Settings).map(|read| read.path.clone());
    let elsewhere = pip.to.clone().filter(|option| option.starts_with('-') && option != "--user");
    choice.or(read).or_else(|| pip.compiles.clone()).or(elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::packages::APK;

    fn fits(manager: &Manager, name: &str) -> bool {
        check(manager, &[name.to_owned()]).is_ok()
    }

    #[test]
    fn plain_names_are_told_from_what_a_manager_reads_otherwise() {
        for name in ["git", "g++", "libc6:i386", "curl=7.88.1-10+deb12u5"] {
            assert!(fits(&APT, name), "{name}");
        }
        for name in ["git-", "lib*", "./a.deb", "$X", "vim+", "a/sid", "debian-archive-keyring", "ca-certificates"] {
            assert!(!fits(&APT, name), "{name}");
        }
        assert!(fits(&APK, "py3-pip") && !fits(&APK, "a>1"));
        for name in ["flask", "Flask==2.0", "'flask[async]'", "zope.interface"] {
            assert!(fits(&PIP, name), "{name}");
        }
        for name in [".", "./a", "git+https://a", "flask[async]", "a>=1", "requirements.txt", "numpy", "Cython==3"] {
            assert!(!fits(&PIP, name), "{name}");
        }
        assert!(fits(&NPM, "@vue/cli@5.0.1") && fits(&NPM, "serve") && !fits(&NPM, "npm@10") && !fits(&NPM, "a/b"));
    }
}
