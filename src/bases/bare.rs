//! The image for programs that need nothing of an image.

use super::FACTS;
use crate::known::suites::{self, Suite};
use crate::rewrite::Context;
use crate::semantics::ImageUse;
use crate::syntax::ImageReference;

/// Has certificates, time zones, `/tmp`, a user and nothing else: what a static program needs of its surroundings. The release of Debian comes behind it.
const STATIC: &str = "gcr.io/distroless/static-debian";

/// The tag whose user is root, as it is in the images that programs are built on.
const TAG: &str = "latest";

/// The image for static programs, of the release of Debian that they are built on where there is one.
pub(crate) fn static_image(
    cx: &Context<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
) -> Result<String, String> {
    let tag = reference.tag_or_latest();
    let known = reference.official().and_then(|name| cx.facts.catalogue.image(name));
    let suite = known.and_then(|known| known.build_of(tag)).and_then(|build| build.distribution);
    let exact = known.and_then(|known| known.retired(tag)).map_or(tag, |retired| retired.exact);
    let mut words = exact.split('-').chain(suite.map(|suite| suite.release));
    let made_of = || suites::all().filter(|suite| suite.is("has distroless images"));
    let release = words.find_map(|word| made_of().find(|suite| suite.name == word));
    let newest = || made_of().max_by_key(|suite| suite.version());
    let number = release.or_else(newest).and_then(Suite::number).ok_or("no release of Debian is known to have it")?;
    match image.platform().filter(|platform| !FACTS.has("platform of distroless images", platform)) {
        Some(platform) => Err(format!("`{STATIC}{number}` is not known to be built for {platform}")),
        None => Ok(format!("{STATIC}{number}:{TAG}")),
    }
}
