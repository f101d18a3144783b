//! The image for programs that need nothing of an image.

use crate::rewrite::Context;
use crate::semantics::ImageUse;
use crate::syntax::ImageReference;

/// Has certificates, time zones, `/tmp`, a user and nothing else: what a static program needs of its surroundings. The release of Debian comes behind it.
const STATIC: &str = "gcr.io/distroless/static-debian";

/// The tag whose user is root, as it is in the images that programs are built on.
const TAG: &str = "latest";

/// Releases of Debian that [`STATIC`] is made of, the newest last, by their names.
const RELEASES: &[(&str, &str)] = &[("bullseye", "11"), ("bookworm", "12"), ("trixie", "13")];

/// The platforms that it is built for.
const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/s390x"];

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
    let release = words.find_map(|word| RELEASES.iter().find(|(name, _)| *name == word));
    let (_, number) = release.or(RELEASES.last()).expect("there is a release");
    match image.platform().filter(|platform| !PLATFORMS.contains(platform)) {
        Some(platform) => Err(format!("`{STATIC}{number}` is not known to be built for {platform}")),
        None => Ok(format!("{STATIC}{number}:{TAG}")),
    }
}
