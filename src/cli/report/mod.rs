//! Printing: data on standard output, everything else on standard error, text of others made harmless on a terminal.

pub(super) mod github;
pub(super) mod gitlab;
pub(super) mod human;
pub(super) mod json;
pub(super) mod proof;
pub(super) mod sarif;
mod tally;

use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal, Write};

use anstream::ColorChoice;
use serde::Serialize;

use crate::examine::Failure;
use crate::world::terminal::{sanitised, tell};
pub(super) use tally::Tally;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Prints an error.
pub(super) fn complain(message: &str) {
    tell(&format!("{BOLD}{RED}error{RESET}{BOLD}:{RESET} {}", sanitised(message)));
}

/// A reader that has had enough, such as `head`, is no error.
pub(super) fn ignore_broken_pipe(error: std::io::Error) -> Result<(), Failure> {
    if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(format!("standard output: {error}")) }
}

/// Prints bytes as they are.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).or_else(ignore_broken_pipe)
}

/// Prints a line as it is, or, for people, with the text of others made harmless.
pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    let line = if is_for_people() { sanitised(line) } else { line.into() };
    print_bytes(format!("{line}\n").as_bytes())
}

/// Prints text that is harmless, with colours where they are wanted.
pub(super) fn print_styled(text: &str) -> Result<(), Failure> {
    write!(anstream::stdout(), "{text}").or_else(ignore_broken_pipe)
}

/// Prints a value as JSON, for people to read too.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print_ascii(serde_json::to_string_pretty(value))
}

/// Prints a value as JSON on one line.
pub(super) fn print_json_line(value: &impl Serialize) -> Result<(), Failure> {
    print_ascii(serde_json::to_string(value))
}

fn print_ascii(json: serde_json::Result<String>) -> Result<(), Failure> {
    let json = json.map_err(|error| error.to_string())?;
    print_bytes(format!("{}\n", ascii(&json)).as_bytes())
}

/// The same JSON in ASCII: there are readers that take U+2028 for the end of a line. Outside strings JSON is ASCII anyway.
pub(super) fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '\x7f' {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

/// Prints a patch: byte by byte, or, for people, in colour. A patch that goes elsewhere is in colour only if the user says so,
/// not if the environment does: it would not apply.
pub(super) fn print_patch(patch: &[u8]) -> Result<(), Failure> {
    if !is_for_people() {
        return print_bytes(patch);
    }
    for line in String::from_utf8_lossy(patch).lines() {
        let color = match line.as_bytes().first() {
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            Some(b'@') => CYAN,
            _ => "",
        };
        print_styled(&format!("{color}{}{RESET}\n", sanitised(line)))?;
    }
    Ok(())
}

/// Whether standard output is a terminal, or to be treated like one.
fn is_for_people() -> bool {
    std::io::stdout().is_terminal() || ColorChoice::global() == ColorChoice::Always
}

pub(super) fn plural(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_ascii_says_the_same() {
        let value = serde_json::json!({ "ü\u{2028}": "𝄞\u{7f}\"\n" });
        let text = ascii(&value.to_string());
        assert!(text.is_ascii() && !text.contains('\x7f'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
