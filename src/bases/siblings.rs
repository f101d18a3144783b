//! Images that are the same version on the same release of the same distribution, with less beside it.

use super::lines;
use crate::catalogue::Image;
use crate::known::suites::{self, Suite};
use crate::rewrite::Context;
use crate::semantics::ImageUse;
use crate::syntax::ImageReference;

/// Whether the image of `tag` is a small one already, or one of its own kind.
pub(crate) fn is_small(tag: &str) -> bool {
    tag.split('-').any(|word| word == "slim" || word.starts_with("alpine"))
}

/// The tag of the small image that goes with `tag` of `image`.
///
/// # Errors
/// Why there is none, as half a sentence.
pub(crate) fn slim(image: Image<'_>, tag: &str) -> Result<String, String> {
    let mut words: Vec<_> = tag.split('-').collect();
    // `python:3.14-slim-trixie`, `ruby:3.4-slim-trixie`, `node:24-trixie-slim`.
    let at = if ["python", "ruby"].contains(&image.name()) { 1 } else { words.len() };
    words.insert(at, "slim");
    let small = words.join("-");
    let is_same = exact(image, tag).zip(exact(image, &small)).is_some_and(|(tag, small)| {
        let words = |tag: &str| tag.split('-').filter(|word| *word != "slim").map(str::to_owned).collect::<Vec<_>>();
        words(tag) == words(small)
    });
    let is_same_distribution = || {
        let distribution = |tag: &str| image.build_of(tag).map(|build| build.distribution);
        distribution(tag) == distribution(&small)
    };
    if (is_same && is_same_distribution()) || is_of_old(image, tag) {
        Ok(small)
    } else {
        Err(format!("no `{}:{small}` is known to be the same release", image.name()))
    }
}

/// Whether `tag` names one release of long ago in numbers alone, of which the catalogue says nothing any more: with each of those came a small variant, built
/// of the same release of Debian, for the scripts that publish them (docker-library/python, docker-library/ruby, nodejs/docker-node) have one default for both.
fn is_of_old(image: Image<'_>, tag: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<_> = tag.split('.').collect();
    let first = match image.name() {
        "python" => [3, 6, 0],
        "node" => [8, 0, 0],
        "ruby" => [2, 4, 0],
        _ => return false,
    };
    parts.len() == 3
        && parts.iter().all(|part| is_number(part))
        && version(tag).as_slice() >= first.as_slice()
        && exact(image, tag).is_none()
        && image.variants().contains(&"slim")
}

/// The tag of the small variant of the official image `reference`, named at `image`, which may be one itself.
///
/// # Errors
/// Why there is none.
pub(crate) fn small(cx: &Context<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<String, String> {
    let tag = reference.tag_or_latest();
    if reference.digest.is_some() {
        return Err("a digest says which image it is".to_owned());
    }
    if is_small(tag) {
        return Ok(tag.to_owned());
    }
    let name = reference.official().unwrap_or_default();
    let known = cx.facts.catalogue.image(name).ok_or("the catalogue does not have it")?;
    let small = slim(known, tag)?;
    match image.platform().filter(|platform| !lines::is_built(known, &small, platform)) {
        Some(platform) => Err(format!("`{name}:{small}` is not known to be built for {platform}")),
        None => Ok(small),
    }
}

/// The exact tag that a floating one means, or meant when it was last built.
pub(crate) fn exact<'c>(image: Image<'c>, tag: &str) -> Option<&'c str> {
    image.build_of(tag).map(|build| build.exact).or_else(|| image.retired(tag).map(|retired| retired.exact))
}

/// The release of Debian or Ubuntu that the official image `reference` is made of today, or was when it was last built.
pub(crate) fn suite_of_today(cx: &Context<'_>, reference: &ImageReference) -> Option<Suite> {
    let of_build = || {
        let image = cx.facts.catalogue.image(reference.official()?)?;
        exact(image, reference.tag_or_latest())?.split('-').find_map(suites::suite)
    };
    lines::suite(cx, reference).or_else(of_build)
}

/// The name `text` of an image, which reads as `reference`, with another tag.
pub(crate) fn with_tag(text: &str, reference: &ImageReference, tag: &str) -> String {
    match reference.tag_range() {
        Some(range) => format!("{}{tag}{}", &text[..range.start()], &text[range.end()..]),
        None => format!("{text}:{tag}"),
    }
}

/// The version that a tag starts with, in numbers: `3.11` is `[3, 11]`.
pub(crate) fn version(tag: &str) -> Vec<u32> {
    let first = tag.split('-').next().unwrap_or_default();
    first.split('.').map_while(|number| number.parse().ok()).collect()
}
