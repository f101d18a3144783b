//! A table of facts: lines of a key and a value, sorted, behind comments that say what they are and where they are from.

use crate::text::sorted::lines_of;

/// What stands between a key and its value.
const BETWEEN: u8 = b'\t';

/// Facts, one a line: a key, a tab, a value. A key may have several values; a value that begins or ends with a blank stands in backquotes.
///
/// Invariant: the lines behind the comments are sorted, byte by byte, and each is there once. A test holds every table to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    facts: &'static str,
}

impl Table {
    /// The table that a file holds.
    pub const fn new(text: &'static str) -> Self {
        let mut facts = text;
        while let [b'#', ..] = facts.as_bytes() {
            facts = behind_line(facts);
        }
        Self { facts }
    }

    /// Whether `value` is one of those of `key`.
    pub fn has(self, key: &str, value: &str) -> bool {
        !lines_of(self.lines(key), key.len() + 1, value, b'\n').is_empty()
    }

    /// The value of `key`, where it has one; the first, where it has several.
    pub fn get(self, key: &str) -> Option<&'static str> {
        self.of(key).next()
    }

    /// The values of `key`.
    pub fn of(self, key: &str) -> impl Iterator<Item = &'static str> + Clone + use<> {
        let start = key.len() + 1;
        self.lines(key).lines().map(move |line| bare(&line[start..]))
    }

    /// All facts, as keys and values.
    pub fn all(self) -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
        self.facts.lines().filter_map(|line| line.split_once('\t')).map(|(key, value)| (key, bare(value)))
    }

    /// The first value of `key` that stands somewhere in `text`.
    pub fn sign(self, key: &str, text: &str) -> Option<&'static str> {
        self.of(key).find(|sign| text.contains(sign))
    }

    fn lines(self, key: &str) -> &'static str {
        lines_of(self.facts, 0, key, BETWEEN)
    }
}

/// A value without the backquotes around it.
fn bare(value: &str) -> &str {
    value.strip_prefix('`').and_then(|value| value.strip_suffix('`')).unwrap_or(value)
}

/// What stands behind the first line of `text`.
const fn behind_line(text: &str) -> &str {
    let mut at = 0;
    while at < text.len() && text.as_bytes()[at] != b'\n' {
        at += 1;
    }
    text.split_at(if at < text.len() { at + 1 } else { at }).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_by_their_keys() {
        static TABLE: Table = Table::new("# About this.\n#\na\t1\na\t12\na b\t3\nb\t` c `\nb\td e\n");
        assert!(TABLE.has("a", "1") && TABLE.has("a", "12") && TABLE.has("a b", "3") && TABLE.has("b", "d e"));
        assert!(
            !TABLE.has("a", "2") && !TABLE.has("a", "") && !TABLE.has("a b", "1") && !TABLE.has("#", "About this.")
        );
        assert_eq!(TABLE.of("a").collect::<Vec<_>>(), ["1", "12"]);
        assert_eq!(TABLE.get("b"), Some(" c "));
        assert_eq!(TABLE.get("c"), None);
        assert_eq!(TABLE.sign("b", "x c y"), Some(" c "));
    }
}
