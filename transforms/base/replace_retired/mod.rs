//! Says since when an image is not rebuilt, and takes the one that took its place where that does the same.

mod temurin;

use crate::bases::around;
use crate::bases::lines;
use crate::catalogue::{Image, Replacement, Retired};
use crate::known::{Table, table};
use crate::rewrite::{Context, Effect, Findings, Obstacle, Preserves, Transform};
use crate::semantics::{ImageUse, Named, Place};
use crate::syntax::ImageReference;
use crate::text::{Edit, TextRange};

pub(super) const TRANSFORM: Transform = Transform {
    id: "replace-retired",
    preserves: Preserves::Intent,
    page: include_str!("replace_retired.md"),
    effects: &[Effect::Anything],
    reads_catalogue: true,
    rewrite,
    ..Transform::PLAIN
};

/// Images that were left out of the last build or two may come with the next: official images are rebuilt about once a month.
const REBUILT_WITHIN_DAYS: i32 = 42;

static FACTS: Table = table!("facts.txt");

/// The image whose builds are the same source as those of OpenJDK, with the same tests.
const TEMURIN: &str = "eclipse-temurin";

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for image in cx.build.image_uses() {
        match &image.named {
            Named::Image(reference) => visit(cx, image, reference, &mut findings),
            Named::Variable(Some(argument)) => {
                let because = moved_registry(cx, &argument.reference).map(|moved| frozen(cx, &moved));
                if let Some(because) = because.or_else(|| retirement(cx, &argument.reference)) {
                    findings.advise(argument.default, because);
                }
            }
            Named::Variable(None) | Named::PossibleContext(_) => {}
        }
    }
    findings
}

fn visit(cx: &Context<'_>, image: &ImageUse<'_>, reference: &ImageReference, findings: &mut Findings) {
    if let Some(moved) = moved_registry(cx, reference) {
        return follow(cx, image, reference, &moved, findings);
    }
    let Some(because) = retirement(cx, reference) else { return };
    if let Err(because) = around::is_image(cx, image) {
        return findings.decline(image.shown(), because);
    }
    match (image.range, successor(cx, image, reference)) {
        (Some(range), Ok(Some((name, tag)))) => {
            let title = format!("Take `{name}:{tag}`, which is still rebuilt: {because}");
            findings.rewrite(title, edits(range, reference, name, &tag));
        }
        (_, Err((blocking, obstacle))) => {
            findings.decline(blocking, format!("`{TEMURIN}` is not taken for `{}`: {obstacle}", image.text));
            findings.advise(image.shown(), because);
        }
        _ => findings.advise(image.shown(), because),
    }
}

/// Since when `reference` is not rebuilt, as a sentence.
fn retirement(cx: &Context<'_>, reference: &ImageReference) -> Option<String> {
    let catalogue = &cx.facts.catalogue;
    let date = || catalogue.date();
    let known = reference.official().and_then(|name| catalogue.image(name));
    let Some(known) = known.filter(|known| known.is_official()) else {
        let replacement = folder(reference).and_then(|name| catalogue.image(name)?.replacement())?;
        return Some(format!("`{}` was given up{}; catalogue of {}", replacement.of, instead(&replacement), date()));
    };
    let tag = reference.tag_or_latest();
    if known.build_of(tag).is_some() {
        return None;
    }
    let instead = known.replacement().map(|replacement| instead(&replacement)).unwrap_or_default();
    let name = known.name();
    match (line_of(known, tag), known.removed()) {
        (Some((_, retired)), _) if (date() - retired.date).get_days() < REBUILT_WITHIN_DAYS => None,
        (Some((line, Retired { exact, date: since, .. })), _) => {
            let line = if line == tag { format!("`{name}:{tag}`") } else { format!("its line, `{name}:{line}`,") };
            Some(format!(
                "{line} has not been rebuilt since {since}, when it was `{exact}`{instead}; catalogue of {}",
                date()
            ))
        }
        (None, Some(removed)) => {
            Some(format!("`{name}` has not been an official image since {removed}{instead}; catalogue of {}", date()))
        }
        (None, None) => None,
    }
}

/// What took its place, as the end of a sentence.
fn instead(replacement: &Replacement<'_>) -> String {
    match (replacement.to, replacement.alternatives().next()) {
        (Some(to), _) => format!("; its maintainers name `{to}`"),
        (None, Some(_)) => {
            let names: Vec<_> = replacement.alternatives().map(|name| format!("`{name}`")).collect();
            format!("; others to choose from are {}", names.join(", "))
        }
        (None, None) => String::new(),
    }
}

/// What is known of the line that a retired tag is of: the tag itself, or the same with a shorter version.
fn line_of<'t, 'c>(known: Image<'c>, tag: &'t str) -> Option<(std::borrow::Cow<'t, str>, Retired<'c>)> {
    if let Some(retired) = known.retired(tag) {
        return Some((tag.into(), retired));
    }
    let version = tag.split('-').next()?;
    let (shorter, _) =
        version.rsplit_once('.').filter(|_| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))?;
    let line = format!("{shorter}{}", &tag[version.len()..]);
    if known.build_of(&line).is_some() {
        return None;
    }
    known.retired(&line).map(|retired| (line.into(), retired))
}

/// The registry or folder in front of the last part of the repository, as the catalogue knows registries that moved.
fn folder(reference: &ImageReference) -> Option<&'static str> {
    let registry = &reference.registry;
    FACTS.of(&format!("moved folder of {registry}")).find(|name| {
        let folder = name.strip_prefix(registry.as_str()).map_or(*name, |folder| folder.trim_start_matches('/'));
        reference.repository.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// What took the place of the registry of `reference` with the same paths in it.
fn moved_registry<'c>(cx: &'c Context<'_>, reference: &ImageReference) -> Option<Replacement<'c>> {
    let replacement = cx.facts.catalogue.image(&reference.registry)?.replacement()?;
    (replacement.automatic && replacement.to.is_some()).then_some(replacement)
}

/// Since when a registry gets no new images, as a sentence.
fn frozen(cx: &Context<'_>, moved: &Replacement<'_>) -> String {
    let since = moved.since.map(|since| format!(" since {since}")).unwrap_or_default();
    format!("`{}` is frozen{since}, by the catalogue of {}", moved.of, cx.facts.catalogue.date())
}

fn follow(
    cx: &Context<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
    moved: &Replacement<'_>,
    findings: &mut Findings,
) {
    let (Some(range), Some(registry), Some(to)) = (image.range, reference.registry_range(), moved.to) else {
        return findings.decline(image.shown(), "its name is not written in one piece");
    };
    let title = format!("Take it from `{to}`: {}", frozen(cx, moved));
    findings.rewrite(title, vec![Edit::replace(registry.shift(range.start()), to)]);
}

/// Name and tag of the image that does the same for what the file uses; `None` where none is known.
///
/// # Errors
/// Where something may need what only the old image has, and what.
fn successor(
    cx: &Context<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
) -> Result<Option<(&'static str, String)>, Obstacle> {
    let is_openjdk = reference.official().is_some_and(|name| FACTS.has("image of OpenJDK", name));
    if !is_openjdk || image.place != Place::From || reference.digest.is_some() || lines::is_on_windows(cx, image) {
        return Ok(None);
    }
    let Some((tag, is_alpine)) = temurin_tag(reference.tag_or_latest()) else { return Ok(None) };
    let Some(temurin) = cx.facts.catalogue.image(TEMURIN).filter(|temurin| temurin.build_of(&tag).is_some()) else {
        return Ok(None);
    };
    if image.platform().is_some_and(|platform| !lines::is_built(temurin, &tag, platform)) {
        return Ok(None);
    }
    let is_small =
        is_alpine || reference.tag_or_latest().contains("slim") || reference.official() == Some("adoptopenjdk");
    if !is_small {
        let because = "it holds more programs, such as git and curl, that what is started may use".to_owned();
        return Err((image.shown(), because));
    }
    match temurin::obstacle(cx, image.stage, is_alpine) {
        Some(obstacle) => Err(obstacle),
        None => Ok(Some((TEMURIN, tag))),
    }
}

/// The tag that Temurin has for one of OpenJDK's that names a release, a kind and at most Alpine or slim.
fn temurin_tag(tag: &str) -> Option<(String, bool)> {
    let mut words = tag.split('-');
    let major = words.next().filter(|major| major.parse::<u8>().is_ok())?;
    let (mut kind, mut is_alpine) = ("jdk", false);
    for word in words {
        match word {
            "jdk" | "jre" => kind = word,
            "alpine" => is_alpine = true,
            "slim" | "hotspot" => {}
            _ => return None,
        }
    }
    Some((format!("{major}-{kind}{}", if is_alpine { "-alpine" } else { "" }), is_alpine))
}

/// The edits that give `reference`, which stands at `range`, another name and tag; what stands in front of the name stays.
fn edits(range: TextRange, reference: &ImageReference, name: &str, tag: &str) -> Vec<Edit> {
    let end = reference.name_range().end();
    let old = reference.official().map_or(0, str::len);
    let renamed = Edit::replace(TextRange::new(end - old, end).shift(range.start()), name);
    vec![renamed, lines::tag_edit(range, reference, tag)]
}
