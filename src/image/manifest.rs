//! The files of an archive that say what the image is made of: `manifest.json` of Docker, `index.json` and manifests of OCI.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ImageError;
use super::config::or_empty;

/// An image in the `manifest.json` that `docker save` writes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Saved {
    pub config: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub layers: Vec<String>,
}

/// A manifest, or an index of several ([OCI image manifest](https://github.com/opencontainers/image-spec/blob/main/manifest.md)).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    pub config: Option<Descriptor>,
    #[serde(default, deserialize_with = "or_empty")]
    pub layers: Vec<Descriptor>,
    #[serde(default, deserialize_with = "or_empty")]
    pub manifests: Vec<Descriptor>,
}

/// What names a blob.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub media_type: String,
    pub digest: String,
    #[serde(default, deserialize_with = "or_empty")]
    annotations: BTreeMap<String, String>,
}

const INDEXES: &[&str] =
    &["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];
const MANIFESTS: &[&str] =
    &["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];
const CONFIGS: &[&str] =
    &["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const LAYERS: &[&str] = &[
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
];

impl Descriptor {
    pub fn is_index(&self) -> bool {
        INDEXES.contains(&self.media_type.as_str())
    }

    /// Whether it describes how an image was built, and is no image
    /// ([attestation storage](https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md)).
    pub fn is_attestation(&self) -> bool {
        self.annotations.get("vnd.docker.reference.type").is_some_and(|what| what == "attestation-manifest")
    }

    pub fn expect_manifest(&self) -> Result<(), ImageError> {
        self.expect(MANIFESTS)
    }

    pub fn expect_config(&self) -> Result<(), ImageError> {
        self.expect(CONFIGS)
    }

    pub fn expect_layer(&self) -> Result<(), ImageError> {
        self.expect(LAYERS)
    }

    fn expect(&self, known: &[&str]) -> Result<(), ImageError> {
        if known.contains(&self.media_type.as_str()) {
            return Ok(());
        }
        Err(ImageError::MediaType { name: self.digest.clone(), media_type: self.media_type.clone() })
    }
}
