//! What the small variants of official images lack of the full ones.

use crate::known::LOST;

/// Whether `program` is in the PATH of the full variants of the official `image`, and not in that of the small ones.
pub(crate) fn is_lost(program: &str, image: &str) -> bool {
    LOST.has(program, image)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_holds_tools_but_no_shell() {
        assert!(LOST.all().all(|(_, image)| ["node", "python", "ruby"].contains(&image)));
        for program in ["curl", "gcc", "git", "make", "ps", "wget", "hg"] {
            assert!(is_lost(program, "python"), "{program}");
        }
        for program in ["bash", "cat", "python3", "sh", "sleep"] {
            assert!(!is_lost(program, "python"), "{program}");
        }
        assert!(is_lost("python3", "node"));
    }
}
