//! The configuration of an image: what a container is started with.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};

/// What the image says of itself and of the containers made from it. Fields that are absent or `null` are empty
/// ([OCI image configuration](https://github.com/opencontainers/image-spec/blob/main/config.md), with what Docker adds).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    pub architecture: String,
    pub os: String,
    pub author: Option<String>,
    pub created: Option<String>,
    /// In the order of the image. A variable without `=` has an empty value.
    pub env: Vec<(String, String)>,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    pub user: String,
    pub working_dir: String,
    /// Such as `80/tcp`.
    pub exposed_ports: BTreeSet<String>,
    pub volumes: BTreeSet<String>,
    pub healthcheck: Option<serde_json::Value>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: Option<String>,
    pub shell: Vec<String>,
    pub on_build: Vec<String>,
    pub history: Vec<History>,
}

/// An instruction that the image was built by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct History {
    #[serde(deserialize_with = "or_empty")]
    pub created_by: String,
    /// Whether it made no layer.
    #[serde(deserialize_with = "or_empty")]
    pub empty_layer: bool,
}

impl Config {
    /// The value of an environment variable; that of the last, where it is set several times.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().rfind(|(variable, _)| variable == name).map(|(_, value)| value.as_str())
    }
}

/// The configuration, and the digests of the uncompressed layers.
pub(super) fn parse(json: &[u8]) -> serde_json::Result<(Config, Vec<String>)> {
    let file: ConfigFile = serde_json::from_slice(json)?;
    let container = file.config;
    let variable = |text: String| match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (text, String::new()),
    };
    let config = Config {
        architecture: file.architecture,
        os: file.os,
        author: file.author,
        created: file.created,
        env: container.env.into_iter().map(variable).collect(),
        entrypoint: container.entrypoint,
        cmd: container.cmd,
        user: container.user,
        working_dir: container.working_dir,
        exposed_ports: container.exposed_ports.into_keys().collect(),
        volumes: container.volumes.into_keys().collect(),
        healthcheck: container.healthcheck,
        labels: container.labels,
        stop_signal: container.stop_signal,
        shell: container.shell,
        on_build: container.on_build,
        history: file.history,
    };
    Ok((config, file.rootfs.diff_ids))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    #[serde(deserialize_with = "or_empty")]
    architecture: String,
    #[serde(deserialize_with = "or_empty")]
    os: String,
    author: Option<String>,
    created: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    config: Container,
    #[serde(deserialize_with = "or_empty")]
    rootfs: RootFs,
    #[serde(deserialize_with = "or_empty")]
    history: Vec<History>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Container {
    #[serde(deserialize_with = "or_empty")]
    env: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    entrypoint: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    cmd: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    user: String,
    #[serde(deserialize_with = "or_empty")]
    working_dir: String,
    #[serde(deserialize_with = "or_empty")]
    exposed_ports: BTreeMap<String, serde_json::Value>,
    #[serde(deserialize_with = "or_empty")]
    volumes: BTreeMap<String, serde_json::Value>,
    healthcheck: Option<serde_json::Value>,
    #[serde(deserialize_with = "or_empty")]
    labels: BTreeMap<String, String>,
    stop_signal: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    shell: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    on_build: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RootFs {
    #[serde(deserialize_with = "or_empty")]
    diff_ids: Vec<String>,
}

/// Go writes an empty list or map as `null`.
pub(super) fn or_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}
