//! The variables of the environment that say where settings, logins and caches are.

use std::ffi::OsString;
use std::path::PathBuf;

/// What is read of the environment. A value, so that a caller may give another one than the process has.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `DOCKER_CONFIG`: the folder of Docker's `config.json`.
    pub docker_config: Option<PathBuf>,
    /// `REGISTRY_AUTH_FILE`: podman's logins.
    pub registry_auth_file: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_folder: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub config_folder: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub cache_folder: Option<PathBuf>,
    /// `CONTAINERS_REGISTRIES_CONF`: the mirrors of podman and buildah.
    pub registries_conf: Option<PathBuf>,
    /// The `registries.conf` of the system, read where the user has none.
    pub system_registries_conf: Option<PathBuf>,
    /// `PATH`, where credential helpers are looked for.
    pub path: Option<OsString>,
    /// Whether `SSL_CERT_FILE` or `SSL_CERT_DIR` names the certificates to trust. The system's verifier reads them itself.
    pub names_certificates: bool,
}

impl Environment {
    /// The environment of this process. A variable that is empty counts as not set.
    #[must_use]
    pub fn of_process() -> Self {
        let value = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = |name: &str| value(name).map(PathBuf::from);
        Self {
            home: path("HOME").or_else(|| path("USERPROFILE")),
            docker_config: path("DOCKER_CONFIG"),
            registry_auth_file: path("REGISTRY_AUTH_FILE"),
            runtime_folder: path("XDG_RUNTIME_DIR"),
            config_folder: path("XDG_CONFIG_HOME"),
            cache_folder: path("XDG_CACHE_HOME"),
            registries_conf: path("CONTAINERS_REGISTRIES_CONF"),
            system_registries_conf: Some(PathBuf::from("/etc/containers/registries.conf")),
            path: value("PATH"),
            names_certificates: value("SSL_CERT_FILE").or_else(|| value("SSL_CERT_DIR")).is_some(),
        }
    }

    /// `XDG_CONFIG_HOME`, or where it is by default.
    pub(super) fn config_folder(&self) -> Option<PathBuf> {
        self.config_folder.clone().or_else(|| Some(self.home.as_ref()?.join(".config")))
    }

    /// `XDG_CACHE_HOME`, or where it is by default.
    pub(super) fn cache_folder(&self) -> Option<PathBuf> {
        self.cache_folder.clone().or_else(|| Some(self.home.as_ref()?.join(".cache")))
    }
}
