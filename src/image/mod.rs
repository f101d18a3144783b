//! A built container image, read from what an engine saves, and how two of them differ.
//!
//! [`Reader`] reads the archive that `docker save`, `podman save` or `buildah push` writes, in one pass, and unpacks nothing: of a file it keeps what is needed
//! to compare it. [`Image`] has the configuration, the layers, and the [`Tree`] that they make. [`differences`] compares two trees, [`missing_libraries`] and
//! [`Image::packages`] say what an image lacks and has.
//!
//! Contents are compared by SHA-256. What differs between two builds of the same file is left out of it:
//!
//! - Of a `.pyc` file the bytes from 4 up to 16: flags, and then time and size, or hash, of the source
//!   ([PEP 552](https://peps.python.org/pep-0552/#specification)). The magic number, which tells the version of Python, is part of it.
//! - Of a gzip file the bytes from 4 up to 8: the time of the original ([RFC 1952, section 2.3](https://www.rfc-editor.org/rfc/rfc1952#section-2.3)).
//!
//! An archive is not trusted. What it says of sizes and digests is checked against what is there, paths cannot leave the image, and the memory that is used
//! grows with the number of files, not with their sizes.

mod archive;
mod compression;
mod config;
mod content;
mod difference;
mod elf;
mod layer;
mod libraries;
mod manifest;
mod packages;
mod path;
mod stream;
mod tree;

#[cfg(test)]
pub(crate) mod tests;

use std::io;
use std::sync::Arc;

pub use archive::Reader;
pub use config::{Config, History};
pub use difference::{Change, Difference, differences};
pub use elf::Elf;
pub use layer::Layer;
pub use libraries::{MissingLibrary, missing_libraries};
pub use packages::{Manager, Packages};
pub use tree::{Kind, Node, Tree};

/// An image: how it is started, and the files that it has.
#[derive(Debug, Clone)]
pub struct Image {
    /// The digest of the configuration, which is the image ID: `sha256:` and 64 hexadecimal digits.
    pub id: String,
    pub config: Config,
    /// From the lowest to the highest.
    pub layers: Vec<Arc<Layer>>,
    /// The files of all layers together.
    pub tree: Tree,
}

impl Image {
    /// The bytes of the files in all layers, those that a higher layer hides too.
    pub fn bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.bytes).sum()
    }

    /// The bytes of the layers as they are pushed and pulled.
    pub fn compressed_bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.compressed_bytes).sum()
    }

    /// The packages that are installed, by the data of their managers.
    pub fn packages(&self) -> Packages {
        packages::packages(&self.tree)
    }
}

/// An archive could not be read as one image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error("could not read the archive: {0}")]
    Archive(#[source] io::Error),
    #[error("could not read {name} of the archive: {source}")]
    Layer { name: String, source: io::Error },
    #[error("{name} of the archive ends after {bytes} bytes, of {expected}")]
    Truncated { name: String, bytes: u64, expected: u64 },
    #[error("{name} of the archive is larger than {max} bytes")]
    TooLarge { name: String, max: u64 },
    #[error("{name} of the archive has the digest sha256:{digest}, not {expected}")]
    Digest { name: String, digest: String, expected: String },
    #[error("could not understand {name} of the archive: {source}")]
    Json { name: String, source: serde_json::Error },
    #[error("the archive has neither a manifest.json nor an index.json, so it is no image")]
    NoManifest,
    #[error("the archive holds {count} images, not one")]
    Count { count: usize },
    #[error("the archive lacks {name}, which the image is made of")]
    Missing { name: String },
    #[error("{name} of the archive is no layer: neither a tar archive nor one compressed by gzip or zstd")]
    NotALayer { name: String },
    #[error("{name} of the archive has the media type {media_type}, which is not known")]
    MediaType { name: String, media_type: String },
    #[error("the configuration names {expected} layers, the manifest {count}")]
    LayerCount { count: usize, expected: usize },
    #[error("{path} is a hard link to {target}, which is no file that comes before it")]
    Link { path: String, target: String },
}
