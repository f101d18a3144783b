//! A table of facts: lines of a key and a value, sorted, behind comments that say what they are and where they are from.

use crate::text::sorted::lines_of;

/// What stands between a key and its value.
const BETWEEN: u8 = b'\t';

/// Facts, one a line: a key, a tab, a value. A key may have several values; a value that begins or ends with a blank stands in backquotes.
///
/// Invariant: the lines behind the comments are sorted, byte by byte, and each is there once. A test holds every table to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    facts: &'static str,
    keys: Option<&'static Keys>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.facts, other.facts)
    }
}

impl Eq for Table {}

/// The table in a file that has no more than some hundred keys, with an index of them.
macro_rules! table {
    ($file:literal) => {{
        const TABLE: $crate::known::Table = $crate::known::Table::new(include_str!($file));
        static KEYS: $crate::known::Keys = $crate::known::Keys::of(TABLE);
        TABLE.with(&KEYS)
    }};
}
pub(crate) use table;

impl Table {
    /// The table that a file holds.
    pub const fn new(text: &'static str) -> Self {
        let mut facts = text;
        while let [b'#', ..] = facts.as_bytes() {
            facts = facts.split_at(line_end(facts.as_bytes(), 0)).1;
        }
        Self { facts, keys: None }
    }

    /// The same with an index of its keys.
    pub const fn with(self, keys: &'static Keys) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// What is known of `key`.
    pub fn known(self, key: &str) -> Known {
        let shared = key.len() + 1;
        let lines = match self.keys.map(|keys| keys.places[place(key.as_bytes()) % KEYS]) {
            Some(NO_KEY) => "",
            Some(SEVERAL_KEYS) | None => lines_of(self.facts, 0, key, BETWEEN),
            Some((start, end)) => {
                let (start, end) = (start as usize, end as usize);
                if has_key(self.facts.as_bytes(), start, key.as_bytes()) { &self.facts[start..end] } else { "" }
            }
        };
        Known { lines, shared, values: ANY_VALUE }
    }

    /// The same in a constant.
    pub const fn fixed(self, key: &str) -> Known {
        Known::of(lines_of(self.facts, 0, key, BETWEEN), key.len() + 1)
    }

    /// What is known of `key`, which is there: asked for in a constant, a mistake in it does not compile.
    pub const fn expect(self, key: &str) -> Known {
        let known = self.fixed(key);
        assert!(!known.lines.is_empty(), "no such key");
        known
    }

    /// What is known of the keys that start with the word `first`.
    pub const fn under(self, first: &str) -> Known {
        Known { lines: lines_of(self.facts, 0, first, b' '), shared: first.len() + 1, values: ANY_VALUE }
    }

    /// Whether `value` is one of those of `key`.
    pub fn has(self, key: &str, value: &str) -> bool {
        self.known(key).has(value)
    }

    /// The value of `key`, where it has one; the first, where it has several.
    pub fn get(self, key: &str) -> Option<&'static str> {
        self.known(key).first()
    }

    /// The values of `key`.
    pub fn of(self, key: &str) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.known(key).values()
    }

    /// All facts, as keys and values.
    pub fn all(self) -> impl Iterator<Item = (&'static str, &'static str)> + Clone + use<> {
        self.facts.lines().filter_map(|line| line.split_once('\t')).map(|(key, value)| (key, bare(value)))
    }

    /// The first value of `key` that stands somewhere in `text`.
    pub fn sign(self, key: &str, text: &str) -> Option<&'static str> {
        self.known(key).sign(text)
    }
}

/// Where the lines of each key are, by what the key comes to as a number; of several keys that come to the same, it does not say.
#[derive(Debug)]
pub(crate) struct Keys {
    places: [(u32, u32); KEYS],
}

const KEYS: usize = 512;
const NO_KEY: (u32, u32) = (u32::MAX, 0);
const SEVERAL_KEYS: (u32, u32) = (u32::MAX, 1);

impl Keys {
    pub const fn of(table: Table) -> Self {
        let bytes = table.facts.as_bytes();
        let (mut places, mut at) = ([NO_KEY; KEYS], 0);
        while at < bytes.len() {
            let (key, end) = key_at(table.facts, at);
            let place = place(key) % KEYS;
            let is_free = places[place].0 == u32::MAX && places[place].1 == NO_KEY.1;
            #[expect(clippy::cast_possible_truncation, reason = "such a table is small")]
            let lines = (at as u32, end as u32);
            places[place] = if is_free { lines } else { SEVERAL_KEYS };
            at = end;
        }
        Self { places }
    }
}

/// The key of the line that starts at `at`, and where its lines end.
const fn key_at(facts: &str, at: usize) -> (&[u8], usize) {
    let bytes = facts.as_bytes();
    let mut end = at;
    while bytes[end] != BETWEEN {
        end += 1;
    }
    let key = bytes.split_at(end).0.split_at(at).1;
    let mut next = at;
    while next < bytes.len() && has_key(bytes, next, key) {
        next = line_end(bytes, next);
    }
    (key, next)
}

/// A table that is asked so often that most keys are to be found, or known to be missing, with one look.
#[derive(Debug)]
pub(crate) struct Indexed {
    facts: &'static str,
    /// For what keys come to as a number, where the lines of the only such key start, or one of the two below.
    places: [u32; PLACES],
}

const PLACES: usize = 8192;
const NOTHING: u32 = u32::MAX;
const SEVERAL: u32 = u32::MAX - 1;

impl Indexed {
    pub const fn new(table: Table) -> Self {
        let facts = table.facts;
        let bytes = facts.as_bytes();
        assert!(bytes.len() < SEVERAL as usize, "such a table is small");
        let (mut places, mut at) = ([NOTHING; PLACES], 0);
        while at < bytes.len() {
            let (key, end) = key_at(facts, at);
            let place = place(key) % PLACES;
            #[expect(clippy::cast_possible_truncation, reason = "such a table is small")]
            let start = at as u32;
            places[place] = if places[place] == NOTHING { start } else { SEVERAL };
            at = end;
        }
        Self { facts, places }
    }

    /// What is known of `key`.
    pub fn known(&self, key: &str) -> Known {
        let (bytes, place) = (self.facts.as_bytes(), self.places[place(key.as_bytes()) % PLACES]);
        match place {
            NOTHING => Known::NOTHING,
            SEVERAL => Known::of(lines_of(self.facts, 0, key, BETWEEN), key.len() + 1),
            start => {
                let start = start as usize;
                let mut end = start;
                while end < bytes.len() && has_key(bytes, end, key.as_bytes()) {
                    end = line_end(bytes, end);
                }
                Known::of(&self.facts[start..end], key.len() + 1)
            }
        }
    }

    /// Whether `value` is one of those of `key`.
    pub fn has(&self, key: &str, value: &str) -> bool {
        self.known(key).has(value)
    }

    /// The same without the index.
    pub const fn table(&self) -> Table {
        Table { facts: self.facts, keys: None }
    }
}

/// The number of a key (FNV-1a).
const fn place(key: &[u8]) -> usize {
    let (mut number, mut at) = (0x811c_9dc5_u32, 0);
    while at < key.len() {
        number = (number ^ key[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (number ^ (number >> 16)) as usize
}

/// Whether the line that starts at `at` is one of `key`.
const fn has_key(text: &[u8], at: usize, key: &[u8]) -> bool {
    let mut index = 0;
    while index < key.len() && at + index < text.len() && text[at + index] == key[index] {
        index += 1;
    }
    index == key.len() && at + index < text.len() && text[at + index] == BETWEEN
}

/// What a table says of one key, or of the keys that start with the same word: found once, and asked often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    lines: &'static str,
    /// How many bytes at the start of each line are those of the key, with what stands behind it.
    shared: usize,
    /// A bit for what the first byte, the last one and the length of each value come to: of most that are asked for, it tells that they are not there.
    values: u64,
}

impl Known {
    /// What is known where there is no key.
    pub const NOTHING: Self = Self { lines: "", shared: 0, values: 0 };

    const fn of(lines: &'static str, shared: usize) -> Self {
        let (bytes, mut values, mut at) = (lines.as_bytes(), 0, 0);
        while at < bytes.len() {
            let end = line_end(bytes, at);
            let value = bytes.split_at(end - 1).0.split_at(at + shared).1;
            values |= bit(bare_bytes(value));
            at = end;
        }
        Self { lines, shared, values }
    }

    /// Whether `value` is one of the values.
    pub fn has(self, value: &str) -> bool {
        if self.lines.len() > LINEAR_BYTES_MAX && !value.starts_with(' ') && !value.ends_with(' ') {
            return !lines_of(self.lines, self.shared, value, b'\n').is_empty();
        }
        self.values & bit(value.as_bytes()) != 0 && self.values().any(|known| known == value)
    }

    /// The first of the values.
    pub fn first(self) -> Option<&'static str> {
        self.values().next()
    }

    /// The values of the key.
    pub fn values(self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        Values { lines: self.lines, shared: self.shared }
    }

    /// The first of the values that stands somewhere in `text`.
    pub fn sign(self, text: &str) -> Option<&'static str> {
        self.values().find(|sign| text.contains(sign))
    }

    /// The first of the values that `text` starts with.
    pub fn start(self, text: &str) -> Option<&'static str> {
        self.values().find(|start| text.starts_with(start))
    }

    /// The first of the values that `text` ends with.
    pub fn ending(self, text: &str) -> Option<&'static str> {
        self.values().find(|ending| text.ends_with(ending))
    }

    /// What stands behind `start` in those values that start so.
    pub fn that<'s>(self, start: &'s str) -> impl Iterator<Item = &'static str> + use<'s> {
        self.values().filter_map(move |value| value.strip_prefix(start))
    }

    /// What is known of the key with `rest` behind its first word.
    pub const fn known(self, rest: &str) -> Self {
        let lines = lines_of(self.lines, self.shared, rest, BETWEEN);
        Self { lines, shared: self.shared + rest.len() + 1, values: ANY_VALUE }
    }
}

/// Values, from one line to the next. Lines are short, so that bytes are looked at one by one.
#[derive(Clone, Debug)]
struct Values {
    lines: &'static str,
    shared: usize,
}

impl Iterator for Values {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        let bytes = self.lines.as_bytes();
        let end = bytes.iter().skip(self.shared).position(|byte| *byte == b'\n')? + self.shared;
        let value = &self.lines[self.shared..end];
        self.lines = &self.lines[end + 1..];
        Some(bare(value))
    }
}

/// Fewer bytes are looked through from the start.
const LINEAR_BYTES_MAX: usize = 400;

/// The bit of a value.
const fn bit(value: &[u8]) -> u64 {
    let number = match value {
        [] => 0,
        [only] => *only as usize,
        [first, .., last] => *first as usize * 31 + *last as usize * 7 + value.len() * 59,
    };
    1 << (number % 64)
}

const ANY_VALUE: u64 = u64::MAX;

/// A value without the backquotes around it.
fn bare(value: &str) -> &str {
    value.strip_prefix('`').and_then(|value| value.strip_suffix('`')).unwrap_or(value)
}

const fn bare_bytes(value: &[u8]) -> &[u8] {
    match value {
        [b'`', value @ .., b'`'] => value,
        value => value,
    }
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
        const A: Known = TABLE.expect("a");
        assert_eq!((A.sign("x1"), A.start("12"), A.ending("12")), (Some("1"), Some("1"), Some("12")));
    }

    #[test]
    fn an_index_finds_what_the_table_has() {
        let table = crate::known::COMMANDS.table();
        for (key, value) in table.all() {
            assert!(crate::known::COMMANDS.has(key, value) && table.has(key, value), "{key}: {value}");
        }
        let values = |known: Known| known.values().collect::<Vec<_>>();
        for key in (b'!'..b'~').map(|byte| format!("{}x", char::from(byte))).chain(["".to_owned(), "a\nb".to_owned()]) {
            assert_eq!(values(crate::known::COMMANDS.known(&key)), values(table.known(&key)), "{key}");
        }
    }

    #[test]
    fn keys_of_two_words_are_found_by_the_first() {
        static TABLE: Table = Table::new("a\tx y\na b\tx y\na b c\tx z\na d\tx y\nb d\tw\n");
        let under = TABLE.under("a");
        assert!(under.known("b c").has("x z") && !under.known("b").has("x z") && !under.known("d").has("w"));
        assert_eq!(TABLE.known("a b c").that("x ").collect::<Vec<_>>(), ["z"]);
    }
}
