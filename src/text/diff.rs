//! Differences of two texts, line by line: as a unified diff that `git apply` and `patch` accept, as edits, and as counts.

use std::collections::HashMap;
use std::ops::Range;

use similar::algorithms::{Capture, Compact, Replace, histogram};
use similar::{DiffOp, DiffTag};

use super::{Edit, TextRange};

/// Unchanged lines shown before and after a change.
const CONTEXT_LINES: usize = 3;

/// The unified diff that turns `before` into `after`; empty if they are equal.
///
/// `path` names the file relative to the directory the diff is applied in, with `/` between its parts.
#[must_use]
pub fn unified(path: &[u8], before: &[u8], after: &[u8]) -> Vec<u8> {
    diff(&file_name(b"a/", path), &file_name(b"b/", path), before, after)
}

/// The unified diff that creates the file `path` with the text `after`; empty if `after` is, since such a diff cannot say that.
#[must_use]
pub fn unified_new_file(path: &[u8], after: &[u8]) -> Vec<u8> {
    diff(b"/dev/null", &file_name(b"b/", path), b"", after)
}

/// How many lines a change adds and removes; a changed line counts as both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinesChanged {
    pub added: usize,
    pub removed: usize,
}

/// Counts the lines that differ between `before` and `after`.
#[must_use]
pub fn lines_changed(before: &[u8], after: &[u8]) -> LinesChanged {
    let changes = changes(&lines(before), &lines(after));
    changes.iter().filter(|change| change.tag() != DiffTag::Equal).fold(LinesChanged::default(), |sum, change| {
        LinesChanged { added: sum.added + change.new_range().len(), removed: sum.removed + change.old_range().len() }
    })
}

/// Edits of whole lines, in order, that turn `before` into `after`.
#[must_use]
pub fn edits(before: &[u8], after: &[u8]) -> Vec<Edit> {
    let (before, after) = (lines(before), lines(after));
    let mut edits = Vec::new();
    let mut offset = 0;
    for change in changes(&before, &after) {
        let end = offset + before[change.old_range()].iter().map(|line| line.len()).sum::<usize>();
        if change.tag() != DiffTag::Equal {
            edits.push(Edit::replace(TextRange::new(offset, end), after[change.new_range()].concat()));
        }
        offset = end;
    }
    edits
}

/// Edits that turn `before` into `after` and touch as little as they can: a line that stays keeps its place, and of one that changes only
/// the part between what both sides have in common at its start and at its end. None of them parts a character, or `\r` from `\n`.
#[must_use]
pub fn small_edits(before: &[u8], after: &[u8]) -> Vec<Edit> {
    edits(before, after)
        .into_iter()
        .flat_map(|edit| line_by_line(before, edit))
        .map(|edit| trimmed(before, edit))
        .collect()
}

/// An edit of as many lines as it gives, as edits of each of them.
fn line_by_line(before: &[u8], edit: Edit) -> Vec<Edit> {
    let (old, new) = (lines(&before[edit.range]), lines(&edit.text));
    if old.len() != new.len() {
        return vec![edit];
    }
    let mut start = edit.range.start();
    let pairs = old.into_iter().zip(new).map(|(old, new)| {
        let range = TextRange::new(start, start + old.len());
        start = range.end();
        Edit::replace(range, new)
    });
    pairs.filter(|pair| before[pair.range] != pair.text).collect()
}

/// The edit without what it leaves as it is at its start and its end.
fn trimmed(before: &[u8], Edit { range, text }: Edit) -> Edit {
    let old = &before[range];
    let is_cut = |text: &[u8], at: usize| {
        let is_in_character = text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        let is_in_line_end = at > 0 && text[at - 1] == b'\r' && text.get(at) == Some(&b'\n');
        !is_in_character && !is_in_line_end
    };
    let mut start = old.iter().zip(&text).take_while(|(old, new)| old == new).count();
    while !(is_cut(old, start) && is_cut(&text, start)) {
        start -= 1;
    }
    let (old_rest, new_rest) = (&old[start..], &text[start..]);
    let mut end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    while !(is_cut(old, old.len() - end) && is_cut(&text, text.len() - end)) {
        end -= 1;
    }
    let range = TextRange::new(range.start() + start, range.end() - end);
    Edit::replace(range, &text[start..text.len() - end])
}

/// The text cut after every `\n`, which is where git and `patch` cut it.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Longest text that is compared as a whole, in lines: the time that this takes may grow with the square of them.
const WHOLE_LINES_MAX: usize = 2_000;

/// Lines of a part of a longer text, at least.
const PART_LINES: usize = 256;

fn changes(before: &[&[u8]], after: &[&[u8]]) -> Vec<DiffOp> {
    if before.len().max(after.len()) <= WHOLE_LINES_MAX {
        return changes_of_whole(before, after);
    }
    let mut changes: Vec<DiffOp> = Vec::new();
    for (old, new) in parts(before, after) {
        for change in changes_of_part(before, old, after, new) {
            match (changes.last_mut(), change) {
                (Some(DiffOp::Equal { len, .. }), DiffOp::Equal { len: more, .. }) => *len += more,
                _ => changes.push(change),
            }
        }
    }
    changes
}

/// The changes of texts that are compared as a whole. Only the algorithm that is used is named, so that only that one is compiled.
fn changes_of_whole(before: &[&[u8]], after: &[&[u8]]) -> Vec<DiffOp> {
    let mut changes = Compact::new(Replace::new(Capture::new()), before, after);
    let Ok(()) = histogram::diff(&mut changes, before, 0..before.len(), after, 0..after.len());
    changes.into_inner().into_inner().into_ops()
}

/// The changes of a part; all of it is one if it is too long.
fn changes_of_part(before: &[&[u8]], old: Range<usize>, after: &[&[u8]], new: Range<usize>) -> Vec<DiffOp> {
    let (old_index, new_index) = (old.start, new.start);
    if old.len().max(new.len()) > WHOLE_LINES_MAX {
        return vec![DiffOp::Replace { old_index, old_len: old.len(), new_index, new_len: new.len() }];
    }
    let mut changes = changes_of_whole(&before[old], &after[new]);
    for change in &mut changes {
        match change {
            DiffOp::Equal { old_index: old, new_index: new, .. }
            | DiffOp::Delete { old_index: old, new_index: new, .. }
            | DiffOp::Insert { old_index: old, new_index: new, .. }
            | DiffOp::Replace { old_index: old, new_index: new, .. } => {
                *old += old_index;
                *new += new_index;
            }
        }
    }
    changes
}

/// Both texts in parts that belong together, in order. Each but the first starts with a line that both have.
fn parts(before: &[&[u8]], after: &[&[u8]]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut parts = Vec::new();
    let (mut old_start, mut new_start) = (0, 0);
    for (old, new) in common_lines(before, after) {
        if (old - old_start).min(new - new_start) >= PART_LINES {
            parts.push((old_start..old, new_start..new));
            (old_start, new_start) = (old, new);
        }
    }
    parts.push((old_start..before.len(), new_start..after.len()));
    parts
}

/// Indices of lines that both texts have equally often, and in the same order: as many as can be.
fn common_lines(before: &[&[u8]], after: &[&[u8]]) -> Vec<(usize, usize)> {
    let mut places: HashMap<&[u8], [Vec<usize>; 2]> = HashMap::new();
    for (side, lines) in [before, after].into_iter().enumerate() {
        for (index, line) in lines.iter().enumerate() {
            places.entry(line).or_default()[side].push(index);
        }
    }
    let equal = places.values().filter(|[old, new]| old.len() == new.len());
    let mut pairs: Vec<_> = equal.flat_map(|[old, new]| old.iter().copied().zip(new.iter().copied())).collect();
    pairs.sort_unstable();
    ascending(&pairs)
}

/// The longest part of `pairs`, which ascend by their first half, that ascends by the second one too.
fn ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the pair with the least second half that such a part ends with; and for each pair, the one before it.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (index, (_, new)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < *new);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut longest: Vec<_> =
        std::iter::successors(ends.last().copied(), |&index| before[index]).map(|index| pairs[index]).collect();
    longest.reverse();
    longest
}

fn diff(name_before: &[u8], name_after: &[u8], before: &[u8], after: &[u8]) -> Vec<u8> {
    let (before, after) = (lines(before), lines(after));
    let mut out = Vec::new();
    for hunk in similar::group_diff_ops(changes(&before, &after), CONTEXT_LINES) {
        if out.is_empty() {
            out.extend_from_slice(&[b"--- ", name_before, b"\n+++ ", name_after, b"\n"].concat());
        }
        push_hunk(&mut out, &hunk, &before, &after);
    }
    out
}

fn push_hunk(out: &mut Vec<u8>, hunk: &[DiffOp], before: &[&[u8]], after: &[&[u8]]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { return };
    let old = span(first.old_range().start..last.old_range().end);
    let new = span(first.new_range().start..last.new_range().end);
    out.extend_from_slice(format!("@@ -{old} +{new} @@\n").as_bytes());
    for change in hunk {
        if change.tag() == DiffTag::Equal {
            push_lines(out, b' ', &before[change.old_range()]);
        } else {
            push_lines(out, b'-', &before[change.old_range()]);
            push_lines(out, b'+', &after[change.new_range()]);
        }
    }
}

/// Lines count from 1; an empty span names the line before it.
fn span(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

fn push_lines(out: &mut Vec<u8>, mark: u8, lines: &[&[u8]]) {
    for line in lines {
        out.push(mark);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

/// The name as git writes it after `---` and `+++`: in C's quotes if it holds anything but printable ASCII, and with a tab behind
/// it if it holds a space, since what follows a space could be a time. `patch` loses a space at the end unless it is quoted.
fn file_name(side: &[u8], path: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if !path.iter().all(plain) || path.ends_with(b" ") {
        return quoted(&[side, path].concat());
    }
    let tab: &[u8] = if path.contains(&b' ') { b"\t" } else { b"" };
    [side, path, tab].concat()
}

fn quoted(name: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for &byte in name {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
        }
    }
    out.push(b'"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::EditSet;
    use proptest::prelude::*;

    fn shown(path: &str, before: &str, after: &str) -> String {
        String::from_utf8(unified(path.as_bytes(), before.as_bytes(), after.as_bytes())).unwrap()
    }

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let diff = shown("Dockerfile", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
        assert_eq!(diff, "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    }

    #[test]
    fn a_missing_final_newline_is_said_on_each_side() {
        assert_eq!(
            shown("d", "a", "a\nb"),
            "--- a/d\n+++ b/d\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn a_small_edit_is_what_differs_inside_a_line() {
        let edits = small_edits(b"FROM a\nRUN b c\r\nRUN d\r\n", b"FROM a\nRUN b -y c\r\nRUN d --z\r\n");
        assert_eq!(edits, [Edit::insert(13, "-y "), Edit::insert(21, " --z")]);
    }

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(shown("d", "a\n", "a\n"), "");
    }

    #[test]
    fn a_new_file_comes_from_nowhere() {
        assert_eq!(unified_new_file(b"d", b"a\n"), b"--- /dev/null\n+++ b/d\n@@ -0,0 +1 @@\n+a\n");
    }

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        assert!(shown("a ü/\"\t", "", "a\n").starts_with(r#"--- "a/a \303\274/\"\t""#));
        assert!(shown("my Dockerfile", "", "a\n").starts_with("--- a/my Dockerfile\t\n"));
    }

    #[test]
    fn a_changed_line_counts_as_added_and_removed() {
        assert_eq!(lines_changed(b"a\nb\n", b"a\nc\nd\n"), LinesChanged { added: 2, removed: 1 });
    }

    #[test]
    fn a_long_text_is_cut_where_nothing_changes_and_the_cuts_are_not_seen() {
        let numbered = |count: usize| (0..count).map(|at| format!("{at}\n")).collect::<Vec<_>>();
        let before = numbered(2 * WHOLE_LINES_MAX);
        let mut after = before.clone();
        for at in (0..after.len()).step_by(2) {
            after[at] = "same\n".to_owned();
        }
        let edits = edits(before.concat().as_bytes(), after.concat().as_bytes());
        assert_eq!(edits.len(), WHOLE_LINES_MAX);
        assert!(edits.iter().all(|edit| edit.text == b"same\n"));
        after.clone_from(&before);
        after[3 * PART_LINES + 1].insert(0, '!');
        let diff = shown("Dockerfile", &before.concat(), &after.concat());
        assert_eq!(diff.lines().filter(|line| line.starts_with(' ')).count(), 2 * CONTEXT_LINES);
    }

    #[test]
    fn a_long_text_of_which_nothing_stays_is_one_change() {
        let before = "a\n".repeat(WHOLE_LINES_MAX + 1);
        let edits = edits(before.as_bytes(), "b\n".repeat(WHOLE_LINES_MAX + 1).as_bytes());
        assert_eq!(edits.len(), 1);
    }

    proptest! {
        #[test]
        fn edits_turn_before_into_after(before in "[ab\r\n]{0,20}", after in "[ab\r\n]{0,20}") {
            let mut set = EditSet::default();
            set.add(&edits(before.as_bytes(), after.as_bytes())).unwrap();
            prop_assert_eq!(set.apply(before.as_bytes()), after.as_bytes());
        }

        #[test]
        fn parts_of_long_texts_do_so_too(changed in proptest::collection::vec((0usize..3_000, "[ab]{0,2}\n?"), 0..40), kinds in 1usize..4_000) {
            let line = |at: usize| format!("{}\n", at % kinds);
            let mut lines: Vec<_> = (0..3_000).map(line).collect();
            let before = lines.concat();
            changed.into_iter().for_each(|(at, text)| lines[at] = text);
            let after = lines.concat();
            let mut set = EditSet::default();
            set.add(&edits(before.as_bytes(), after.as_bytes())).unwrap();
            prop_assert_eq!(set.apply(before.as_bytes()), after.as_bytes());
        }

        #[test]
        fn small_edits_do_so_too_and_part_nothing(before in "[abü\r\n]{0,20}", after in "[abû\r\n]{0,20}") {
            let mut set = EditSet::default();
            let edits = small_edits(before.as_bytes(), after.as_bytes());
            let parts_line_end = |at: usize| before[..at].ends_with('\r') && before[at..].starts_with('\n');
            for edit in &edits {
                prop_assert!(std::str::from_utf8(&edit.text).is_ok());
                for at in [edit.range.start(), edit.range.end()] {
                    prop_assert!(before.is_char_boundary(at) && !parts_line_end(at));
                }
            }
            set.add(&edits).unwrap();
            prop_assert_eq!(set.apply(before.as_bytes()), after.as_bytes());
        }
    }
}
