//! Takes the small variant of a base image, of the same version on the same release of the distribution, where nothing needs more.

mod needs;

use crate::bases::lines;
use crate::bases::siblings;
use crate::bases::{self, around};
use crate::catalogue::Image;
use crate::ecosystems::{self, Slim};
use crate::known::{Table, table};
use crate::rewrite::{Answer, Context, Effect, Findings, Obstacles, Preserves, Question, Transform};
use crate::semantics::{ImageUse, Named, comments};
use crate::syntax::ImageReference;
use crate::text::Edit;
use crate::transforms::operands::word_beside;

pub(super) const TRANSFORM: Transform = Transform {
    id: "slim-variant",
    preserves: Preserves::Intent,
    page: include_str!("slim_variant.md"),
    effects: &[Effect::Anything],
    is_deep: true,
    rewrite,
    ..Transform::PLAIN
};

static FACTS: Table = table!("facts.txt");

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let Some(last) = cx.build.stages.len().checked_sub(1) else { return findings };
    let Some(image) = cx.build.base_image(last) else { return findings };
    let Named::Image(reference) = &image.named else { return findings };
    let Some(ecosystem) = ecosystems::of_image(reference) else { return findings };
    let slim = match ecosystem.slim {
        Some(Slim::Variant(slim)) => slim,
        Some(Slim::Other(smaller)) => {
            if needs::starts_something(cx, last) && !lines::is_on_windows(cx, image) {
                other(cx, (last, image), smaller(cx, last, image, reference), &mut findings);
            }
            return findings;
        }
        None => return findings,
    };
    let known = reference.official().and_then(|name| cx.facts.catalogue.image(name));
    let Some(known) = known.filter(|_| !siblings::is_small(reference.tag_or_latest())) else { return findings };
    // What starts nothing is there to build on.
    if lines::is_on_windows(cx, image) || !needs::starts_something(cx, last) {
        return findings;
    }
    let shown = |because| (image.shown(), because);
    let mut obstacles = Obstacles::default();
    let plan = obstacles.note(variant(cx, image, reference, known).map_err(shown));
    obstacles.note(around::is_image(cx, image).map_err(shown));
    let mut above = comments::above(cx.file, image.instruction);
    if above.any(|comment| comments::wants_the_full_image(cx.file.slice(comment))) {
        obstacles.add([shown("the comment above it says that the full image is meant".to_owned())]);
    }
    let names = obstacles.note(needs::no_more(cx, last, ecosystem, slim, reference)).unwrap_or_default();
    if let Some(name) = names.first().filter(|_| !is_served(cx, reference)) {
        obstacles.add([shown(format!("whether `{name}` can still be installed in it is not known"))]);
    }
    match plan.filter(|_| obstacles.is_empty()) {
        Some((name, edit)) => {
            let mut title = format!("Build on `{name}`, the same without compilers and tools");
            let mut edits = vec![edit];
            let names: Vec<_> = names.into_iter().collect();
            if !names.is_empty() {
                title.push_str(&format!(", with {}", listed(&names)));
                edits.push(installation(cx, last, &names));
            }
            findings.rewrite(title, edits)
        }
        None => findings.decline_all(obstacles),
    }
    findings
}

/// Whether the release of Debian that `reference` is made of is known, and has its packages where apt looks for them.
fn is_served(cx: &Context<'_>, reference: &ImageReference) -> bool {
    siblings::suite_of_today(cx, reference).is_some_and(|suite| suite.is("is served"))
}

/// Names in backquotes.
fn listed(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Installs packages of Debian first of all.
fn installation(cx: &Context<'_>, stage: usize, names: &[String]) -> Edit {
    let from = &cx.build.stages[stage].from;
    let run = word_beside(cx, from, "RUN");
    let install = bases::installed_by_apt(&names.join(" "), false);
    Edit::insert(from.range.end(), format!("{run} {install}{}", cx.file.newline().as_str()))
}

/// Takes the `smaller` image, which is another one, if nothing else stands in the way.
fn other(
    cx: &Context<'_>,
    (stage, image): (usize, &ImageUse<'_>),
    smaller: Result<Option<String>, Obstacles>,
    findings: &mut Findings,
) {
    let mut obstacles = Obstacles::default();
    let name = obstacles.note(smaller);
    if matches!(name, Some(None)) {
        return;
    }
    let name = name.flatten();
    obstacles.extend(needs::commands(cx, stage));
    obstacles.note(around::is_image(cx, image).map_err(|because| (image.shown(), because)));
    let mut above = comments::above(cx.file, image.instruction);
    if above.any(|comment| comments::wants_the_full_image(cx.file.slice(comment))) {
        obstacles.add([(image.shown(), "the comment above it says that the full image is meant".to_owned())]);
    }
    if image.range.is_none() {
        obstacles.add([(image.shown(), "its name is not written in one piece".to_owned())]);
    }
    match name.zip(image.range).filter(|_| obstacles.is_empty()) {
        Some((name, range)) => {
            let title = format!("Start on `{name}`, the same without what only builds");
            findings.rewrite(title, vec![Edit::replace(range, name)]);
        }
        None => findings.decline_all(obstacles),
    }
}

/// The name of the small variant, and the edit that writes it.
fn variant(
    cx: &Context<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
    known: Image<'_>,
) -> Result<(String, Edit), String> {
    let range = image.range.ok_or("its name is not written in one piece")?;
    if matches!(lines::line(cx, image, reference), Ok(Some(_))) {
        return Err(format!("its tag `{}` names no version", reference.tag_or_latest()));
    }
    let tag = siblings::slim(known, reference.tag_or_latest())?;
    if let Some(platform) = image.platform().filter(|platform| !lines::is_built(known, &tag, platform)) {
        return Err(format!("`{}:{tag}` is not known to be built for {platform}", known.name()));
    }
    let name = siblings::with_tag(&image.text, reference, &tag);
    let Some(digest) = &reference.digest else { return Ok((name.clone(), Edit::replace(range, name))) };
    let name = name.replace(&format!("@{digest}"), "");
    let canonical = ImageReference::parse(&name).map_err(|_| "its name cannot be read")?.canonical();
    match cx.facts.answer(Question::Image(canonical)) {
        Answer::Image { digest, .. } => Ok((name.clone(), Edit::replace(range, format!("{name}@{digest}")))),
        _ => Err(format!("the digest of `{name}` is not known here")),
    }
}
