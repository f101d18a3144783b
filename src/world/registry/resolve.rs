//! The door: what a registry has under a name, from the cache or asked for once.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::cache::{Cache, Tag};
use super::client::{Client, Head, lock};
use super::credentials::Credentials;
use super::environment::Environment;
use super::error::{Because, RegistryError};
use super::hosts::Hosts;
use super::manifest::{Config, INDEX_BYTES_MIN, NoManifest, Platform, Summary, is_index, is_same_platform};
use super::mirrors::{Endpoint, Mirrors};
use crate::syntax::ImageReference;

/// How long a question may take, with all of its retries.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

/// A host that fails this often in a row is not asked any more.
const FAILURES_MAX: u32 = 3;

/// How long platforms that are missing may still come: official images are filled in over hours. What has been missing for longer was
/// dropped on purpose.
const PUBLISH_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How registries are asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether nothing may be asked: only the cache counts, of any age.
    pub offline: bool,
    /// The folder of the cache, if not `dockeropt/registry-v1` in the user's cache folder.
    pub cache_dir: Option<PathBuf>,
    /// How long a question may take, with all of its retries.
    pub timeout: Duration,
    pub hosts: Hosts,
    /// When the program was started; the age of what is in the cache is told by it.
    pub now: Timestamp,
}

/// What a registry has under a name and a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The canonical reference: registry, repository and tag in full.
    pub reference: String,
    /// Of the index where there is one, so that it is good for all platforms.
    pub digest: String,
    pub media_type: String,
    /// Empty for an image for one platform, whose manifest does not name it: [`Resolver::platforms`] looks further.
    pub platforms: Vec<Platform>,
    /// When the registry said so.
    pub fetched: Timestamp,
}

/// Asks registries, each question once.
pub struct Resolver {
    pub(super) settings: Settings,
    client: Client,
    mirrors: Mirrors,
    /// The hosts that the user has a login for.
    logins: Vec<String>,
    pub(super) cache: Cache,
    tags: Once<Tag>,
    images: Once<Fresh>,
    summaries: Once<Summary>,
    configs: Once<Config>,
    /// How often each host failed in a row, and how.
    failures: Mutex<HashMap<String, (u32, Because)>>,
}

/// An image that was asked for by this process.
#[derive(Clone, Debug)]
struct Fresh {
    image: Image,
    /// The platforms that the cache knew of shortly before.
    before: Vec<String>,
}

impl Resolver {
    /// A resolver with the user's logins and mirrors. Offline, neither is read.
    ///
    /// # Errors
    /// If a file of settings is damaged.
    pub fn new(settings: Settings) -> Result<Self, RegistryError> {
        Self::in_environment(settings, &Environment::of_process())
    }

    /// The same in another environment than that of the process. Proxies and certificates are the process's all the same.
    ///
    /// # Errors
    /// If a file of settings is damaged.
    pub fn in_environment(settings: Settings, environment: &Environment) -> Result<Self, RegistryError> {
        let (credentials, mirrors) = if settings.offline {
            (Credentials::default(), Mirrors::default())
        } else {
            (Credentials::read(environment)?, Mirrors::read(environment)?)
        };
        let logins = credentials.hosts();
        let cache = Cache::new(settings.cache_dir.clone(), environment.cache_folder(), settings.now);
        let client = Client::new(environment, credentials, settings.timeout, settings.now);
        Ok(Self {
            settings,
            client,
            mirrors,
            logins,
            cache,
            tags: Once::default(),
            images: Once::default(),
            summaries: Once::default(),
            configs: Once::default(),
            failures: Mutex::default(),
        })
    }

    /// What the registry has under the tag of `reference` now; a digest in it does not count. The cache is looked at first. Else it is
    /// one HEAD, and one GET by digest where the digest has never been seen.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn image(&self, reference: &ImageReference) -> Result<Image, RegistryError> {
        self.known_image(reference).map_err(|because| because.about(reference.canonical()))
    }

    /// The same past the cache, unless this process has asked already. Fails if one of `known_platforms`, or of those that the cache
    /// knew of a day ago or later, is missing.
    ///
    /// # Errors
    /// Why it is not known. Offline nothing is known anew.
    pub fn image_anew(&self, reference: &ImageReference, known_platforms: &[String]) -> Result<Image, RegistryError> {
        self.complete_image(reference, known_platforms).map_err(|because| because.about(reference.canonical()))
    }

    /// The platforms of the image; where it is for one alone, as its configuration says: one or two GETs, once for ever.
    ///
    /// # Errors
    /// Why they are not known.
    pub fn platforms(&self, reference: &ImageReference) -> Result<Vec<Platform>, RegistryError> {
        let platforms = self.known_image(reference).and_then(|image| self.platforms_of(reference, &image));
        platforms.map_err(|because| because.about(reference.canonical()))
    }

    pub(super) fn known_image(&self, reference: &ImageReference) -> Result<Image, Because> {
        let name = reference.canonical();
        if let Some(Ok(fresh)) = self.images.done(&name) {
            return Ok(fresh.image);
        }
        self.is_allowed(reference)?;
        match self.cached_tag(&name) {
            Some(Some(tag)) => match self.inspected(reference, tag) {
                // The cache knows the tag alone, and what it meant is gone or was not finished.
                Err(Because::NotFound | Because::IndexEmpty) => self.fresh_image(reference).map(|fresh| fresh.image),
                known => known,
            },
            Some(None) => Err(Because::NotFound),
            None => self.fresh_image(reference).map(|fresh| fresh.image),
        }
    }

    fn complete_image(&self, reference: &ImageReference, known_platforms: &[String]) -> Result<Image, Because> {
        let Fresh { image, before } = self.fresh_image(reference)?;
        let known: Vec<_> = known_platforms.iter().chain(&before).cloned().collect();
        let platforms = if known.is_empty() { Vec::new() } else { self.platforms_of(reference, &image)? };
        let missing = missing(&known, &platforms);
        if missing.is_empty() { Ok(image) } else { Err(Because::Incomplete { missing }) }
    }

    fn platforms_of(&self, reference: &ImageReference, image: &Image) -> Result<Vec<Platform>, Because> {
        let summary = self.summary(reference, &image.digest)?;
        if summary.config.is_none() {
            return Ok(summary.platforms);
        }
        let config = self.config(reference, &image.digest)?;
        let (digest, version) = (image.digest.clone(), config.version);
        Ok(config.platform.map(|name| Platform { name, digest, version }).into_iter().collect())
    }

    /// What the cache says of a tag; offline at any age.
    fn cached_tag(&self, name: &str) -> Option<Option<Tag>> {
        let fresh = self.cache.tag(name);
        if fresh.is_some() || !self.settings.offline {
            return fresh;
        }
        let (_, tag) = self.cache.tag_of_any_age(name)?;
        tag.map(Some)
    }

    /// What the registry has under a tag: its digest, not what is behind it.
    pub(super) fn tag(&self, reference: &ImageReference) -> Result<Tag, Because> {
        let name = reference.canonical();
        match self.cached_tag(&name) {
            Some(Some(tag)) => Ok(tag),
            Some(None) => Err(Because::NotFound),
            None => {
                let tag = self.fresh_tag(reference)?;
                self.cache.keep_tag(&name, Some(&tag));
                Ok(tag)
            }
        }
    }

    fn fresh_tag(&self, reference: &ImageReference) -> Result<Tag, Because> {
        let name = reference.canonical();
        self.tags.get(&name, || {
            let head = self.ask(reference, |endpoint| self.client.head(endpoint, reference.tag_or_latest()));
            if head == Err(Because::NotFound) {
                self.cache.keep_tag(&name, None);
            }
            let Head { digest, media_type, length } = head?;
            if is_index(&media_type) && length.is_some_and(|length| length < INDEX_BYTES_MIN) {
                return Err(Because::IndexEmpty);
            }
            Ok(Tag { digest, media_type, fetched: self.settings.now })
        })
    }

    fn fresh_image(&self, reference: &ImageReference) -> Result<Fresh, Because> {
        let name = reference.canonical();
        self.images.get(&name, || {
            let before = self.platforms_before(&name);
            let tag = self.fresh_tag(reference)?;
            let image = self.inspected(reference, tag.clone())?;
            // What is half published is asked for again the next time.
            if missing(&before, &image.platforms).is_empty() {
                self.cache.keep_tag(&name, Some(&tag));
            }
            Ok(Fresh { image, before })
        })
    }

    fn platforms_before(&self, name: &str) -> Vec<String> {
        let Some((fetched, Some(tag))) = self.cache.tag_of_any_age(name) else { return Vec::new() };
        if self.settings.now.duration_since(fetched) > PUBLISH_MAX {
            return Vec::new();
        }
        let summary = self.cache.lasting::<Summary>(&tag.digest);
        summary.into_iter().flat_map(|summary| summary.platforms).map(|platform| platform.name).collect()
    }

    fn inspected(&self, reference: &ImageReference, tag: Tag) -> Result<Image, Because> {
        let Summary { media_type, platforms, .. } = self.summary(reference, &tag.digest)?;
        let Tag { digest, fetched, .. } = tag;
        Ok(Image { reference: reference.canonical(), digest, media_type, platforms, fetched })
    }

    /// What stands behind `digest` in the repository of `reference`.
    pub(super) fn summary(&self, reference: &ImageReference, digest: &str) -> Result<Summary, Because> {
        if let Some(summary) = self.cache.lasting(digest) {
            return Ok(summary);
        }
        self.summaries.get(&in_repository(reference, digest), || {
            let summary = self.ask(reference, |endpoint| {
                let (text, media_type) = self.client.manifest(endpoint, digest)?;
                Summary::read(&text, &media_type).map_err(|error| match error {
                    NoManifest::Empty => Because::IndexEmpty,
                    NoManifest::Other(what) => Because::Damaged { host: endpoint.host.clone(), what: what.to_owned() },
                })
            })?;
            self.cache.keep(digest, summary.clone());
            Ok(summary)
        })
    }

    /// The configuration of the manifest `digest`, which is for one platform.
    pub(super) fn config(&self, reference: &ImageReference, digest: &str) -> Result<Config, Because> {
        let Some(digest) = self.summary(reference, digest)?.config else { return Err(Because::IndexEmpty) };
        if let Some(config) = self.cache.lasting(&digest) {
            return Ok(config);
        }
        self.configs.get(&in_repository(reference, &digest), || {
            let config = self.ask(reference, |endpoint| {
                let text = self.client.blob(endpoint, &digest)?;
                let what = || "a configuration that is none".to_owned();
                Config::read(&text).ok_or_else(|| Because::Damaged { host: endpoint.host.clone(), what: what() })
            })?;
            self.cache.keep(&digest, config.clone());
            Ok(config)
        })
    }

    /// A page of the tags of a repository, and the query for the next one.
    pub(super) fn tags_page(
        &self,
        reference: &ImageReference,
        query: &str,
    ) -> Result<(Vec<u8>, Option<String>), Because> {
        self.ask(reference, |endpoint| self.client.tags(endpoint, query))
    }

    fn is_allowed(&self, reference: &ImageReference) -> Result<(), Because> {
        let host = &reference.registry;
        let is_fine = self.settings.offline || self.settings.hosts.allow(host, &self.logins);
        if is_fine { Ok(()) } else { Err(Because::NotAllowed { host: host.clone() }) }
    }

    /// Asks the mirrors of a registry and then itself; the first answer counts, or the last error.
    fn ask<T>(
        &self,
        reference: &ImageReference,
        question: impl Fn(&Endpoint) -> Result<T, Because>,
    ) -> Result<T, Because> {
        if self.settings.offline {
            return Err(Because::Offline);
        }
        self.is_allowed(reference)?;
        let mut last = Because::Settings { reason: "registries.conf names no place that could be asked".to_owned() };
        for endpoint in self.mirrors.endpoints(reference)? {
            if let Some(because) = self.given_up(&endpoint.host) {
                last = because;
                continue;
            }
            let answer = question(&endpoint);
            self.note(&endpoint.host, answer.as_ref().err());
            match answer {
                Ok(answer) => return Ok(answer),
                Err(because) => last = because,
            }
        }
        Err(last)
    }

    /// Why `host` is not asked any more.
    fn given_up(&self, host: &str) -> Option<Because> {
        let failures = lock(&self.failures);
        failures.get(host).filter(|(count, _)| *count >= FAILURES_MAX).map(|(_, because)| because.clone())
    }

    fn note(&self, host: &str, failure: Option<&Because>) {
        let mut failures = lock(&self.failures);
        match failure.filter(|because| because.is_of_the_host()) {
            Some(because) => {
                let count = failures.get(host).map_or(0, |(count, _)| *count);
                failures.insert(host.to_owned(), (count + 1, because.clone()));
            }
            None => {
                failures.remove(host);
            }
        }
    }
}

fn in_repository(reference: &ImageReference, digest: &str) -> String {
    format!("{}/{}@{digest}", reference.registry, reference.repository)
}

/// Those of `known` that are not among `platforms`, each once.
fn missing(known: &[String], platforms: &[Platform]) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for name in known {
        let mut there = platforms.iter().map(|platform| &platform.name).chain(&missing);
        if !there.any(|there| is_same_platform(there, name)) {
            missing.push(name.clone());
        }
    }
    missing
}

/// Answers by name. Who asks for one that is being found waits for it.
struct Once<T>(Mutex<HashMap<String, Answer<T>>>);

type Answer<T> = Arc<OnceLock<Result<T, Because>>>;

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Once<T> {
    fn get(&self, name: &str, find: impl FnOnce() -> Result<T, Because>) -> Result<T, Because> {
        let answer = Arc::clone(lock(&self.0).entry(name.to_owned()).or_default());
        answer.get_or_init(find).clone()
    }

    /// The answer, if it has been found.
    fn done(&self, name: &str) -> Option<Result<T, Because>> {
        let answer = lock(&self.0).get(name).map(Arc::clone)?;
        answer.get().cloned()
    }
}
