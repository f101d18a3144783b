//! A table of facts: lines of a key and a value, sorted, behind comments that say what they are and where they are from.

use crate::text::sorted::lines_of;

/// What stands between a key and its value.
const BETWEEN: u8 = b'\t';

/// How many bytes are ASCII.
const ASCII: usize = 128;

/// Facts, one a line: a key, a tab, a value. A key may have several values; a value that begins or ends with a blank stands in backquotes.
///
/// Invariant: the lines behind the comments are sorted, byte by byte, and each is there once. A test holds every table to it.
#[derive(Debug)]
pub(crate) struct Table {
    facts: &'static str,
    /// For each byte of ASCII and what comes behind them, where the first line stands that does not start with a smaller one: a search needs
    /// to look at few lines, or none.
    starts: [u32; ASCII + 1],
}

impl Table {
    /// The table that a file holds.
    pub const fn new(text: &'static str) -> Self {
        let mut facts = text;
        while let [b'#', ..] = facts.as_bytes() {
            facts = facts.split_at(line_end(facts.as_bytes(), 0)).1;
        }
        let bytes = facts.as_bytes();
        assert!(bytes.len() < u32::MAX as usize, "a table is small");
        let (mut starts, mut first, mut at) = ([0; ASCII + 1], 0, 0);
        while first < starts.len() {
            while at < bytes.len() && (bytes[at] as usize) < first {
                at = line_end(bytes, at);
            }
            #[expect(clippy::cast_possible_truncation, reason = "a table is small")]
            let start = at as u32;
            starts[first] = start;
            first += 1;
        }
        Self { facts, starts }
    }

    /// What is known of `key`.
    pub fn known(&self, key: &str) -> Known {
        self.starting_with(key, BETWEEN)
    }

    /// What is known of the keys that start with the word `first`.
    pub fn under(&self, first: &str) -> Known {
        self.starting_with(first, b' ')
    }

    /// Whether `value` is one of those of `key`.
    pub fn has(&self, key: &str, value: &str) -> bool {
        self.known(key).has(value)
    }

    /// The value of `key`, where it has one; the first, where it has several.
    pub fn get(&self, key: &str) -> Option<&'static str> {
        self.of(key).next()
    }

    /// The values of `key`.
    pub fn of(&self, key: &str) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.known(key).values()
    }

    /// All facts, as keys and values.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static str)> + Clone + use<> {
        self.facts.lines().filter_map(|line| line.split_once('\t')).map(|(key, value)| (key, bare(value)))
    }

    /// The first value of `key` that stands somewhere in `text`.
    pub fn sign(&self, key: &str, text: &str) -> Option<&'static str> {
        self.of(key).find(|sign| text.contains(sign))
    }

    /// The first value of `key` that `text` starts with.
    pub fn start(&self, key: &str, text: &str) -> Option<&'static str> {
        self.of(key).find(|start| text.starts_with(start))
    }

    /// The first value of `key` that `text` ends with.
    pub fn ending(&self, key: &str, text: &str) -> Option<&'static str> {
        self.of(key).find(|ending| text.ends_with(ending))
    }

    /// The lines that start with `word` and have `end` behind it.
    fn starting_with(&self, word: &str, end: u8) -> Known {
        let first = word.bytes().next().unwrap_or(end).min(ASCII as u8) as usize;
        let from = self.starts[first] as usize;
        let to = self.starts.get(first + 1).map_or(self.facts.len(), |&to| to as usize);
        Known { lines: lines_of(&self.facts[from..to], 0, word, end), shared: word.len() + 1 }
    }
}

/// What a table says of one key, or of the keys that start with the same word: found once, and asked often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    lines: &'static str,
    /// How many bytes at the start of each line are those of the key, with what stands behind it.
    shared: usize,
}

impl Known {
    /// What is known where there is no key.
    pub const NOTHING: Self = Self { lines: "", shared: 0 };

    /// Whether `value` is one of the values.
    pub fn has(self, value: &str) -> bool {
        self.values().any(|known| known == value)
    }

    /// The values of the key.
    pub fn values(self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.lines.lines().map(move |line| bare(&line[self.shared..]))
    }

    /// What stands behind `start` in those values that start so.
    pub fn that<'s>(self, start: &'s str) -> impl Iterator<Item = &'static str> + use<'s> {
        self.values().filter_map(move |value| value.strip_prefix(start))
    }

    /// What is known of the key with `rest` behind its first word.
    pub fn known(self, rest: &str) -> Self {
        Self { lines: lines_of(self.lines, self.shared, rest, BETWEEN), shared: self.shared + rest.len() + 1 }
    }

    /// What stands behind the first word of those keys that have `value`.
    pub fn keys<'v>(self, value: &'v str) -> impl Iterator<Item = &'static str> + use<'v> {
        let facts = self.lines.lines().filter_map(move |line| line[self.shared..].split_once('\t'));
        facts.filter(move |(_, known)| bare(known) == value).map(|(rest, _)| rest)
    }
}

/// A value without the backquotes around it.
fn bare(value: &str) -> &str {
    value.strip_prefix('`').and_then(|value| value.strip_suffix('`')).unwrap_or(value)
}

/// Where the line ends that has a byte at `at`, with its line break.
const fn line_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at] != b'\n' {
        at += 1;
    }
    if at < text.len() { at + 1 } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_by_their_keys() {
        static TABLE: Table = Table::new("# About this.\n#\na\t1\na\t12\na b\t3\nb\t` c `\nb\td e\né\t4\nê\t5\n");
        assert!(TABLE.has("a", "1") && TABLE.has("a", "12") && TABLE.has("a b", "3") && TABLE.has("b", "d e"));
        assert!(
            !TABLE.has("a", "2") && !TABLE.has("a", "") && !TABLE.has("a b", "1") && !TABLE.has("#", "About this.")
        );
        assert_eq!(TABLE.of("a").collect::<Vec<_>>(), ["1", "12"]);
        assert_eq!(TABLE.get("b"), Some(" c "));
        assert_eq!(["", "\u{7f}", "c", "è"].map(|key| TABLE.get(key)), [None; 4]);
        assert_eq!(["é", "ê"].map(|key| TABLE.get(key)), [Some("4"), Some("5")]);
        assert_eq!(TABLE.sign("b", "x c y"), Some(" c "));
        assert_eq!((TABLE.start("a", "12"), TABLE.ending("a", "12")), (Some("1"), Some("12")));
    }

    #[test]
    fn keys_of_two_words_are_found_by_the_first() {
        static TABLE: Table = Table::new("a\tx y\na b\tx y\na b c\tx z\na d\tx y\nb d\tw\n");
        let under = TABLE.under("a");
        assert_eq!(under.keys("x y").collect::<Vec<_>>(), ["b", "d"]);
        assert!(under.known("b c").has("x z") && !under.known("b").has("x z") && !under.known("d").has("w"));
        assert_eq!(TABLE.known("a b c").that("x ").collect::<Vec<_>>(), ["z"]);
    }
}
