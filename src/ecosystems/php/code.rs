//! Programs in PHP, and what their manifests say of them.

use serde_json::Value;

use super::FACTS;
use crate::known::php;
use crate::programs::{Needs, Source};

/// Code, and templates that are code.
pub(super) fn is_code(path: &str) -> bool {
    let is_of_tests = path.starts_with("tests/") || path.starts_with("vendor/");
    !is_of_tests && FACTS.of("ending of code").any(|ending| path.ends_with(ending))
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    let by = |key: &str| {
        sources.iter().find_map(|(path, text)| {
            let sign = FACTS.sign(key, text)?;
            Some(format!("`{path}` has `{}`", sign.trim_end_matches('(').trim()))
        })
    };
    Needs {
        system: by("sign of system"),
        reads: by("sign of reading"),
        writes: by("sign of writing"),
        ..Needs::default()
    }
}

/// What is in a `composer.json`, or the lock beside it.
pub(super) struct Manifest(Value);

impl Manifest {
    pub fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(Value::is_object).map(Self)
    }

    /// Whether it names packages that are not of the registry.
    pub fn has_other_repositories(&self) -> bool {
        self.0.get("repositories").is_some()
    }

    /// The commands that Composer runs by itself when packages are installed.
    pub fn unasked_commands(&self) -> Vec<&str> {
        let scripts = FACTS.of("unasked script").filter_map(|name| self.0.get("scripts")?.get(name));
        scripts
            .flat_map(|script| match script {
                Value::Array(commands) => commands.iter().collect(),
                command => vec![command],
            })
            .map(|command| command.as_str().unwrap_or_default())
            .collect()
    }

    /// The packages that a lock names; `None` if it names none as Composer does.
    pub fn locked(&self) -> Option<Vec<&str>> {
        let lists = ["packages", "packages-dev"].iter().filter_map(|list| self.0.get(list)?.as_array());
        lists.flatten().map(|package| package.get("name")?.as_str()).collect()
    }
}

/// What a package needs of the system when it runs, as the sentence that says so.
pub(super) fn need(package: &str) -> Option<String> {
    let known = php::package(package)?;
    let need = known.needs().next()?;
    Some(format!("the package `{package}` needs `{}`", need.name))
}
