//! Which line ending a text uses.

/// The line ending that new lines of a text should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newline {
    LineFeed,
    CarriageReturnLineFeed,
}

impl Newline {
    /// The ending that most lines of `text` have; a line feed if there is none or a tie.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        if memchr::memchr(b'\r', text).is_none() {
            return Self::LineFeed;
        }
        let (mut all, mut with_return, mut previous) = (0usize, 0usize, 0u8);
        for &byte in text {
            if byte == b'\n' {
                all += 1;
                with_return += usize::from(previous == b'\r');
            }
            previous = byte;
        }
        if with_return * 2 > all { Self::CarriageReturnLineFeed } else { Self::LineFeed }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LineFeed => "\n",
            Self::CarriageReturnLineFeed => "\r\n",
        }
    }
}
