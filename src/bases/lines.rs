//! What the tag of an image means by the catalogue, for the transforms that write it down.

use crate::catalogue::{Image, Line, Meaning};
use crate::known::suites::{self, Suite};
use crate::rewrite::Context;
use crate::semantics::ImageUse;
use crate::syntax::{DEFAULT_TAG, EscapeToken, ImageReference, Instruction, Keyword};
use crate::text::{Edit, TextRange};

/// Age from which on a catalogue no longer says what `latest` is: by then it is another exact version in nearly all cases, another line in most.
const CATALOGUE_AGE_DAYS_MAX: i32 = 365;

/// The line that `reference`, named at `image`, means; `None` if its tag names a version, or a digest says it all.
///
/// # Errors
/// Why the line of a tag that floats is not known.
pub(crate) fn line<'c>(
    cx: &'c Context<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
) -> Result<Option<Line<'c>>, String> {
    let tag = reference.tag_or_latest();
    if reference.digest.is_some() {
        return Ok(None);
    }
    let date = || cx.facts.catalogue.date();
    let known =
        reference.official().and_then(|name| cx.facts.catalogue.image(name)).filter(|known| known.is_official());
    let Some(known) = known else {
        let because = || format!("the catalogue of official images, of {}, does not have it", date());
        return if tag == DEFAULT_TAG { Err(because()) } else { Ok(None) };
    };
    let line = match known.meaning(tag) {
        Meaning::Named => return Ok(None),
        Meaning::Moving => return Err(format!("`{tag}` is there to move")),
        Meaning::Unknown => {
            return Err(format!("the catalogue of official images, of {}, does not have its tag `{tag}`", date()));
        }
        Meaning::NoLine { exact, retired: None } => {
            return Err(format!(
                "no tag for a line of releases is the same image as `{tag}`, which was `{exact}` on {}",
                date()
            ));
        }
        Meaning::NoLine { exact, retired: Some(retired) } => {
            return Err(format!(
                "`{tag}` was dropped on {retired}, when it was `{exact}`; no line of releases goes by the same image"
            ));
        }
        Meaning::Line(line) => line,
    };
    if is_on_windows(cx, image) {
        return Err("the image for Windows has other lines".to_owned());
    }
    if let Some(platform) = image.platform().filter(|platform| !is_built(known, line.tag, platform)) {
        return Err(format!(
            "the catalogue of official images, of {}, does not have `{}` for {platform}",
            date(),
            line.tag
        ));
    }
    if cx.facts.catalogue_age_days().is_some_and(|age_days| age_days > CATALOGUE_AGE_DAYS_MAX) {
        return Err(format!("the catalogue of official images is of {}, too old to say what `{tag}` is today", date()));
    }
    Ok(Some(line))
}

/// Whether `tag` of `known` is built for `platform`, such as `linux/arm64`.
pub(crate) fn is_built(known: Image<'_>, tag: &str, platform: &str) -> bool {
    let wanted = architecture_of(platform);
    let build = known.build_of(tag);
    build.is_some_and(|build| build.architectures().any(|architecture| Some(architecture) == wanted.as_deref()))
}

/// The release of Debian or Ubuntu that an official image is made of and will be made of, by its tag.
pub(crate) fn suite(cx: &Context<'_>, reference: &ImageReference) -> Option<Suite> {
    let known = cx.facts.catalogue.image(reference.official()?)?;
    let tag = reference.tag_or_latest();
    let by_words = |tag: &str| tag.split('-').find_map(suites::suite);
    // A tag that is no longer built stays what it is.
    let retired = || by_words(known.retired(tag)?.exact);
    by_words(tag).or_else(retired)
}

/// Whether the stage runs on Windows, as far as the file tells.
pub(crate) fn is_on_windows(cx: &Context<'_>, image: &ImageUse<'_>) -> bool {
    let platform = image.platform().is_some_and(|platform| platform.to_ascii_lowercase().starts_with("windows"));
    let stage = &cx.build.stages[image.stage];
    platform
        || stage.base.is_windows()
        || cx.file.escape() == EscapeToken::Backtick
        || stage.instructions.iter().any(|instruction| speaks_windows(instruction))
}

/// Whether only Windows has the shell or the folder that `instruction` names.
fn speaks_windows(instruction: &Instruction) -> bool {
    if !matches!(instruction.keyword(), Keyword::Shell | Keyword::Workdir) {
        return false;
    }
    let arguments = instruction.arguments().list();
    let Some(first) = arguments.first().map(|first| first.to_ascii_lowercase()) else { return false };
    match instruction.keyword() {
        Keyword::Shell => {
            let program = first.rsplit(['/', '\\']).next().unwrap_or_default();
            matches!(program.trim_end_matches(".exe"), "cmd" | "powershell")
        }
        Keyword::Workdir => {
            let path = first.trim_start_matches('"').as_bytes();
            matches!(path, [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
        }
        _ => false,
    }
}

/// The name that Docker's library has for the architecture of a platform such as `linux/arm64/v8`.
fn architecture_of(platform: &str) -> Option<String> {
    let platform = platform.to_ascii_lowercase();
    let rest = platform.strip_prefix("linux/").or_else(|| (!platform.contains('/')).then_some(platform.as_str()))?;
    Some(match rest {
        "amd64" | "x86_64" => "amd64".to_owned(),
        "arm64" | "arm64/v8" | "aarch64" => "arm64v8".to_owned(),
        "386" | "i386" => "i386".to_owned(),
        "arm" => "arm32v7".to_owned(),
        other => match other.strip_prefix("arm/") {
            Some(variant) => format!("arm32{variant}"),
            None => other.to_owned(),
        },
    })
}

/// The edit that gives `reference`, which stands at `range`, the tag `tag`.
pub(crate) fn tag_edit(range: TextRange, reference: &ImageReference, tag: &str) -> Edit {
    match reference.tag_range() {
        Some(written) => Edit::replace(written.shift(range.start()), tag),
        None => Edit::insert(range.start() + reference.name_range().end(), format!(":{tag}")),
    }
}
