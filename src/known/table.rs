//! A table of facts: lines of a key and a value, sorted, behind comments that say what they are and where they are from.

use crate::text::sorted::range_of;

/// What stands between a key and its value.
const BETWEEN: u8 = b'\t';

/// Facts, one a line: a key, a tab, a value. A key may have several values; a value that begins or ends with a blank stands in backquotes.
///
/// Invariant: the lines behind the comments are sorted, byte by byte, and each is there once. A test holds every table to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    facts: &'static str,
    /// Without places for them, keys are found by halving the table, and values by looking at each.
    index: Index,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.facts, other.facts)
    }
}

impl Eq for Table {}

/// The table in a file, with an index that is made when this is compiled.
macro_rules! table {
    ($file:literal) => {{
        const TABLE: $crate::known::Table = $crate::known::Table::new(include_str!($file));
        static KEYS: [(u32, u32); TABLE.places_of_keys()] = TABLE.keys();
        static LINES: [u32; TABLE.places_of_lines()] = TABLE.lines();
        TABLE.with(&KEYS, &LINES)
    }};
}
pub(crate) use table;

impl Table {
    /// The table that a file holds, without an index.
    pub const fn new(text: &'static str) -> Self {
        let mut facts = text;
        while let [b'#', ..] = facts.as_bytes() {
            facts = facts.split_at(line_end(facts.as_bytes(), 0)).1;
        }
        Self { facts, index: Index { keys: &[], lines: &[] } }
    }

    /// The same with an index.
    pub const fn with(self, keys: &'static [(u32, u32)], lines: &'static [u32]) -> Self {
        Self { index: Index { keys, lines }, ..self }
    }

    /// What is known of `key`.
    pub fn known(self, key: &str) -> Known {
        if self.index.keys.is_empty() {
            return self.fixed(key);
        }
        let number = number(NO_BYTES, key.as_bytes());
        let has_key =
            |(start, _): &(u32, u32)| has_word(self.facts.as_bytes(), *start as usize, key.as_bytes(), BETWEEN);
        let (start, end) = self.index.keys(number).find(has_key).unwrap_or_default();
        Known { table: self, start, end, shared: key.len(), number }.behind(BETWEEN)
    }

    /// The same in a constant.
    pub const fn fixed(self, key: &str) -> Known {
        Known::whole(self).starting(key, BETWEEN)
    }

    /// What is known of `key`, which is there: asked for in a constant, a mistake in it does not compile.
    pub const fn expect(self, key: &str) -> Known {
        let known = self.fixed(key);
        assert!(known.start < known.end, "no such key");
        known
    }

    /// What is known of the keys that start with the word `first`.
    pub const fn under(self, first: &str) -> Known {
        Known::whole(self).starting(first, b' ')
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

/// Where keys and lines are, each at the place that its number says, or at the next free one behind it.
#[derive(Clone, Copy, Debug)]
struct Index {
    /// Where the lines of a key start and end; where a place is free, twice the same.
    keys: &'static [(u32, u32)],
    /// Where a line starts, or [`FREE`].
    lines: &'static [u32],
}

const FREE: u32 = u32::MAX;

impl Index {
    /// What may be the lines of the key that comes to `number`.
    fn keys(self, number: u32) -> impl Iterator<Item = (u32, u32)> {
        let first = place(number, self.keys.len());
        (0..).map(move |step| self.keys[(first + step) % self.keys.len()]).take_while(|(start, end)| start < end)
    }

    /// Where what may be the line that comes to `number` starts.
    fn lines(self, number: u32) -> impl Iterator<Item = u32> {
        let first = place(number, self.lines.len());
        (0..).map(move |step| self.lines[(first + step) % self.lines.len()]).take_while(|start| *start != FREE)
    }
}

/// What an index is made of, when this is compiled.
impl Table {
    pub const fn places_of_keys(self) -> usize {
        let (mut count, mut at) = (0, 0);
        while at < self.facts.len() {
            (count, at) = (count + 1, self.key_at(at).1);
        }
        places_for(count)
    }

    pub const fn places_of_lines(self) -> usize {
        let (mut count, mut at) = (0, 0);
        while at < self.facts.len() {
            (count, at) = (count + 1, line_end(self.facts.as_bytes(), at));
        }
        places_for(count)
    }

    pub const fn keys<const PLACES: usize>(self) -> [(u32, u32); PLACES] {
        let (mut places, mut at) = ([(0, 0); PLACES], 0);
        while at < self.facts.len() {
            let (key, end) = self.key_at(at);
            let mut place = place(number(NO_BYTES, key), PLACES);
            while places[place].0 < places[place].1 {
                place = (place + 1) % PLACES;
            }
            places[place] = (short(at), short(end));
            at = end;
        }
        places
    }

    pub const fn lines<const PLACES: usize>(self) -> [u32; PLACES] {
        let bytes = self.facts.as_bytes();
        let (mut places, mut at) = ([FREE; PLACES], 0);
        while at < bytes.len() {
            let (key, key_end) = self.key_at(at);
            let before = number(number(NO_BYTES, key), &[BETWEEN]);
            while at < key_end {
                let end = line_end(bytes, at);
                let value = bytes.split_at(end - 1).0.split_at(at + key.len() + 1).1;
                let mut place = place(number(before, bare_bytes(value)), PLACES);
                while places[place] != FREE {
                    place = (place + 1) % PLACES;
                }
                places[place] = short(at);
                at = end;
            }
        }
        places
    }

    /// The key of the line that starts at `at`, and where its lines end.
    const fn key_at(self, at: usize) -> (&'static [u8], usize) {
        let bytes = self.facts.as_bytes();
        let mut end = at;
        while bytes[end] != BETWEEN {
            end += 1;
        }
        let key = bytes.split_at(end).0.split_at(at).1;
        let mut next = at;
        while next < bytes.len() && has_word(bytes, next, key, BETWEEN) {
            next = line_end(bytes, next);
        }
        (key, next)
    }
}

/// So many that at least a third is free.
const fn places_for(count: usize) -> usize {
    (count + count / 2 + 1).next_power_of_two()
}

/// The first place of what comes to `number`, of so many, which are a power of two.
const fn place(number: u32, places: usize) -> usize {
    (number ^ (number >> 15)) as usize % places
}

const NO_BYTES: u32 = 0x811c_9dc5;

/// What bytes come to that stand behind others, which come to `before` (FNV-1a).
const fn number(before: u32, bytes: &[u8]) -> u32 {
    let (mut number, mut at) = (before, 0);
    while at < bytes.len() {
        number = (number ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    number
}

#[expect(clippy::cast_possible_truncation, reason = "no table is that large")]
const fn short(at: usize) -> u32 {
    assert!(at < FREE as usize);
    at as u32
}

/// Whether `word`, and `end` behind it, stand at `at`.
const fn has_word(text: &[u8], at: usize, word: &[u8], end: u8) -> bool {
    let mut index = 0;
    while index < word.len() && at + index < text.len() && text[at + index] == word[index] {
        index += 1;
    }
    index == word.len() && at + index < text.len() && text[at + index] == end
}

/// What a table says of one key, or of the keys that start with the same word: found once, and asked often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    table: Table,
    /// Where its lines start and end in the table.
    start: u32,
    end: u32,
    /// How many bytes at the start of each line are those of the key, with what stands behind it, and what they come to.
    shared: usize,
    number: u32,
}

impl Known {
    /// What is known where there is no key.
    pub const NOTHING: Self = Self::whole(Table::new(""));

    const fn whole(table: Table) -> Self {
        Self { table, start: 0, end: short(table.facts.len()), shared: 0, number: NO_BYTES }
    }

    const fn lines(self) -> &'static str {
        self.table.facts.split_at(self.end as usize).0.split_at(self.start as usize).1
    }

    /// Those lines that have `word` next, with `end` behind it.
    const fn starting(self, word: &str, end: u8) -> Self {
        let (start, stop) = range_of(self.lines(), self.shared, word, end);
        let number = number(self.number, word.as_bytes());
        let (start, stop) = (self.start + short(start), self.start + short(stop));
        Self { start, end: stop, shared: self.shared + word.len(), number, ..self }.behind(end)
    }

    /// The same behind one more byte, which all lines have.
    const fn behind(self, byte: u8) -> Self {
        Self { shared: self.shared + 1, number: number(self.number, &[byte]), ..self }
    }

    /// Whether `value` is one of the values.
    pub fn has(self, value: &str) -> bool {
        let Self { table, start, end, shared, .. } = self;
        if table.index.lines.is_empty() {
            return self.values().any(|known| known == value);
        }
        let bytes = table.facts.as_bytes();
        let is_it = |line: u32| {
            let at = line as usize + shared;
            (start..end).contains(&line)
                && (has_word(bytes, at, value.as_bytes(), b'\n')
                    || bytes[at] == b'`' && has_word(bytes, at + 1, value.as_bytes(), b'`'))
        };
        start < end && table.index.lines(number(self.number, value.as_bytes())).any(is_it)
    }

    /// The first of the values.
    pub fn first(self) -> Option<&'static str> {
        self.values().next()
    }

    /// The values of the key.
    pub fn values(self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        Values { lines: self.lines(), shared: self.shared, first: None }
    }

    /// Those that may start with the byte `first`; all, if there is none.
    fn values_with(self, first: Option<u8>) -> Values {
        Values { lines: self.lines(), shared: self.shared, first }
    }

    /// The first of the values that stands somewhere in `text`.
    pub fn sign(self, text: &str) -> Option<&'static str> {
        self.values().find(|sign| text.contains(sign))
    }

    /// The first of the values that `text` starts with.
    pub fn start(self, text: &str) -> Option<&'static str> {
        self.values_with(text.bytes().next()).find(|start| text.starts_with(start))
    }

    /// The first of the values that `text` ends with.
    pub fn ending(self, text: &str) -> Option<&'static str> {
        self.values().find(|ending| text.ends_with(ending))
    }

    /// What stands behind `start` in those values that start so.
    pub fn that<'s>(self, start: &'s str) -> impl Iterator<Item = &'static str> + use<'s> {
        self.values_with(start.bytes().next()).filter_map(move |value| value.strip_prefix(start))
    }

    /// What is known of the key with `rest` behind its first word.
    pub fn known(self, rest: &str) -> Self {
        let Self { table, start, end, shared, .. } = self;
        if table.index.keys.is_empty() {
            return self.starting(rest, BETWEEN);
        }
        let number = number(self.number, rest.as_bytes());
        let has_rest = |(key, _): &(u32, u32)| {
            (start..end).contains(key)
                && has_word(table.facts.as_bytes(), *key as usize + shared, rest.as_bytes(), BETWEEN)
        };
        let (start, end) = table.index.keys(number).find(has_rest).unwrap_or_default();
        Self { table, start, end, shared: shared + rest.len(), number }.behind(BETWEEN)
    }
}

/// Values, from one line to the next. Lines are short, so that bytes are looked at one by one.
#[derive(Clone, Debug)]
struct Values {
    lines: &'static str,
    shared: usize,
    /// What they start with, if others need not be looked at.
    first: Option<u8>,
}

impl Iterator for Values {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        loop {
            let bytes = self.lines.as_bytes();
            let end = bytes.iter().skip(self.shared).position(|byte| *byte == b'\n')? + self.shared;
            let value = &self.lines[self.shared..end];
            self.lines = &self.lines[end + 1..];
            let is_other = |first: &u8| self.first.is_some_and(|wanted| wanted != *first && b'`' != *first);
            if !value.as_bytes().first().is_some_and(is_other) {
                return Some(bare(value));
            }
        }
    }
}

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
        let indexed = crate::known::COMMANDS;
        let table = Table { index: Index { keys: &[], lines: &[] }, ..indexed };
        let same = |key: &str, value: &str| {
            let values = |known: Known| known.values().collect::<Vec<_>>();
            assert_eq!(values(indexed.known(key)), values(table.known(key)), "{key}");
            assert_eq!(indexed.has(key, value), table.has(key, value), "{key}: {value}");
            if let Some((first, rest)) = key.split_once(' ') {
                assert_eq!(values(indexed.under(first).known(rest)), values(table.known(key)), "{key}");
            }
        };
        for (key, value) in table.all() {
            same(key, value);
            same(value, key);
            same(&key[1..], value);
            same(key, &value[1..]);
        }
        for key in ["", "a\nb", "\t", "`"] {
            same(key, key);
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
