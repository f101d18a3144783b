//! What indexes, manifests and configurations of images say, as far as pinning needs it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::syntax::{is_digest, is_tag};

/// The types that an answer to the question for an image may have. A registry hides an index from who does not ask for it.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// The types of an index: an image for several platforms.
const INDEX_TYPES: &[&str] =
    &["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// An index with an image in it is longer than this: one entry alone has a digest of 71 characters and a type of 50.
pub(super) const INDEX_BYTES_MIN: u64 = 200;

/// The annotation and the label that name the version of an image.
const VERSION: &str = "org.opencontainers.image.version";

/// An image for one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Such as `linux/amd64` or `linux/arm64/v8`.
    pub name: String,
    /// Of the manifest for this platform.
    pub digest: String,
    /// What the annotation `org.opencontainers.image.version` says, if it could be a tag.
    pub version: Option<String>,
}

/// What stands behind a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Summary {
    pub media_type: String,
    /// Without attestations. Empty for a manifest of one image, which does not name its platform.
    pub platforms: Vec<Platform>,
    /// The digest of the configuration, for a manifest of one image.
    pub config: Option<String>,
}

/// What the configuration of an image says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Config {
    /// Such as `linux/amd64`; `None` if it does not say.
    pub platform: Option<String>,
    /// What the label `org.opencontainers.image.version` says, if it could be a tag.
    pub version: Option<String>,
    /// Name and value of each variable `…_VERSION` whose value could be a tag.
    pub variables: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: Option<String>,
    manifests: Option<Vec<Child>>,
    config: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

#[derive(Deserialize)]
struct Child {
    digest: String,
    platform: Option<PlatformParts>,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct PlatformParts {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

#[derive(Deserialize)]
struct ConfigDocument {
    #[serde(flatten)]
    platform: PlatformParts,
    #[serde(default)]
    config: Option<ConfigParts>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigParts {
    labels: Option<std::collections::BTreeMap<String, String>>,
    env: Option<Vec<String>>,
}

/// Whether the answer says that it is an index.
pub(super) fn is_index(media_type: &str) -> bool {
    INDEX_TYPES.contains(&media_type)
}

/// Why a text is no manifest to go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoManifest {
    /// It is something else; the text ends the sentence "the registry sent …".
    Other(&'static str),
    /// It is an index without an image.
    Empty,
}

impl Summary {
    /// Reads an index or a manifest; `sent_as` is the type that it came with.
    pub(super) fn read(text: &[u8], sent_as: &str) -> Result<Self, NoManifest> {
        let document: Document = serde_json::from_slice(text).map_err(|_| NoManifest::Other("no manifest"))?;
        let media_type = document.media_type.unwrap_or_else(|| sent_as.to_owned());
        let is_type = |byte: u8| byte.is_ascii_alphanumeric() || b"/.+-_".contains(&byte);
        if !media_type.bytes().all(is_type) {
            return Err(NoManifest::Other("a manifest with a damaged type"));
        }
        if let Some(children) = document.manifests {
            let images: Vec<_> = children.into_iter().filter(|child| !child.is_attestation()).collect();
            if images.is_empty() {
                return Err(NoManifest::Empty);
            }
            if !images.iter().all(|child| is_digest(&child.digest)) {
                return Err(NoManifest::Other("an index with a damaged digest"));
            }
            let platforms = images.into_iter().filter_map(Child::platform).collect();
            return Ok(Self { media_type, platforms, config: None });
        }
        match document.config {
            Some(config) if is_digest(&config.digest) => {
                Ok(Self { media_type, platforms: Vec::new(), config: Some(config.digest) })
            }
            _ if is_index(&media_type) => Err(NoManifest::Empty),
            _ => Err(NoManifest::Other("a manifest of an unknown or outdated form")),
        }
    }

    /// The digest of the image for `platform`; `itself` is the digest of what this is the summary of.
    pub(super) fn child<'a>(&'a self, itself: &'a str, platform: &str) -> Option<&'a str> {
        if self.config.is_some() {
            return Some(itself);
        }
        self.platforms.iter().find(|child| is_same_platform(&child.name, platform)).map(|child| child.digest.as_str())
    }
}

impl Child {
    fn is_attestation(&self) -> bool {
        let is_unknown = |platform: &PlatformParts| platform.os == "unknown" && platform.architecture == "unknown";
        self.platform.as_ref().is_some_and(is_unknown)
            || self.annotations.get("vnd.docker.reference.type").is_some_and(|kind| kind == "attestation-manifest")
    }

    fn platform(self) -> Option<Platform> {
        let name = self.platform.as_ref().and_then(PlatformParts::name)?;
        let version = self.annotations.get(VERSION).filter(|version| is_tag(version)).cloned();
        Some(Platform { name, digest: self.digest, version })
    }
}

impl PlatformParts {
    fn name(&self) -> Option<String> {
        let parts =
            [Some(&self.os), Some(&self.architecture), self.variant.as_ref().filter(|variant| !variant.is_empty())];
        let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        // A part is a word as a tag is: nothing in it can disturb a terminal or a lock file.
        parts.iter().all(|part| is_tag(part)).then(|| parts.join("/"))
    }
}

impl Config {
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let document: ConfigDocument = serde_json::from_slice(text).ok()?;
        let parts = document.config.unwrap_or(ConfigParts { labels: None, env: None });
        let version = parts.labels.and_then(|mut labels| labels.remove(VERSION)).filter(|version| is_tag(version));
        let variables = parts.env.unwrap_or_default();
        let variables = variables.iter().filter_map(|line| line.split_once('='));
        let variables = variables
            .filter(|(name, value)| name.ends_with("_VERSION") && is_tag(value))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Some(Self { platform: document.platform.name(), version, variables })
    }
}

/// Whether two names mean one platform: `linux/arm64` is `linux/arm64/v8`, and `linux/arm` is `linux/arm/v7`.
pub(super) fn is_same_platform(one: &str, other: &str) -> bool {
    fn full(name: &str) -> &str {
        match name {
            "linux/arm64/v8" => "linux/arm64",
            "linux/arm/v7" => "linux/arm",
            "linux/amd64/v1" => "linux/amd64",
            name => name,
        }
    }
    full(one) == full(other)
}

/// The digest of `bytes`, by the algorithm of `like`; by SHA-256 if `like` has none that is known.
pub(super) fn digest(bytes: &[u8], like: &str) -> String {
    let (algorithm, hash) = match like.split(':').next() {
        Some("sha512") => ("sha512", Sha512::digest(bytes).to_vec()),
        Some("sha384") => ("sha384", Sha384::digest(bytes).to_vec()),
        _ => ("sha256", Sha256::digest(bytes).to_vec()),
    };
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{algorithm}:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hex(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn read(value: &serde_json::Value) -> Result<Summary, NoManifest> {
        Summary::read(value.to_string().as_bytes(), "application/vnd.oci.image.index.v1+json")
    }

    #[test]
    fn an_index_has_its_platforms_without_attestations() {
        let summary = read(&json!({ "manifests": [
            { "digest": hex('a'), "platform": { "os": "linux", "architecture": "amd64" },
              "annotations": { "org.opencontainers.image.version": "3.13.1-slim" } },
            { "digest": hex('b'), "platform": { "os": "linux", "architecture": "arm64", "variant": "v8" } },
            { "digest": hex('c'), "platform": { "os": "unknown", "architecture": "unknown" } },
            { "digest": hex('d'), "annotations": { "vnd.docker.reference.type": "attestation-manifest" } },
        ] }))
        .unwrap();
        let names: Vec<_> = summary.platforms.iter().map(|platform| platform.name.as_str()).collect();
        assert_eq!(names, ["linux/amd64", "linux/arm64/v8"]);
        assert_eq!(summary.platforms[0].version.as_deref(), Some("3.13.1-slim"));
        assert_eq!(summary.child("", "linux/arm64"), Some(hex('b').as_str()));
        assert_eq!(summary.child("", "linux/386"), None);
    }

    #[test]
    fn an_index_without_images_is_empty() {
        let attestation = json!({ "digest": hex('c'), "platform": { "os": "unknown", "architecture": "unknown" } });
        for manifests in [json!([]), json!([attestation])] {
            assert_eq!(read(&json!({ "manifests": manifests })), Err(NoManifest::Empty));
        }
        assert_eq!(read(&json!({ "schemaVersion": 2 })), Err(NoManifest::Empty));
    }

    #[test]
    fn damage_is_refused() {
        for value in [json!([]), json!({ "manifests": [{ "digest": "sha256:x" }] }), json!({ "mediaType": "a\u{1b}b" })]
        {
            assert!(matches!(read(&value), Err(NoManifest::Other(_))), "{value}");
        }
        assert!(Summary::read(b"<html>", "text/html").is_err());
    }

    #[test]
    fn a_config_has_platform_and_versions() {
        let text = json!({ "os": "linux", "architecture": "amd64", "config": {
            "Labels": { "org.opencontainers.image.version": "1.2.3" },
            "Env": ["PATH=/bin", "PYTHON_VERSION=3.13.1", "X_VERSION=a b"],
        } });
        let config = Config::read(text.to_string().as_bytes()).unwrap();
        assert_eq!(config.platform.as_deref(), Some("linux/amd64"));
        assert_eq!(config.version.as_deref(), Some("1.2.3"));
        assert_eq!(config.variables, [("PYTHON_VERSION".to_owned(), "3.13.1".to_owned())]);
        assert!(Config::read(b"{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Labels\":null}}").is_some());
    }

    #[test]
    fn a_digest_is_by_the_algorithm_asked_for() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(b"", ""), empty);
        assert!(is_digest(&digest(b"x", "sha512:")) && is_digest(&digest(b"x", "sha384:")));
    }
}
