//! Finding lines in sorted text by halving it.

/// The lines of `text` that have `word`, with `end` behind it, `skip` bytes after their start. `text` is whole lines, which are the same in
/// those first bytes, and sorted. A line break is an `end` too.
#[must_use]
pub const fn lines_of<'t>(text: &'t str, skip: usize, word: &str, end: u8) -> &'t str {
    let (start, stop) = range_of(text, skip, word, end);
    text.split_at(stop).0.split_at(start).1
}

/// Where those lines start and end.
#[must_use]
pub const fn range_of(text: &str, skip: usize, word: &str, end: u8) -> (usize, usize) {
    let wanted = Wanted { skip, word: word.as_bytes(), end };
    let start = wanted.partition(text.as_bytes(), 0, -1);
    (start, wanted.stop(text.as_bytes(), start))
}

/// As many lines are gone over one by one.
const FEW: usize = 8;

/// What lines are to have.
struct Wanted<'w> {
    skip: usize,
    word: &'w [u8],
    end: u8,
}

impl Wanted<'_> {
    /// How the line that starts at `at` stands to those that have it: before, among or after them.
    const fn order(&self, text: &[u8], at: usize) -> i8 {
        let (start, mut index) = (at + self.skip, 0);
        loop {
            let byte = if start + index < text.len() { text[start + index] } else { b'\n' };
            if index == self.word.len() {
                return order(byte, self.end);
            }
            // A line that is over comes before longer ones.
            if byte == b'\n' || byte != self.word[index] {
                return if byte == b'\n' { -1 } else { order(byte, self.word[index]) };
            }
            index += 1;
        }
    }

    /// Where those end that start at `start`: they are few, or found as their start is.
    const fn stop(&self, text: &[u8], start: usize) -> usize {
        let (mut at, mut lines) = (start, 0);
        while at < text.len() && self.order(text, at) == 0 {
            if lines == FEW {
                return self.partition(text, at, 0);
            }
            while at < text.len() && text[at] != b'\n' {
                at += 1;
            }
            at = if at < text.len() { at + 1 } else { at };
            lines += 1;
        }
        at
    }

    /// Where the first line from `low` on starts whose order is more than `last`.
    const fn partition(&self, text: &[u8], mut low: usize, last: i8) -> usize {
        let mut high = text.len();
        while low < high {
            let middle = low + (high - low) / 2;
            let (mut start, mut stop) = (middle, middle);
            while start > low && text[start - 1] != b'\n' {
                start -= 1;
            }
            if self.order(text, start) > last {
                high = start;
                continue;
            }
            while stop < high && text[stop] != b'\n' {
                stop += 1;
            }
            low = if stop < high { stop + 1 } else { high };
        }
        low
    }
}

const fn order(byte: u8, other: u8) -> i8 {
    (byte > other) as i8 - (byte < other) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_their_word() {
        let text = "# a\na x 1\nab x 2\nab y 3\nab y 4\nac z 5\n";
        assert_eq!(lines_of(text, 0, "ab", b' '), "ab x 2\nab y 3\nab y 4\n");
        assert_eq!(lines_of(lines_of(text, 0, "ab", b' '), 3, "y", b' '), "ab y 3\nab y 4\n");
        assert_eq!(lines_of(text, 0, "ac", b' '), "ac z 5\n");
        for word in ["", "0", "aa", "abc", "z"] {
            assert_eq!(lines_of(text, 0, word, b' '), "", "{word}");
        }
        assert_eq!(lines_of("", 0, "a", b' '), "");
    }

    #[test]
    fn every_line_of_every_size_is_found() {
        let words: Vec<_> = (0..200).map(|number| format!("{:03}{}", number, "x".repeat(number % 7))).collect();
        let text: String = words.iter().map(|word| format!("{word} {}\n", "y".repeat(word.len() % 5))).collect();
        for word in &words {
            assert!(lines_of(&text, 0, word, b' ').starts_with(&format!("{word} ")), "{word}");
        }
    }
}
