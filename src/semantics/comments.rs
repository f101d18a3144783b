//! What comments are about, and which of them other tools read.

use crate::known::{COMMENTS, Known};
use crate::syntax::{Dockerfile, Instruction, ItemKind};
use crate::text::TextRange;

/// The comment lines directly above an instruction, upward.
pub fn above<'f>(file: &'f Dockerfile, instruction: &Instruction) -> impl Iterator<Item = TextRange> + use<'f> {
    let below = file.items_from(instruction.range.start());
    let above = file.items()[..file.items().len() - below.len()].iter().rev();
    above.take_while(|item| matches!(item.kind, ItemKind::Comment)).map(|item| item.range)
}

/// Whether a comment directly above an instruction tells a tool something about it.
#[must_use]
pub fn has_tool_comment(file: &Dockerfile, instruction: &Instruction) -> bool {
    above(file, instruction).any(|comment| speaks_to_a_tool(file.slice(comment).trim_ascii()))
}

/// The words of a comment in lower case, a blank before and behind each.
fn words(comment: &[u8]) -> String {
    let text = String::from_utf8_lossy(comment).to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.flat_map(|word| [" ", word]).chain([" "]).collect()
}

/// Whether one of the phrases `wanted` stands among the words of a comment.
fn say(words: &str, wanted: Known) -> bool {
    wanted.values().any(|phrase| words.contains(&format!(" {phrase} ")))
}

/// Whether the comment says that the small variant of an image is not what is meant.
#[must_use]
pub fn wants_the_full_image(comment: &[u8]) -> bool {
    let words = words(comment);
    say(&words, const { COMMENTS.expect("wants the full image") })
        || (say(&words, const { COMMENTS.expect("names a small image") })
            && say(&words, const { COMMENTS.expect("says no") }))
}

/// Whether the comment says that a tag that means another image tomorrow is meant.
#[must_use]
pub fn wants_the_newest(comment: &[u8]) -> bool {
    say(&words(comment), const { COMMENTS.expect("wants the newest") })
}

/// Whether the comment says that what is below it has a layer of its own on purpose.
#[must_use]
pub fn wants_a_layer_of_its_own(comment: &[u8]) -> bool {
    say(&words(comment), const { COMMENTS.expect("wants a layer of its own") })
}

/// Whether the comment tells a linter, a scanner or an updater something about the instruction below it.
#[must_use]
pub fn speaks_to_a_tool(comment: &[u8]) -> bool {
    let text = String::from_utf8_lossy(comment).to_lowercase();
    let text = text.trim_start_matches(['#', ' ', '\t']);
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).take(20).collect();
    let ends = |tool: &str| tool.ends_with([':', '=']) || text[tool.len()..].starts_with([' ', ':', '=', '\t']);
    const { COMMENTS.expect("speaks to a tool") }
        .values()
        .any(|tool| compact.starts_with(tool) && (compact.len() == text.len() || !text.starts_with(tool) || ends(tool)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_the_newest_says_so_in_words() {
        for comment in ["# We want the newest, on purpose.", "# Don't pin this", "# unpinned: rebuilt every night"] {
            assert!(wants_the_newest(comment.as_bytes()), "{comment}");
        }
        for comment in ["# The runtime", "# pinned below", "# greatest"] {
            assert!(!wants_the_newest(comment.as_bytes()), "{comment}");
        }
    }

    #[test]
    fn who_wants_the_full_image_says_so_in_words() {
        for comment in
            ["# not slim: plugins are compiled later", "# slim doesn't have git", "# the full image, on purpose"]
        {
            assert!(wants_the_full_image(comment.as_bytes()), "{comment}");
        }
        for comment in ["# TODO: move to slim", "# no cache", "# The runtime"] {
            assert!(!wants_the_full_image(comment.as_bytes()), "{comment}");
        }
    }

    #[test]
    fn what_is_said_to_a_tool_is_told_from_what_is_said_to_people() {
        for comment in [
            "# hadolint ignore=DL3008",
            "#trivy:ignore:AVD-DS-0002",
            "# kics-scan ignore-line",
            "# dockerfile-utils: ignore",
            "#checkov:skip=CKV_DOCKER_3: it needs root",
            "# check = skip=JSONArgsRecommended",
        ] {
            assert!(speaks_to_a_tool(comment.as_bytes()), "{comment}");
        }
        for comment in ["# trivy finds nothing here", "# checks the disk", "# dockerfile-utilities"] {
            assert!(!speaks_to_a_tool(comment.as_bytes()), "{comment}");
        }
    }
}
