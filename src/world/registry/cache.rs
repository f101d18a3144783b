//! What registries said before, on disk. Nothing in it is secret, and nothing breaks if it is gone, damaged or cannot be written.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::manifest::{self, Config, Summary};
use crate::syntax::is_digest;

/// How long an answer about a tag counts.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// How long it counts that there is no such tag.
const FRESH_MISSING: SignedDuration = SignedDuration::from_mins(15);

/// Largest file that is read.
const ENTRY_BYTES_MAX: u64 = 1 << 20;

/// The folder below the cache folder of the user. Its last part changes with the form of the files.
const FOLDER: &str = "dockeropt/registry-v1";

/// The cache. Several processes may use one folder.
#[derive(Debug)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    now: Timestamp,
}

/// What a registry has under a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub digest: String,
    pub media_type: String,
    pub fetched: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct TagEntry {
    reference: String,
    /// `None` if there is no such tag.
    digest: Option<String>,
    media_type: String,
    fetched: String,
}

/// A kind of entry that is true for ever, since its name is the digest of what it was read from.
pub(super) trait Lasting: Serialize + DeserializeOwned {
    const KIND: &'static str;
}

impl Lasting for Summary {
    const KIND: &'static str = "summary";
}

impl Lasting for Config {
    const KIND: &'static str = "config";
}

#[derive(Serialize, Deserialize)]
struct LastingEntry<T> {
    kind: String,
    digest: String,
    content: T,
}

impl Cache {
    /// The cache in `folder`, or in the cache folder of the user.
    pub fn new(folder: Option<PathBuf>, of_user: Option<PathBuf>, now: Timestamp) -> Self {
        let folder = folder.or_else(|| Some(of_user?.join(FOLDER)));
        Self { folder, now }
    }

    /// What is known about a tag, if it is fresh; `Some(None)` if it is known that there is none.
    pub fn tag(&self, reference: &str) -> Option<Option<Tag>> {
        let (fetched, tag) = self.tag_of_any_age(reference)?;
        let fresh = if tag.is_some() { FRESH } else { FRESH_MISSING };
        let age = self.now.duration_since(fetched);
        // What was written in the future was written by another clock.
        (SignedDuration::ZERO..fresh).contains(&age).then_some(tag)
    }

    /// What was known about a tag, and when.
    pub fn tag_of_any_age(&self, reference: &str) -> Option<(Timestamp, Option<Tag>)> {
        let entry: TagEntry = read(&self.tag_path(reference)?)?;
        let fetched = entry.fetched.parse().ok()?;
        let is_fine = entry.reference == reference && entry.digest.as_deref().is_none_or(is_digest);
        let media_type = entry.media_type;
        is_fine.then(|| (fetched, entry.digest.map(|digest| Tag { digest, media_type, fetched })))
    }

    /// Keeps what is known about a tag; `None` if there is none.
    pub fn keep_tag(&self, reference: &str, tag: Option<&Tag>) {
        let entry = TagEntry {
            reference: reference.to_owned(),
            digest: tag.map(|tag| tag.digest.clone()),
            media_type: tag.map(|tag| tag.media_type.clone()).unwrap_or_default(),
            fetched: self.now.to_string(),
        };
        if let Some(path) = self.tag_path(reference) {
            let _ = write(&path, &entry);
        }
    }

    /// What was read from the blob or manifest `digest`.
    pub fn lasting<T: Lasting>(&self, digest: &str) -> Option<T> {
        let entry: LastingEntry<T> = read(&self.blob_path(digest)?)?;
        (entry.kind == T::KIND && entry.digest == digest).then_some(entry.content)
    }

    pub fn keep<T: Lasting>(&self, digest: &str, content: T) {
        let entry = LastingEntry { kind: T::KIND.to_owned(), digest: digest.to_owned(), content };
        if let Some(path) = self.blob_path(digest) {
            let _ = write(&path, &entry);
        }
    }

    fn tag_path(&self, reference: &str) -> Option<PathBuf> {
        let name = manifest::digest(reference.as_bytes(), "sha256");
        Some(self.folder.as_ref()?.join("ref").join(name.trim_start_matches("sha256:")).with_extension("json"))
    }

    /// A colon is no part of a file name everywhere.
    fn blob_path(&self, digest: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join("blob").join(digest.replace(':', "-")).with_extension("json"))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > ENTRY_BYTES_MAX {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Writes beside and renames, so that nobody ever reads half an entry.
fn write<T: Serialize>(path: &Path, entry: &T) -> Option<()> {
    let folder = path.parent()?;
    fs::create_dir_all(folder).ok()?;
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).ok()?;
    file.write_all(&serde_json::to_vec(entry).ok()?).ok()?;
    file.persist(path).ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "docker.io/library/x:1";

    fn cache_at(folder: &Path, now: &str) -> Cache {
        Cache::new(Some(folder.to_owned()), None, now.parse().unwrap())
    }

    fn tag(cache: &Cache) -> Tag {
        Tag { digest: manifest::digest(b"", ""), media_type: "t".to_owned(), fetched: cache.now }
    }

    #[test]
    fn an_answer_is_fresh_for_an_hour_and_a_missing_tag_for_a_quarter() {
        let folder = tempfile::tempdir().unwrap();
        let at = |time: &str| cache_at(folder.path(), &format!("2026-01-01T{time}Z"));
        let cache = at("12:00:00");
        cache.keep_tag(REFERENCE, Some(&tag(&cache)));
        cache.keep_tag("docker.io/library/y:1", None);
        for (time, fresh, missing) in [("12:14:59", true, true), ("12:59:59", true, false), ("13:00:00", false, false)]
        {
            assert_eq!(at(time).tag(REFERENCE).is_some(), fresh, "{time}");
            assert_eq!(at(time).tag("docker.io/library/y:1"), missing.then_some(None), "{time}");
        }
        assert_eq!(at("11:59:59").tag(REFERENCE), None, "from the future");
        assert!(at("23:00:00").tag_of_any_age(REFERENCE).is_some());
    }

    #[test]
    fn what_is_damaged_or_foreign_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache_at(folder.path(), "2026-01-01T00:00:00Z");
        let path = cache.tag_path(REFERENCE).unwrap();
        cache.keep_tag("docker.io/library/y:1", Some(&tag(&cache)));
        let foreign = fs::read(cache.tag_path("docker.io/library/y:1").unwrap()).unwrap();
        let bad_digest = br#"{"reference":"docker.io/library/x:1","digest":"sha256:x","media_type":"","fetched":"2026-01-01T00:00:00Z"}"#;
        for text in [&b"{"[..], b"", b"null", &foreign, bad_digest] {
            fs::write(&path, text).unwrap();
            assert_eq!(cache.tag(REFERENCE), None);
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(cache.tag(REFERENCE), None);
        cache.keep_tag(REFERENCE, Some(&tag(&cache)));
    }

    #[test]
    fn kinds_are_not_confused() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache_at(folder.path(), "2026-01-01T00:00:00Z");
        let digest = manifest::digest(b"x", "");
        let config = Config { platform: None, version: None, variables: Vec::new() };
        cache.keep(&digest, config.clone());
        assert_eq!(cache.lasting::<Config>(&digest), Some(config));
        assert_eq!(cache.lasting::<Summary>(&digest), None);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = cache_at(&file.path().join("below"), "2026-01-01T00:00:00Z");
        cache.keep_tag(REFERENCE, None);
        assert_eq!(cache.tag(REFERENCE), None);
        let nowhere = Cache::new(None, None, cache.now);
        nowhere.keep_tag(REFERENCE, None);
        assert_eq!(nowhere.tag(REFERENCE), None);
    }
}
