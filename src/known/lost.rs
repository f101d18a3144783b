//! What the full official images on Debian have and their slim variants lack.

use super::Table;
use super::debian::in_suite;

static LOST: Table = Table::new(include_str!("lost.txt"));

/// Whether slim variants of the official `image` lack a command of the full ones, in some release of Debian.
pub(crate) fn is_lost(command: &str, image: &str) -> bool {
    let mut facts = LOST.of(&format!("command {command}")).filter_map(|fact| fact.split_once(' '));
    facts.any(|(_, images)| has(images, image))
}

/// Whether the slim variant of the official `image` on a release of Debian lacks something of the full one: `command git`, `library libpq.so.5`,
/// `package git`. `None` of a release or an image of which nothing is known.
pub(crate) fn is_lost_in(what: &str, image: &str, suite: &str) -> Option<bool> {
    in_suite(LOST.of("command gcc"), suite).filter(|images| has(images, image))?;
    Some(in_suite(LOST.of(what), suite).is_some_and(|images| has(images, image)))
}

fn has(images: &str, image: &str) -> bool {
    images.split(',').any(|it| it == image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_lost_but_no_shell() {
        for program in ["curl", "gcc", "git", "make", "ps", "wget", "hg"] {
            assert!(is_lost(program, "python"), "{program}");
        }
        for program in ["bash", "cat", "python3", "sh", "sleep"] {
            assert!(!is_lost(program, "python"), "{program}");
        }
        assert!(is_lost("python3", "node") && !is_lost("git", "golang"));
    }

    #[test]
    fn libraries_and_packages_are_told_by_release() {
        assert_eq!(is_lost_in("library libpq.so.5", "python", "bookworm"), Some(true));
        assert_eq!(is_lost_in("library libicuuc.so.72", "python", "bookworm"), Some(true));
        assert_eq!(is_lost_in("library libicuuc.so.72", "python", "trixie"), Some(false));
        assert_eq!(is_lost_in("package git", "ruby", "trixie"), Some(true));
        assert_eq!(is_lost_in("library libc.so.6", "node", "trixie"), Some(false));
        assert_eq!(
            (is_lost_in("package git", "golang", "trixie"), is_lost_in("package git", "node", "jessie")),
            (None, None)
        );
    }

    #[test]
    fn facts_are_of_three_kinds_and_three_images() {
        for (what, fact) in LOST.all() {
            assert!(["command ", "library ", "package "].iter().any(|kind| what.starts_with(kind)), "{what}");
            assert!(
                fact.split_once(' ').is_some_and(|(_, images)| images
                    .split(',')
                    .all(|image| ["node", "python", "ruby"].contains(&image))),
                "{fact}"
            );
        }
    }
}
