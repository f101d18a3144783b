//! A folder with settings, logins and a cache, and resolvers that know nothing else.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use dockeropt::syntax::ImageReference;
use dockeropt::world::registry::{Environment, Hosts, RegistryError, Resolver, Settings};
use jiff::Timestamp;
use tempfile::TempDir;

/// When every resolver was started that does not say otherwise.
pub const NOW: &str = "2026-06-01T12:00:00Z";

pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes Docker's `config.json`.
    pub fn log_in(&self, host: &str, entry: &str) {
        self.write("docker/config.json", &format!(r#"{{ "auths": {{ "{host}": {entry} }} }}"#));
    }

    pub fn settings(&self) -> Settings {
        Settings {
            offline: false,
            cache_dir: Some(self.path("cache")),
            timeout: Duration::from_secs(20),
            hosts: Hosts::Any,
            now: NOW.parse().unwrap(),
        }
    }

    pub fn environment(&self) -> Environment {
        Environment {
            docker_config: Some(self.path("docker")),
            registries_conf: Some(self.path("registries.conf")),
            path: Some(self.path("bin").into()),
            ..Environment::default()
        }
    }

    pub fn resolver(&self) -> Resolver {
        self.resolver_with(|_| {})
    }

    pub fn resolver_with(&self, change: impl FnOnce(&mut Settings)) -> Resolver {
        self.try_resolver(change).unwrap()
    }

    pub fn try_resolver(&self, change: impl FnOnce(&mut Settings)) -> Result<Resolver, RegistryError> {
        let mut settings = self.settings();
        change(&mut settings);
        Resolver::in_environment(settings, &self.environment())
    }

    pub fn resolver_at(&self, now: &str) -> Resolver {
        self.resolver_with(|settings| settings.now = now.parse::<Timestamp>().unwrap())
    }
}

pub fn reference(text: &str) -> ImageReference {
    ImageReference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
