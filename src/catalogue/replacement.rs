//! What took the place of an image or a registry.

use super::image::Image;

/// What took the place of an image, of all images of a registry, or of those in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement<'c> {
    /// What the replacement is for.
    pub of: &'c str,
    /// `rename`: the same image elsewhere. `registry-rename`: the same paths elsewhere. `tag-map`: other tags too. `rework`: the Dockerfile
    /// has to change. `choose`: there are several. `none`: there is none.
    pub kind: &'c str,
    pub to: Option<&'c str>,
    pub note: Option<&'c str>,
    /// A date, a year or a version.
    pub since: Option<&'c str>,
    /// Blanks between.
    alternatives: Option<&'c str>,
    /// Whether nothing but the name has to change.
    pub automatic: bool,
}

impl<'c> Replacement<'c> {
    /// Other images that may take its place.
    pub fn alternatives(&self) -> impl Iterator<Item = &'c str> {
        self.alternatives.into_iter().flat_map(|names| names.split(' '))
    }
}

impl<'c> Image<'c> {
    /// What took its place.
    #[must_use]
    pub fn replacement(self) -> Option<Replacement<'c>> {
        let (kind, to) = match self.values("replacement").next()? {
            value if !value.contains(' ') => (value, None),
            value => value.split_once(' ').map(|(kind, to)| (kind, Some(to)))?,
        };
        let more = |kind| self.values(kind).next();
        Some(Replacement {
            of: self.name(),
            kind,
            to,
            note: more("replacement-note"),
            since: more("replacement-since"),
            alternatives: more("replacement-alternatives"),
            automatic: more("replacement-automatic").is_some(),
        })
    }
}
