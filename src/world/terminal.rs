//! The terminal: what is said beside the data, and text of others made harmless to show.

use std::borrow::Cow;
use std::io::Write as _;
use std::path::Path;

/// Prints a line beside the data. Nobody has to listen.
pub fn tell(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// The text with every character made visible that could move the cursor, send a command to the terminal, or show text in
/// another order than it has. Line ends and tabs stay.
#[must_use]
pub fn sanitised(text: &str) -> Cow<'_, str> {
    sanitised_but(text, |text, offset| match text.as_bytes()[offset] {
        b'\n' | b'\t' => true,
        b'\r' => text[offset..].starts_with("\r\n"),
        _ => false,
    })
}

/// The path on one line, with every such character made visible; line ends and tabs as well.
#[must_use]
pub fn sanitised_path(path: &Path) -> String {
    sanitised_but(&path.to_string_lossy(), |_, _| false).into_owned()
}

fn sanitised_but(text: &str, keeps: impl Fn(&str, usize) -> bool) -> Cow<'_, str> {
    let harmful = |(offset, character): (usize, char)| is_harmful(character) && !keeps(text, offset);
    if !text.char_indices().any(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for (offset, character) in text.char_indices() {
        if harmful((offset, character)) {
            out.extend(visible(character));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Control characters, and the controls of Unicode's bidirectional algorithm (UAX #9), which make code look like other code.
fn is_harmful(character: char) -> bool {
    let bidirectional =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || bidirectional || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The picture that Unicode has for an ASCII control character, and the number of any other.
fn visible(character: char) -> impl Iterator<Item = char> {
    let picture = match u32::from(character) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code),
        0x7f => Some('\u{2421}'),
        _ => None,
    };
    let number = picture.is_none().then(|| character.escape_unicode());
    picture.into_iter().chain(number.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_command_to_the_terminal_is_shown_instead_of_obeyed() {
        assert_eq!(sanitised("RUN \x1b[2Ja\x07\u{9b}b\x7f"), "RUN ␛[2Ja␇\\u{9b}b␡");
    }

    #[test]
    fn text_that_pretends_another_order_is_shown_as_it_is() {
        assert_eq!(sanitised("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
    }

    #[test]
    fn line_ends_and_tabs_stay_but_a_lone_carriage_return_does_not() {
        assert_eq!(sanitised("a\tb\r\nc\rd\n"), "a\tb\r\nc␍d\n");
    }

    #[test]
    fn harmless_text_is_not_copied() {
        assert!(matches!(sanitised("FROM ü:𝄞\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_path_stays_on_one_line() {
        assert_eq!(sanitised_path(Path::new("a\n::warning::b\tc\r\n")), "a␊::warning::b␉c␍␊");
    }

    proptest! {
        #[test]
        fn no_control_character_of_a_path_reaches_the_terminal(name: String) {
            prop_assert!(!sanitised_path(Path::new(&name)).chars().any(is_harmful));
        }
    }
}
