//! What a registry wants to see before it answers: challenges, and the tokens that meet them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::time::{Duration, Instant};

use super::credentials::{Login, Secret};

/// How long a token is good for if nobody says so.
const TOKEN_LIFE_DEFAULT: Duration = Duration::from_secs(60);

/// A token is renewed this much before it ends.
const TOKEN_LIFE_MARGIN: Duration = Duration::from_secs(10);

/// What `WWW-Authenticate` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    /// A token of the service at `realm`.
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

/// A token, and until when it is good.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// As it stands in `Authorization`.
    pub header: Secret,
    pub until: Instant,
}

/// The challenge to take up of all in `values`: a token, if one is offered.
pub(super) fn challenge<'a>(values: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut all: Vec<_> = values.flat_map(challenges).collect();
    let bearer = all.iter().position(|challenge| matches!(challenge, Challenge::Bearer { .. }));
    let index = bearer.or((!all.is_empty()).then_some(0))?;
    Some(all.swap_remove(index))
}

/// The challenges of one header that are understood, by RFC 9110, section 11.6.1.
fn challenges(value: &str) -> Vec<Challenge> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for part in parts(value) {
        let (word, rest) = part.split_once([' ', '\t']).unwrap_or((part, ""));
        let is_parameter = word.contains('=');
        let parameter = if is_parameter { part } else { rest.trim_start() };
        if !is_parameter {
            found.push((word.to_ascii_lowercase(), Vec::new()));
        }
        let Some((_, parameters)) = found.last_mut() else { continue };
        if let Some((name, value)) = parameter.split_once('=') {
            parameters.push((name.trim().to_ascii_lowercase(), unquoted(value.trim())));
        }
    }
    found.into_iter().filter_map(|(scheme, parameters)| understood(&scheme, parameters)).collect()
}

fn understood(scheme: &str, parameters: Vec<(String, String)>) -> Option<Challenge> {
    let mut realm = None;
    let mut service = None;
    for (name, value) in parameters {
        match name.as_str() {
            "realm" => realm = Some(value),
            "service" => service = Some(value),
            _ => {}
        }
    }
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer { realm: realm?, service }),
        _ => None,
    }
}

/// What stands between commas that are not in quotes.
fn parts(value: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, character) in value.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                parts.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            character => text.push(character),
        }
    }
    text
}

/// `Authorization` by name and password.
pub(super) fn basic(user: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
}

/// How a token is asked for.
pub(super) enum TokenQuestion {
    /// By GET, as nobody or with name and password.
    Get { url: String, authorization: Option<Secret> },
    /// By a POST of this form, which has an identity token in it (OAuth 2).
    Post { url: String, form: Secret },
}

impl TokenQuestion {
    pub fn new(realm: &str, service: Option<&str>, scope: &str, login: Option<&Login>) -> Self {
        let service = service.map(|service| format!("service={}&", encoded(service))).unwrap_or_default();
        let query = format!("{service}scope={}", encoded(scope));
        let get = |authorization| {
            let separator = if realm.contains('?') { '&' } else { '?' };
            Self::Get { url: format!("{realm}{separator}{query}"), authorization }
        };
        match login {
            None => get(None),
            Some(Login::Password { user, password }) => get(Some(basic(user, password))),
            Some(Login::IdentityToken(token)) => {
                let token = encoded(token.expose());
                let form = format!("grant_type=refresh_token&client_id=dockeropt&{query}&refresh_token={token}");
                Self::Post { url: realm.to_owned(), form: Secret::new(form) }
            }
        }
    }
}

/// Bytes that may not stand in a query as they are, as `%XX`.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

#[derive(Deserialize)]
struct TokenDocument {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl Token {
    /// Reads what a token service sent at `now`.
    pub fn read(text: &[u8], now: Instant) -> Option<Self> {
        let document: TokenDocument = serde_json::from_slice(text).ok()?;
        let named = [document.token, document.access_token];
        let token = named.into_iter().flatten().find(|token| !token.is_empty())?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let life = document.expires_in.filter(|seconds| *seconds > 0).map_or(TOKEN_LIFE_DEFAULT, Duration::from_secs);
        let until = now.checked_add(life.saturating_sub(TOKEN_LIFE_MARGIN)).unwrap_or(now);
        Some(Self { header: Secret::new(format!("Bearer {token}")), until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) }
    }

    #[test]
    fn challenges_are_read() {
        let cases = [
            (
                r#"Bearer realm="https://a.example/token",service="a.example",scope="repository:x:pull,push""#,
                Some(bearer("https://a.example/token", Some("a.example"))),
            ),
            (r#"Basic realm="a, b", Bearer realm=https://a,error="x\"y,z""#, Some(bearer("https://a", None))),
            (r#"Negotiate, Basic realm="lab""#, Some(Challenge::Basic)),
            (r#"bearer REALM="https://a?x=1" , service="s, t""#, Some(bearer("https://a?x=1", Some("s, t")))),
            ("Basic", Some(Challenge::Basic)),
            (r#"Bearer service="s""#, None),
            (r#"Bearer realm="unfinished"#, Some(bearer("unfinished", None))),
            ("Digest realm=x", None),
            (",,=,", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(challenge([value].into_iter()), expected, "{value}");
        }
        assert_eq!(challenge(["Basic realm=x", "Bearer realm=y"].into_iter()), Some(bearer("y", None)));
    }

    #[test]
    fn a_question_for_a_token_is_encoded() {
        let question = TokenQuestion::new("https://a/t?x=1", Some("a b&c"), "repository:a/b:pull", None);
        let TokenQuestion::Get { url, authorization: None } = question else { panic!("a GET without login") };
        assert_eq!(url, "https://a/t?x=1&service=a%20b%26c&scope=repository%3Aa%2Fb%3Apull");
    }

    #[test]
    fn tokens_are_read_and_damaged_ones_are_not() {
        let now = Instant::now();
        let token = Token::read(br#"{"token":"","access_token":"abc","expires_in":300}"#, now).unwrap();
        assert_eq!(token.header.expose(), "Bearer abc");
        assert_eq!(token.until - now, Duration::from_secs(290));
        for text in [r#"{"token":"a\r\nb"}"#, "{}", "<html>", r#"{"token":5}"#] {
            assert!(Token::read(text.as_bytes(), now).is_none(), "{text}");
        }
        assert!(Token::read(br#"{"token":"a","expires_in":18446744073709551615}"#, now).is_some());
    }
}
