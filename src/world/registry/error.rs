//! Why a registry gave no answer.

use std::fmt::Write as _;
use std::time::Duration;

/// Most characters of a foreign text that stand in a message.
const FOREIGN_CHARACTERS_MAX: usize = 200;

/// What was asked for, or the file that could not be read, and why it came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {because}")]
pub struct RegistryError {
    /// The canonical reference, or the path of a file of settings.
    pub subject: String,
    pub because: Because,
}

/// Why there is no answer. What is a text from outside in it can be printed as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Because {
    #[error("there is no such tag (404)")]
    NotFound,
    #[error("not in the cache, and --offline")]
    Offline,
    #[error("{host} is not among the registries that are asked; `--registry {host}` allows it")]
    NotAllowed { host: String },
    #[error("registries.conf blocks it")]
    Blocked,
    #[error("login refused ({status}) by {host}, or there is no such repository; `docker login {host}` stores one")]
    LoginRefused { host: String, status: u16 },
    #[error("{host} allows no more requests now ({status}){}", try_again(*.wait))]
    TooManyRequests { host: String, status: u16, wait: Option<Duration> },
    #[error("no answer from {host} within {} s", .within.as_secs_f32())]
    NoAnswer { host: String, within: Duration },
    #[error("there is no host {host}")]
    NoHost { host: String },
    #[error("{host}'s certificate is not trusted: {reason}")]
    Certificate { host: String, reason: String },
    #[error("could not reach {host}: {reason}")]
    Unreachable { host: String, reason: String },
    #[error("{host} answered {status}")]
    Status { host: String, status: u16 },
    #[error("the registry has an index without images: it is being published")]
    IndexEmpty,
    #[error("incomplete publish: {} is missing now", .missing.join(", "))]
    Incomplete { missing: Vec<String> },
    #[error("{host} sent {what}")]
    Damaged { host: String, what: String },
    #[error("{host} wants the login to be sent to {realm}, which is not asked for it: no https")]
    Realm { host: String, realm: String },
    #[error("{reason}")]
    Settings { reason: String },
    #[error("the login for {host} is not known: docker-credential-{helper} {reason}")]
    Helper { host: String, helper: String, reason: String },
}

impl Because {
    pub(super) fn about(self, subject: impl Into<String>) -> RegistryError {
        RegistryError { subject: subject.into(), because: self }
    }

    /// Whether the next question to the same host is likely to end the same way.
    pub(super) fn is_of_the_host(&self) -> bool {
        matches!(
            self,
            Self::TooManyRequests { .. } | Self::NoAnswer { .. } | Self::NoHost { .. } | Self::Unreachable { .. }
        )
    }
}

fn try_again(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!(", try again in {} s", wait.as_secs()))
}

/// A foreign text as it may be printed: on one line, without anything that a terminal obeys, and not endless.
pub(super) fn printable(text: &str) -> String {
    let is_hidden = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut printed = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == FOREIGN_CHARACTERS_MAX {
            printed.push('…');
            break;
        }
        if is_hidden(character) {
            let _ = write!(printed, "\\u{{{:x}}}", u32::from(character));
        } else {
            printed.push(character);
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_not_printed() {
        assert_eq!(printable("a\u{1b}[2J\r\nb\u{9b}c\u{202e}"), "a\\u{1b}[2J\\u{d}\\u{a}b\\u{9b}c\\u{202e}");
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), FOREIGN_CHARACTERS_MAX + 1);
    }

    #[test]
    fn a_message_is_a_sentence() {
        let host = || "ghcr.io".to_owned();
        let message = |because: Because| because.about("ghcr.io/a/b:1").to_string();
        let wait = Some(Duration::from_secs(30));
        let many = Because::TooManyRequests { host: host(), status: 429, wait };
        assert_eq!(message(many), "ghcr.io/a/b:1: ghcr.io allows no more requests now (429), try again in 30 s");
        let hangs = Because::NoAnswer { host: host(), within: Duration::from_millis(2500) };
        assert_eq!(message(hangs), "ghcr.io/a/b:1: no answer from ghcr.io within 2.5 s");
        assert_eq!(message(Because::NotFound), "ghcr.io/a/b:1: there is no such tag (404)");
        let missing = vec!["linux/386".to_owned(), "linux/arm/v7".to_owned()];
        let message = message(Because::Incomplete { missing });
        assert_eq!(message, "ghcr.io/a/b:1: incomplete publish: linux/386, linux/arm/v7 is missing now");
    }
}
