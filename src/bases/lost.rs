//! What the small variants of official images lack of the full ones.

/// A program a line with the images that have it, sorted, behind comments that say where the facts are from.
static LOST: &str = include_str!("lost.txt");

/// Whether `program` is in the PATH of the full variants of the official `image`, and not in that of the small ones.
pub(crate) fn is_lost(program: &str, image: &str) -> bool {
    let mut lines = LOST.lines().filter_map(|line| line.strip_prefix(program)?.strip_prefix(' '));
    lines.next().is_some_and(|images| images.split(' ').any(|one| one == image))
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
    fn what_is_lost_is_sorted_and_holds_tools_but_no_shell() {
        let lines = LOST.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.clone().is_sorted_by(|a, b| a.split(' ').next() < b.split(' ').next()));
        assert!(
            lines.flat_map(|line| line.split(' ').skip(1)).all(|image| ["node", "python", "ruby"].contains(&image))
        );
        for program in ["curl", "gcc", "git", "make", "ps", "wget", "hg"] {
            assert!(is_lost(program, "python"), "{program}");
        }
        for program in ["bash", "cat", "python3", "sh", "sleep"] {
            assert!(!is_lost(program, "python"), "{program}");
        }
        assert!(is_lost("python3", "node"));
    }
}
