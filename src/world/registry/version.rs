//! The exact version behind a tag that moves: `latest` is `3.14.7`, and it is proven.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::error::{Because, RegistryError};
use super::manifest::is_same_platform;
use super::resolve::{Image, Resolver};
use crate::syntax::{ImageReference, is_tag};
use crate::world::FACTS;

/// Most pages of a list of tags that are read.
const PAGES_MAX: usize = 2;

/// How many tags a page is asked to have.
const PAGE_QUERY: &str = "n=1000";

/// Most candidates of one source that are asked for.
const CANDIDATES_MAX: usize = 8;

/// What a candidate is compared with.
struct Target<'a> {
    reference: &'a ImageReference,
    platform: &'a str,
    image: &'a Image,
    /// The digest of the image for the platform.
    child: &'a str,
}

#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl Resolver {
    /// A tag with a full version that is the same image as `reference` for `platform`: the digests for it are equal now. Candidates
    /// are `candidates`, then what the index says, what the configuration says, and the newest of the list of tags. A tag that has a
    /// full version already is its own. `None` if nothing is proven.
    ///
    /// # Errors
    /// If the image itself is not known, or the registry gives no more answers.
    pub fn exact_version(
        &self,
        reference: &ImageReference,
        platform: &str,
        candidates: &[String],
    ) -> Result<Option<String>, RegistryError> {
        self.proven(reference, platform, candidates).map_err(|because| because.about(reference.canonical()))
    }

    fn proven(
        &self,
        reference: &ImageReference,
        platform: &str,
        candidates: &[String],
    ) -> Result<Option<String>, Because> {
        let image = &self.known_image(reference)?;
        let tag = reference.tag_or_latest();
        if is_exact(tag) {
            return Ok(Some(tag.to_owned()));
        }
        let summary = self.summary(reference, &image.digest)?;
        let Some(child) = summary.child(&image.digest, platform) else { return Ok(None) };
        let target = Target { reference, platform, image, child };
        let mut tried = BTreeSet::new();
        if let Some(proven) = self.first_proven(&target, candidates, &mut tried)? {
            return Ok(Some(proven));
        }
        let annotated = image.platforms.iter().find(|child| is_same_platform(&child.name, platform));
        let annotated = annotated.and_then(|child| child.version.as_deref());
        if let Some(proven) = self.first_proven(&target, &spelled(annotated, tag), &mut tried)? {
            return Ok(Some(proven));
        }
        let configured = allowed_to_fail(self.configured_versions(&target))?.unwrap_or_default();
        if let Some(proven) = self.first_proven(&target, &configured, &mut tried)? {
            return Ok(Some(proven));
        }
        let listed = allowed_to_fail(self.listed_versions(reference))?.unwrap_or_default();
        self.first_proven(&target, &listed, &mut tried)
    }

    /// The first candidate that is the same image. What one HEAD can prove is looked for before anything is fetched.
    fn first_proven(
        &self,
        target: &Target<'_>,
        candidates: &[String],
        tried: &mut BTreeSet<String>,
    ) -> Result<Option<String>, Because> {
        let candidates = candidates.iter().filter(|candidate| is_exact(candidate) && is_tag(candidate));
        let new: Vec<_> =
            candidates.filter(|candidate| tried.insert((*candidate).clone())).take(CANDIDATES_MAX).collect();
        let mut others = Vec::new();
        for candidate in new {
            let Some(reference) = with_tag(target.reference, candidate) else { continue };
            let Some(tag) = allowed_to_fail(self.tag(&reference))? else { continue };
            if tag.digest == target.image.digest || tag.digest == target.child {
                return Ok(Some(candidate.clone()));
            }
            others.push((candidate, reference, tag.digest));
        }
        for (candidate, reference, digest) in others {
            let Some(summary) = allowed_to_fail(self.summary(&reference, &digest))? else { continue };
            if summary.child(&digest, target.platform) == Some(target.child) {
                return Ok(Some(candidate.clone()));
            }
        }
        Ok(None)
    }

    /// What label and variables of the image say. Only a hint: both may come from the image below.
    fn configured_versions(&self, target: &Target<'_>) -> Result<Vec<String>, Because> {
        let config = self.config(target.reference, target.child)?;
        let name = target.reference.repository.rsplit('/').next().unwrap_or_default();
        let own = format!("{}_VERSION", name.to_ascii_uppercase().replace('-', "_"));
        let (of_own, of_others): (Vec<_>, Vec<_>) = config.variables.iter().partition(|(name, _)| *name == own);
        let variables = of_own.into_iter().chain(of_others).map(|(_, value)| value);
        let versions = config.version.iter().chain(variables);
        let tag = target.reference.tag_or_latest();
        Ok(versions.flat_map(|version| spelled(Some(version), tag)).collect())
    }

    /// The newest full versions of the list of tags that are of the same variant.
    fn listed_versions(&self, reference: &ImageReference) -> Result<Vec<String>, Because> {
        let tag = reference.tag_or_latest();
        let mut versions = BTreeSet::new();
        let mut query = PAGE_QUERY.to_owned();
        for _ in 0..PAGES_MAX {
            let (text, next) = self.tags_page(reference, &query)?;
            let page: Page = serde_json::from_slice(&text).unwrap_or(Page { tags: None });
            versions
                .extend(page.tags.into_iter().flatten().filter_map(|other| Some((same_variant(tag, &other)?, other))));
            match next {
                Some(next) => query = next,
                None => break,
            }
        }
        Ok(versions.into_iter().rev().map(|(_, version)| version).take(CANDIDATES_MAX).collect())
    }
}

/// `None` for an error that says nothing about other candidates.
fn allowed_to_fail<T>(answer: Result<T, Because>) -> Result<Option<T>, Because> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Because::NotFound | Because::Offline | Because::IndexEmpty | Because::LoginRefused { .. }) => Ok(None),
        Err(because) => Err(because),
    }
}

fn with_tag(reference: &ImageReference, tag: &str) -> Option<ImageReference> {
    ImageReference::parse(&format!("{}/{}:{tag}", reference.registry, reference.repository)).ok()
}

/// `version` with the variant of `tag`, and as it is.
fn spelled(version: Option<&str>, tag: &str) -> Vec<String> {
    let Some(version) = version else { return Vec::new() };
    let (_, variant) = parts(tag);
    let mut spelled = vec![version.to_owned()];
    if !variant.is_empty() && !version.ends_with(variant) {
        spelled.insert(0, format!("{version}-{variant}"));
    }
    spelled
}

/// Whether `tag` starts with a version of three parts or more: nobody moves those on purpose.
fn is_exact(tag: &str) -> bool {
    numbers(version(tag)).is_some_and(|numbers| numbers.len() >= 3)
}

/// The version that `tag` starts with, without a `v`: digits and dots.
fn version(tag: &str) -> &str {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let end = tag.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(tag.len());
    &tag[..end]
}

fn numbers(version: &str) -> Option<Vec<u64>> {
    version.split('.').map(|number| number.parse().ok()).collect()
}

/// The version that a tag starts with, possibly none, and its variant: `3.12` and `slim` of `3.12-slim`.
fn parts(tag: &str) -> (&str, &str) {
    let (first, rest) = tag.split_once('-').unwrap_or((tag, ""));
    match version(first) {
        _ if FACTS.has("word of a tag that floats", first) => ("", rest),
        found if !found.is_empty() && first.ends_with(found) => (found, rest),
        _ => ("", tag),
    }
}

/// The numbers of the version of `other`, if it is a full one that `tag` may stand for at some time.
fn same_variant(tag: &str, other: &str) -> Option<Vec<u64>> {
    let ((line, variant), (version, other_variant)) = (parts(tag), parts(other));
    let is_of_the_line =
        line.is_empty() || version.strip_prefix(line).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    (is_exact(other) && is_of_the_line && variant == other_variant).then(|| numbers(version)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_version_has_three_parts() {
        for tag in ["3.12.4", "3.12.4-slim-bookworm", "v1.2.3", "3.13.0rc1", "10.0.26100.2314-x"] {
            assert!(is_exact(tag), "{tag}");
        }
        for tag in ["3.12", "latest", "3.12-slim", "bookworm", "1..2", "1.2.", "8u402", "v", "", "3-alpine3.19.1"] {
            assert!(!is_exact(tag), "{tag}");
        }
    }

    #[test]
    fn a_variant_is_compared_as_a_whole() {
        let is = |tag: &str, other: &str| same_variant(tag, other).is_some();
        assert!(is("latest", "3.14.7") && is("3", "3.14.7") && is("3.14", "3.14.7") && is("lts-slim", "22.1.0-slim"));
        assert!(is("slim", "3.14.7-slim") && is("3-slim-trixie", "3.14.7-slim-trixie") && is("v1", "v1.2.3"));
        assert!(!is("3.1", "3.14.7") && !is("3", "3.14.7-slim") && !is("slim", "3.14.7") && !is("latest", "3.14"));
        assert!(!is("latest", "3.14.0rc1") && !is("alpine", "3.14.7-alpine3.20"));
    }

    #[test]
    fn a_version_is_tried_with_the_variant_first() {
        assert_eq!(spelled(Some("3.14.7"), "slim"), ["3.14.7-slim", "3.14.7"]);
        assert_eq!(spelled(Some("24.0.6-cli"), "cli"), ["24.0.6-cli"]);
        assert_eq!(spelled(Some("3.14.7"), "latest"), ["3.14.7"]);
    }
}
