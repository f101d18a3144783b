//! The files of an archive that say what the image is made of: `manifest.json` of Docker, `index.json` and manifests of OCI.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ImageError;
use super::config::or_empty;
use crate::known::{Table, table};

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

/// What blobs of images are, by their media types.
static MEDIA_TYPES: Table = table!("media_types.txt");

impl Descriptor {
    pub fn is_index(&self) -> bool {
        MEDIA_TYPES.has(&self.media_type, "index")
    }

    /// Whether it describes how an image was built, and is no image
    /// ([attestation storage](https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md)).
    pub fn is_attestation(&self) -> bool {
        self.annotations.get("vnd.docker.reference.type").is_some_and(|what| what == "attestation-manifest")
    }

    pub fn expect_manifest(&self) -> Result<(), ImageError> {
        self.expect("manifest")
    }

    pub fn expect_config(&self) -> Result<(), ImageError> {
        self.expect("configuration")
    }

    pub fn expect_layer(&self) -> Result<(), ImageError> {
        self.expect("layer")
    }

    fn expect(&self, what: &str) -> Result<(), ImageError> {
        if MEDIA_TYPES.has(&self.media_type, what) {
            return Ok(());
        }
        Err(ImageError::MediaType { name: self.digest.clone(), media_type: self.media_type.clone() })
    }
}
