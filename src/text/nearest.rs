//! The word somebody probably meant.

/// How alike two words must be, from 0 to 1, for one to be suggested for the other.
const LIKENESS_MIN: f32 = 0.6;

/// The word among `known` that is most like `word`; of equally good ones, the first in the alphabet.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    similar::get_close_matches(word, known, 1, LIKENESS_MIN).into_iter().next()
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
