//! Appends the digest that a registry has for a tag.

use crate::bases::{around, lines};
use crate::rewrite::{Answer, Context, Findings, Pin, Preserves, Question, Transform};
use crate::semantics::{ImageUse, Named, Role};
use crate::syntax::{DEFAULT_TAG, ImageReference};
use crate::text::{Edit, TextRange};

pub(super) const TRANSFORM: Transform = Transform {
    id: "pin-digest",
    preserves: Preserves::Image,
    opt_in: true,
    page: include_str!("pin_digest.md"),
    asks_registries: |_| true,
    is_asked_for: |options| options.pin == Pin::Digest || options.renew,
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    if let Some((frontend, range)) = cx.build.frontend().filter(|(frontend, _)| frontend.digest.is_none()) {
        let because = format!("{} reads the file; with a digest it would get no fixes", frontend.canonical());
        findings.decline(range, because);
    }
    for image in cx.build.image_uses() {
        match &image.named {
            Named::Image(reference) => match image.range {
                Some(range) => pin(cx, image, reference, range, &mut findings),
                None => findings.decline(image.shown(), "its name is not written in one piece"),
            },
            Named::PossibleContext(_) => {
                findings
                    .decline(image.shown(), format!("`{}` may be a context given by `--build-context`", image.text));
            }
            Named::Variable(Some(argument)) if argument.role == Role::Whole && argument.is_used_once(cx.file) => {
                pin(cx, image, &argument.reference, argument.default, &mut findings);
            }
            Named::Variable(_) => {
                findings
                    .decline(image.shown(), "behind a variable, a digest would win over whatever the variable says");
            }
        }
    }
    findings
}

/// Gives `reference`, which stands at `range`, the digest that its registry has for it.
fn pin(cx: &Context<'_>, image: &ImageUse<'_>, reference: &ImageReference, range: TextRange, findings: &mut Findings) {
    let written = match (&reference.digest, reference.digest_range()) {
        (Some(_), _) if !cx.options.renew || reference.tag.is_none() => return,
        (Some(digest), Some(written)) => Some((digest, written)),
        _ => None,
    };
    if lines::is_on_windows(cx, image) {
        return findings.decline(range, "which image of Windows is right depends on the host");
    }
    if cx.options.pin > Pin::None && matches!(lines::line(cx, image, reference), Ok(Some(_))) {
        let because = format!(
            "its tag `{}` names no version; once it does, the digest comes behind it",
            reference.tag_or_latest()
        );
        return findings.decline(range, because);
    }
    let name = reference.canonical();
    let question = if written.is_some() { Question::Renewal(name.clone()) } else { Question::Image(name.clone()) };
    let (digest, platforms) = match cx.facts.answer(question) {
        Answer::Image { digest, platforms } => (digest, platforms),
        Answer::Refused(because) => return findings.decline(range, because),
        _ if written.is_some() => return,
        _ => {
            return findings
                .decline(range, format!("the digest of {name} is not known here, and no registry is asked"));
        }
    };
    if let Some(platform) = image.platform().filter(|platform| !has(platforms, platform)) {
        return findings.decline(range, format!("{name} has no image for {platform}"));
    }
    if let Err(because) = around::is_image(cx, image) {
        return findings.decline(range, because);
    }
    match written {
        Some((old, _)) if old == digest => {}
        Some((_, written)) => {
            let edit = Edit::replace(written.shift(range.start()), digest.as_str());
            findings.rewrite(format!("Move the digest of {name} to what the tag is now"), vec![edit]);
        }
        None => {
            let tag = if reference.tag.is_none() { format!(":{DEFAULT_TAG}") } else { String::new() };
            let edit = Edit::insert(range.end(), format!("{tag}@{digest}"));
            findings.rewrite(format!("Name {name} by the digest that its registry has for it"), vec![edit]);
        }
    }
}

/// Whether an image is there for `platform`; where the registry names no platform, the build will tell.
fn has(platforms: &[String], platform: &str) -> bool {
    let without_default = |name: &str| name.trim_end_matches("/v8").to_ascii_lowercase();
    let wanted = without_default(platform);
    platforms.is_empty() || platforms.iter().any(|name| without_default(name) == wanted)
}
