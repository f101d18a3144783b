//! Finding lines in sorted text by halving it.

/// The lines of `text` that have `word`, with `end` behind it, `skip` bytes after their start. `text` is whole lines, which are the same in
/// those first bytes, and sorted. A line break is an `end` too.
#[must_use]
pub fn lines_of<'t>(text: &'t str, skip: usize, word: &str, end: u8) -> &'t str {
    let start = partition(text, |line| key(line, skip, word, end) < 0);
    let length = partition(&text[start..], |line| key(line, skip, word, end) <= 0);
    &text[start..start + length]
}

/// How the line stands to those with `word`: before, among or after them.
fn key(line: &str, skip: usize, word: &str, end: u8) -> i8 {
    let line = line.as_bytes().get(skip..).unwrap_or_default();
    let (start, next) = (&line[..line.len().min(word.len())], line.get(word.len()));
    start.cmp(word.as_bytes()).then(next.unwrap_or(&b'\n').cmp(&end)) as i8
}

/// Where the first line starts for which `is_before` no longer holds.
fn partition(text: &str, is_before: impl Fn(&str) -> bool) -> usize {
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let bytes = text.as_bytes();
        let start = bytes[low..middle].iter().rposition(|byte| *byte == b'\n').map_or(low, |at| low + at + 1);
        let end = bytes[middle..high].iter().position(|byte| *byte == b'\n').map_or(high, |at| middle + at + 1);
        if is_before(text[start..end].trim_end_matches('\n')) {
            low = end;
        } else {
            high = start;
        }
    }
    low
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
