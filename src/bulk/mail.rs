//! A patch as `git am` takes it: a mail with a message and a diff.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::world::git::Identity;

/// Longest line in quoted-printable; RFC 2045.
const QUOTED_LINE_MAX: usize = 76;

/// The mail with `diff`. Its date is that of the commit it stands on, so that the same repository gives the same patch.
pub(super) fn mail(by: &Identity, seconds: i64, title: &str, message: &str, diff: &[u8]) -> Vec<u8> {
    let mut body = format!("{message}\n---\n").into_bytes();
    body.extend(diff);
    if !body.ends_with(b"\n") {
        body.push(b'\n');
    }
    body.extend(format!("-- \ndockeropt {}\n", env!("CARGO_PKG_VERSION")).as_bytes());
    // A mail as it is would lose its carriage returns.
    let is_plain = !body.iter().any(|byte| matches!(byte, b'\r' | 0));
    let encoding = if is_plain { "8bit" } else { "quoted-printable" };
    let mut mail = String::from("From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n");
    let _ = writeln!(mail, "From: {} <{}>", header(&by.name), by.email);
    let _ = writeln!(mail, "Date: {}", date(seconds));
    let _ = writeln!(mail, "Subject: [PATCH] {}", header(title));
    let _ = write!(
        mail,
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: {encoding}\n\n"
    );
    let mut mail = mail.into_bytes();
    mail.extend(if is_plain { body } else { quoted_printable(&body) });
    mail
}

/// A time as RFC 2822 has it.
fn date(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(jiff::tz::TimeZone::UTC);
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The text of a header; RFC 2047 where it is not plain.
fn header(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '\'' | '_'));
    let is_sentence =
        text.chars().all(|c| matches!(c, ' '..='~')) && !text.contains(['"', '(', ')', '<', '>', '@', '=', '?']);
    if is_plain || (is_sentence && !text.contains([',', ';', ':', '\\'])) {
        return text.to_owned();
    }
    let words = text.as_bytes().chunks(30).map(|_| ()).count();
    let mut encoded = Vec::with_capacity(words);
    let mut word = String::new();
    for character in text.chars() {
        if word.len() + character.len_utf8() > 30 {
            encoded.push(format!("=?UTF-8?B?{}?=", STANDARD.encode(std::mem::take(&mut word))));
        }
        word.push(character);
    }
    encoded.push(format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    encoded.join("\n ")
}

/// Bytes in ASCII, in lines that are not too long; RFC 2045.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (text, end) = line.strip_suffix(b"\n").map_or((line, &b""[..]), |text| (text, b"\n"));
        let mut width = 0;
        for (index, &byte) in text.iter().enumerate() {
            let is_last = index + 1 == text.len();
            let is_literal = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !is_last);
            let quoted = if is_literal { vec![byte] } else { format!("={byte:02X}").into_bytes() };
            if width + quoted.len() >= QUOTED_LINE_MAX {
                out.extend(b"=\n");
                width = 0;
            }
            width += quoted.len();
            out.extend(quoted);
        }
        out.extend(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_a_date_and_keeps_carriage_returns() {
        let by = Identity { name: "Zoë, Q.".to_owned(), email: "z@example.org".to_owned() };
        let text = String::from_utf8(mail(&by, 1_787_270_400, "Title", "Message", b"+a \r\n")).unwrap();
        assert!(text.contains("\nDate: Fri, 21 Aug 2026 00:00:00 +0000\n"), "{text}");
        assert!(text.contains("\nFrom: =?UTF-8?B?Wm/DqywgUS4=?= <z@example.org>\n"), "{text}");
        assert!(text.contains("\n+a =0D\n"), "{text}");
        assert_eq!(header("A. B-c"), "A. B-c");
    }
}
