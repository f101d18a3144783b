//! Reads an archive: what is a layer is read as one, what is JSON is kept, and in the end the manifest says what belongs to the image.

use std::collections::HashMap;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::layer::{self, Form, Layer};
use super::manifest::{Descriptor, Manifest, Saved};
use super::stream::{Allowance, Allowed, CHUNK_BYTES, hexadecimal};
use super::tree::Tree;
use super::{Image, ImageError, config, path};

/// JSON that is larger is no manifest and no configuration.
const JSON_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// All JSON of an archive together.
const JSONS_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// An index may name indexes.
const INDEXES_DEPTH_MAX: usize = 4;
/// A layer may be a link to another one.
const LINKS_MAX: usize = 8;

/// Reads images, and keeps their layers by digest, so that a base that several images share is read once.
#[derive(Debug, Default)]
pub struct Reader {
    layers: HashMap<String, Arc<Layer>>,
}

impl Reader {
    /// Reads an archive of one image to its end. It may be what `docker save` and `podman save` write, or an OCI layout in a tar archive.
    ///
    /// # Errors
    /// If it cannot be read, is not what it says it is, or holds several images.
    pub fn read(&mut self, archive: impl Read) -> Result<Image, ImageError> {
        self.files(archive)?.image()
    }

    fn files(&mut self, archive: impl Read) -> Result<Files, ImageError> {
        let allowance = Allowance::for_headers();
        let stream = Allowed { inner: BufReader::with_capacity(CHUNK_BYTES, archive), allowance: &allowance };
        let mut archive = tar::Archive::new(stream);
        let mut files = Files::default();
        for entry in archive.entries().map_err(ImageError::Archive)? {
            allowance.lift();
            let mut entry = entry.map_err(ImageError::Archive)?;
            let name = file_name(&entry.path_bytes()).map_err(ImageError::Archive)?;
            let kind = entry.header().entry_type();
            if kind.is_file() {
                let size = entry.size();
                let file = self.file(&name, size, &mut entry, &mut files.json_bytes)?;
                files.by_name.insert(name, file);
            } else if kind.is_symlink() || kind.is_hard_link() {
                let target = entry.link_name_bytes().unwrap_or_default();
                let folder =
                    if kind.is_symlink() { name.rsplit_once('/').map_or("", |(folder, _)| folder) } else { "" };
                let target = [folder.as_bytes(), b"/", target.as_ref()].concat();
                files.by_name.insert(name, File::Link(file_name(&target).map_err(ImageError::Archive)?));
            }
            io::copy(&mut entry, &mut io::sink()).map_err(ImageError::Archive)?;
            allowance.renew();
        }
        // Whoever writes into a pipe is let finish.
        io::copy(&mut archive.into_inner().inner, &mut io::sink()).map_err(ImageError::Archive)?;
        Ok(files)
    }

    /// Reads a file of the archive to its end.
    fn file(&mut self, name: &str, size: u64, entry: &mut dyn Read, json_bytes: &mut u64) -> Result<File, ImageError> {
        let named = name.strip_prefix("blobs/sha256/");
        if let Some(layer) = named.and_then(|digest| self.layers.get(digest)) {
            let bytes = io::copy(entry, &mut io::sink()).map_err(ImageError::Archive)?;
            return complete(name, bytes, size).map(|()| File::Layer(layer.clone()));
        }
        let mut start = Vec::with_capacity(Form::START_BYTES);
        let in_file = |source| ImageError::Layer { name: name.to_owned(), source };
        (&mut *entry).take(Form::START_BYTES as u64).read_to_end(&mut start).map_err(in_file)?;
        let whole = start.as_slice().chain(entry);
        let (file, digest) = if let Some(form) = Form::of(&start) {
            let (layer, blob) = layer::read(whole, form).map_err(in_file)?;
            complete(name, blob.bytes, size)?;
            (File::Layer(Arc::new(layer)), blob.digest)
        } else if matches!(start.trim_ascii_start().first(), Some(b'{' | b'[')) {
            *json_bytes += size.min(JSON_BYTES_MAX);
            if size > JSON_BYTES_MAX || *json_bytes > JSONS_BYTES_MAX {
                return Err(ImageError::TooLarge { name: name.to_owned(), max: JSON_BYTES_MAX });
            }
            let mut json = Vec::new();
            { whole }.read_to_end(&mut json).map_err(in_file)?;
            complete(name, json.len() as u64, size)?;
            let digest = hexadecimal(&Sha256::digest(&json));
            (File::Json(json), digest)
        } else {
            return Ok(File::Other);
        };
        if let Some(expected) = named {
            if expected != digest {
                return Err(ImageError::Digest { name: name.to_owned(), digest, expected: expected.to_owned() });
            }
            if let File::Layer(layer) = &file {
                self.layers.insert(digest, layer.clone());
            }
        }
        Ok(file)
    }
}

fn complete(name: &str, bytes: u64, expected: u64) -> Result<(), ImageError> {
    if bytes == expected {
        return Ok(());
    }
    Err(ImageError::Truncated { name: name.to_owned(), bytes, expected })
}

/// The name of a file in the archive, without what comes before its first folder.
fn file_name(name: &[u8]) -> io::Result<String> {
    Ok(path::shown(&path::normal(name)?[1..]))
}

/// The files of an archive.
#[derive(Default)]
struct Files {
    by_name: HashMap<String, File>,
    json_bytes: u64,
}

enum File {
    Json(Vec<u8>),
    Layer(Arc<Layer>),
    Link(String),
    /// What no image is made of.
    Other,
}

/// What an image is made of, by names of files.
struct Parts {
    config: String,
    layers: Vec<String>,
}

impl Files {
    fn image(&self) -> Result<Image, ImageError> {
        let parts = if self.by_name.contains_key("manifest.json") { self.saved()? } else { self.oci()? };
        let json = self.json(&parts.config)?;
        let in_config = |source| ImageError::Json { name: parts.config.clone(), source };
        let (config, digests) = config::parse(json).map_err(in_config)?;
        if digests.len() != parts.layers.len() {
            return Err(ImageError::LayerCount { count: parts.layers.len(), expected: digests.len() });
        }
        let mut layers = Vec::new();
        for (name, expected) in parts.layers.iter().zip(digests) {
            let layer = self.layer(name)?;
            if layer.digest != expected {
                let digest = layer.digest.trim_start_matches("sha256:").to_owned();
                return Err(ImageError::Digest { name: name.clone(), digest, expected });
            }
            layers.push(layer);
        }
        let tree = Tree::of(&layers)?;
        Ok(Image { id: format!("sha256:{}", hexadecimal(&Sha256::digest(json))), config, layers, tree })
    }

    /// By `manifest.json`, which Docker, podman and buildah write.
    fn saved(&self) -> Result<Parts, ImageError> {
        let images: Vec<Saved> = self.parsed("manifest.json")?;
        let count = images.len();
        let Ok([image]) = <[Saved; 1]>::try_from(images) else {
            return Err(ImageError::Count { count });
        };
        Ok(Parts { config: image.config, layers: image.layers })
    }

    /// By `index.json` ([OCI image layout](https://github.com/opencontainers/image-spec/blob/main/image-layout.md)).
    fn oci(&self) -> Result<Parts, ImageError> {
        if !self.by_name.contains_key("index.json") {
            return Err(ImageError::NoManifest);
        }
        let mut images = Vec::new();
        self.images_of_index("index.json", INDEXES_DEPTH_MAX, &mut images)?;
        let [image] = images.as_slice() else {
            return Err(ImageError::Count { count: images.len() });
        };
        image.expect_manifest()?;
        let manifest: Manifest = self.parsed(&blob(&image.digest))?;
        let Some(config) = manifest.config else {
            return Err(ImageError::Missing { name: format!("the configuration of {}", image.digest) });
        };
        config.expect_config()?;
        manifest.layers.iter().try_for_each(Descriptor::expect_layer)?;
        let layers = manifest.layers.iter().map(|layer| blob(&layer.digest)).collect();
        Ok(Parts { config: blob(&config.digest), layers })
    }

    /// Adds the images that an index names, each once.
    fn images_of_index(&self, name: &str, depth: usize, images: &mut Vec<Descriptor>) -> Result<(), ImageError> {
        let index: Manifest = self.parsed(name)?;
        for image in index.manifests.into_iter().filter(|image| !image.is_attestation()) {
            if image.is_index() && depth > 0 {
                self.images_of_index(&blob(&image.digest), depth - 1, images)?;
            } else if !images.iter().any(|other| other.digest == image.digest) {
                images.push(image);
            }
        }
        Ok(())
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, ImageError> {
        serde_json::from_slice(self.json(name)?).map_err(|source| ImageError::Json { name: name.to_owned(), source })
    }

    fn json(&self, name: &str) -> Result<&[u8], ImageError> {
        match self.found(name) {
            Some(File::Json(json)) => Ok(json),
            _ => Err(ImageError::Missing { name: name.to_owned() }),
        }
    }

    fn layer(&self, name: &str) -> Result<Arc<Layer>, ImageError> {
        match self.found(name) {
            Some(File::Layer(layer)) => Ok(layer.clone()),
            Some(_) => Err(ImageError::NotALayer { name: name.to_owned() }),
            None => Err(ImageError::Missing { name: name.to_owned() }),
        }
    }

    fn found(&self, name: &str) -> Option<&File> {
        let mut name = file_name(name.as_bytes()).ok()?;
        for _ in 0..LINKS_MAX {
            match self.by_name.get(&name)? {
                File::Link(target) => name.clone_from(target),
                file => return Some(file),
            }
        }
        None
    }
}

/// Where an OCI layout has the blob with a digest.
fn blob(digest: &str) -> String {
    format!("blobs/{}", digest.replacen(':', "/", 1))
}
