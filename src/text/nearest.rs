//! The word somebody probably meant.

/// How alike two words must be, from 0 to 1, for one to be suggested for the other.
const LIKENESS_MIN: f64 = 0.5;

/// The word among `known` that is most like `word`; of equally good ones, the first in the alphabet.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = known.iter().map(|known| (strsim::normalized_damerau_levenshtein(word, known), *known));
    let close = likeness.filter(|(likeness, _)| *likeness >= LIKENESS_MIN);
    close.max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one))).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(nearest("Dockerfle", &["README.md", "Dockerfile", "Makefile"]), Some("Dockerfile"));
        assert_eq!(nearest("compose.yaml", &["README.md", "Dockerfile"]), None);
    }
}
