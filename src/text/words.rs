//! Sets of words that are known when the program is compiled.

/// A fixed set of words, of which most that are asked for are not in it: one bit tells that of nearly all of them.
#[derive(Debug)]
pub struct Words {
    words: &'static [&'static str],
    /// A bit for what the first byte, the last one and the length of each word come to.
    bits: [u64; BITS / 64],
}

const BITS: usize = 256;

impl Words {
    #[must_use]
    pub const fn new(words: &'static [&'static str]) -> Self {
        let mut bits = [0; BITS / 64];
        let mut index = 0;
        while index < words.len() {
            let bit = bit(words[index].as_bytes());
            bits[bit / 64] |= 1 << (bit % 64);
            index += 1;
        }
        Self { words, bits }
    }

    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        let bit = bit(word.as_bytes());
        self.bits[bit / 64] & 1 << (bit % 64) != 0 && self.words.contains(&word)
    }
}

/// What is in none of several sets, without asking each.
#[derive(Debug)]
pub struct Hint {
    bits: [u64; BITS / 64],
}

impl Hint {
    #[must_use]
    pub const fn of(sets: &[&Words]) -> Self {
        let mut bits = [0; BITS / 64];
        let mut index = 0;
        while index < sets.len() * bits.len() {
            let part = index % bits.len();
            bits[part] |= sets[index / bits.len()].bits[part];
            index += 1;
        }
        Self { bits }
    }

    /// Whether `word` may be in one of the sets.
    #[must_use]
    pub fn may_have(&self, word: &str) -> bool {
        let bit = bit(word.as_bytes());
        self.bits[bit / 64] & 1 << (bit % 64) != 0
    }
}

const fn bit(word: &[u8]) -> usize {
    match word {
        [] => 0,
        [first, .., last] => (*first as usize * 31 + *last as usize * 7 + word.len() * 59) % BITS,
        [only] => *only as usize % BITS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_it_is_found_and_nothing_else() {
        const SOME: &[&str] = &["", "[", "rm", "rmdir", "mv", "é"];
        static WORDS: Words = Words::new(SOME);
        assert!(SOME.iter().all(|word| WORDS.contains(word)));
        // These have the bits of words that are in it.
        for other in ["vm", "r", "m", "rXdir", "rmdirs", "ê"] {
            assert!(!WORDS.contains(other), "{other}");
        }
    }

    #[test]
    fn a_hint_forgets_no_word() {
        static ONE: Words = Words::new(&["apt", "apt-get"]);
        static OTHER: Words = Words::new(&["pip"]);
        static HINT: Hint = Hint::of(&[&ONE, &OTHER]);
        assert!(["apt", "apt-get", "pip"].iter().all(|word| HINT.may_have(word)));
        assert!(!HINT.may_have("curl"));
    }
}
