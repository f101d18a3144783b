//! What the small variants of official images lack of the full ones.

pub(crate) use crate::known::lost::is_lost;

/// What images stopped to hold: the image, the first major version without them, and the programs.
/// Seen in the images of 2026-11-30; <https://github.com/nodejs/docker-node> gave notice of it.
const GIVEN_UP: &[(&str, u32, &[&str])] = &[("node", 26, &["corepack", "yarn", "yarnpkg"])];

/// The programs that the official `image` of the line `tag`, such as `26-trixie`, no longer holds.
pub(crate) fn given_up(image: &str, tag: &str) -> &'static [&'static str] {
    let major = tag.split(['.', '-']).next().and_then(|major| major.parse::<u32>().ok());
    let is_gone =
        |(name, first, _): &&(&str, u32, &[&str])| *name == image && major.is_some_and(|major| major >= *first);
    GIVEN_UP.iter().find(is_gone).map_or(&[], |(_, _, programs)| programs)
}
