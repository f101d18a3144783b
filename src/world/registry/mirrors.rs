//! Where a registry's images are asked for: `registries.conf` of podman and buildah, version 2.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

use super::environment::Environment;
use super::error::{Because, RegistryError, printable};
use crate::syntax::ImageReference;

/// A place where an image is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub host: String,
    pub repository: String,
}

/// The registries that somebody set up, by prefix.
#[derive(Clone, Debug, Default)]
pub(super) struct Mirrors(BTreeMap<String, Entry>);

#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    registry: Vec<Entry>,
}

/// `insecure` is not read: this machine is asked without encryption as it is, and nobody else ever is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Entry {
    prefix: Option<String>,
    location: Option<String>,
    blocked: bool,
    mirror: Vec<Mirror>,
    mirror_by_digest_only: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Mirror {
    location: String,
    pull_from_mirror: Option<String>,
}

impl Mirrors {
    /// Reads the first `registries.conf` of environment, user and system that is there, and the files of the folder beside it.
    ///
    /// # Errors
    /// If one is there and cannot be read.
    pub fn read(environment: &Environment) -> Result<Self, RegistryError> {
        let user = environment.config_folder().map(|folder| folder.join("containers/registries.conf"));
        let system = environment.system_registries_conf.clone();
        let path = match &environment.registries_conf {
            Some(path) => Some(path.clone()),
            None => [user, system].into_iter().flatten().find(|path| path.exists() || parts_folder(path).is_dir()),
        };
        let Some(path) = path else { return Ok(Self::default()) };
        let mut mirrors = Self::default();
        for path in [path.clone()].into_iter().chain(parts(&path)) {
            mirrors.add(&path)?;
        }
        Ok(mirrors)
    }

    /// Adds the entries of a file. They replace those of files before it.
    fn add(&mut self, path: &Path) -> Result<(), RegistryError> {
        let because = |reason: String| Because::Settings { reason }.about(printable(&path.display().to_string()));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(because(format!("could not be read: {error}"))),
        };
        let file: File = toml::from_str(&text).map_err(|error| because(printable(error.message())))?;
        for entry in file.registry {
            let Some(prefix) = entry.prefix.clone().or_else(|| entry.location.clone()) else {
                return Err(because("a registry has neither prefix nor location".to_owned()));
            };
            self.0.insert(prefix.trim_end_matches('/').to_owned(), entry);
        }
        Ok(())
    }

    /// Where to ask for `reference`, in this order: the mirrors, then the registry itself.
    ///
    /// # Errors
    /// If the registry is blocked.
    pub fn endpoints(&self, reference: &ImageReference) -> Result<Vec<Endpoint>, Because> {
        let name = format!("{}/{}", reference.registry, reference.repository);
        let fitting = self.0.iter().filter_map(|(prefix, entry)| Some((matched(prefix, &name)?, entry)));
        let Some((length, entry)) = fitting.max_by_key(|(length, _)| *length) else {
            return Ok(endpoint(&name).into_iter().collect());
        };
        if entry.blocked {
            return Err(Because::Blocked);
        }
        let rest = &name[length..];
        let mirrors = entry
            .mirror
            .iter()
            .filter(|mirror| !entry.mirror_by_digest_only && mirror.pull_from_mirror.as_deref() != Some("digest-only"));
        let mut names: Vec<_> = mirrors.map(|mirror| join(&mirror.location, rest)).collect();
        names.push(match entry.location.as_deref().filter(|location| !location.is_empty()) {
            Some(location) => join(location, rest),
            None => name.clone(),
        });
        Ok(names.iter().filter_map(|name| endpoint(name)).collect())
    }
}

/// How much of `name` the prefix stands for: `registry.example/team`, or `*.example` for all hosts below.
fn matched(prefix: &str, name: &str) -> Option<usize> {
    if let Some(ending) = prefix.strip_prefix('*') {
        let host = name.split('/').next().unwrap_or_default();
        return (ending.starts_with('.') && host.ends_with(ending)).then_some(host.len());
    }
    let rest = name.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(prefix.len())
}

fn join(location: &str, rest: &str) -> String {
    format!("{}{rest}", location.trim_end_matches('/'))
}

/// Host and repository of a name such as `mirror.example/proxy/library/python`.
fn endpoint(name: &str) -> Option<Endpoint> {
    let (host, repository) = name.split_once('/')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:[]".contains(&byte);
    let is_fine = !host.is_empty() && !repository.is_empty() && name.bytes().all(is_plain);
    is_fine.then(|| Endpoint { host: host.to_owned(), repository: repository.to_owned() })
}

fn parts_folder(path: &Path) -> PathBuf {
    path.with_file_name("registries.conf.d")
}

fn parts(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parts_folder(path)) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "conf"))
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrors(files: &[(&str, &str)]) -> Result<Mirrors, RegistryError> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("registries.conf.d")).unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
        let registries_conf = Some(folder.path().join("registries.conf"));
        Mirrors::read(&Environment { registries_conf, ..Environment::default() })
    }

    fn places(mirrors: &Mirrors, reference: &str) -> String {
        let endpoints = mirrors.endpoints(&ImageReference::parse(reference).unwrap());
        match endpoints {
            Ok(all) => all.iter().map(|one| format!("{}|{}", one.host, one.repository)).collect::<Vec<_>>().join(" "),
            Err(because) => because.to_string(),
        }
    }

    #[test]
    fn the_longest_prefix_says_where_to_ask() {
        let file = r#"
            unqualified-search-registries = ["docker.io"]
            [[registry]]
            location = "docker.io"
            [[registry.mirror]]
            location = "mirror.example"
            insecure = true
            [[registry.mirror]]
            location = "second.example/hub/"
            [[registry]]
            prefix = "docker.io/team"
            location = "team.example/images"
            [[registry]]
            prefix = "*.blocked.example"
            blocked = true
            [[registry]]
            prefix = "digests.example"
            [[registry.mirror]]
            location = "never.example"
            pull-from-mirror = "digest-only"
        "#;
        let mirrors = mirrors(&[("registries.conf", file)]).unwrap();
        let cases = [
            ("python", "mirror.example|library/python second.example|hub/library/python docker.io|library/python"),
            ("team/a", "team.example|images/a"),
            ("teams/a", "mirror.example|teams/a second.example|hub/teams/a docker.io|teams/a"),
            ("a.blocked.example/x", "registries.conf blocks it"),
            ("blocked.example/x", "blocked.example|x"),
            ("digests.example/x", "digests.example|x"),
            ("ghcr.io/a/b", "ghcr.io|a/b"),
        ];
        for (reference, expected) in cases {
            assert_eq!(places(&mirrors, reference), expected, "{reference}");
        }
    }

    #[test]
    fn files_of_the_folder_replace_what_stands_before() {
        let one = "[[registry]]\nlocation = \"docker.io\"\nblocked = true\n";
        let other = "[[registry]]\nprefix = \"docker.io\"\nlocation = \"m.example\"\n";
        let files = [("registries.conf", one), ("registries.conf.d/10.conf", other), ("registries.conf.d/20.txt", "=")];
        assert_eq!(places(&mirrors(&files).unwrap(), "python"), "m.example|library/python");
        assert_eq!(places(&mirrors(&[]).unwrap(), "python"), "docker.io|library/python");
    }

    #[test]
    fn a_damaged_file_is_named() {
        for text in ["[[registry]", "[[registry]]\nblocked = true\n", "[[registry]]\nprefix = 5\n"] {
            let error = mirrors(&[("registries.conf", text)]).unwrap_err().to_string();
            assert!(error.contains("registries.conf: "), "{error}");
        }
    }
}
