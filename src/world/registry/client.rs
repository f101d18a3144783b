//! Questions to one registry: with a login where it wants one, with patience where it has too much to do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ureq::http::{Method, header};

use super::auth::{Challenge, Token, TokenQuestion, basic, challenge};
use super::credentials::{Credentials, Login, Secret};
use super::environment::Environment;
use super::error::{Because, printable};
use super::hosts::{address, is_loopback};
use super::manifest::{self, ACCEPT};
use super::mirrors::Endpoint;
use super::wire::{Fault, Question, Reply, Wire, may_be_asked, uri};
use crate::syntax::is_digest;

/// How often a question is put again to who is too busy.
const RETRIES_MAX: u32 = 2;

/// Longest wait that a registry can ask for before a question is put again.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// First wait where a registry does not say how long; the next one is twice as long.
const WAIT_FIRST: Duration = Duration::from_secs(1);

/// Asks registries. What it learns about one of them is kept for the next question.
pub(super) struct Client {
    wire: Wire,
    credentials: Credentials,
    timeout: Duration,
    /// When the process started to ask; dates of registries without a clock are compared with it.
    now: Timestamp,
    registries: Mutex<HashMap<String, Arc<Registry>>>,
}

/// What is known about a registry.
#[derive(Default)]
struct Registry {
    /// Whether it has been asked before. Locked while it is asked for the first time, so that its challenge is seen once.
    is_met: Mutex<bool>,
    challenge: Mutex<Option<Challenge>>,
    /// By scope. A scope is locked while its token is asked for.
    tokens: Mutex<HashMap<String, Arc<Mutex<Option<Token>>>>>,
    /// `http` for a registry of this machine that speaks it.
    scheme: Mutex<Option<&'static str>>,
}

/// What HEAD says about a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub digest: String,
    pub media_type: String,
    /// The length of the manifest, if it is said.
    pub length: Option<u64>,
}

/// The value behind `mutex`, also after a thread panicked with it: every value here is whole at any time.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    pub fn new(environment: &Environment, credentials: Credentials, timeout: Duration, now: Timestamp) -> Self {
        let wire = Wire::new(environment, timeout);
        Self { wire, credentials, timeout, now, registries: Mutex::default() }
    }

    /// What stands behind a tag or digest. One HEAD; a GET only if that succeeds and does not say the digest.
    pub fn head(&self, endpoint: &Endpoint, name: &str) -> Result<Head, Because> {
        let path = format!("manifests/{name}");
        let reply = self.ask(Method::HEAD, endpoint, &path, ACCEPT)?;
        let media_type = media_type(&reply);
        let length = reply.header("content-length").and_then(|length| length.parse().ok());
        match reply.header("docker-content-digest") {
            Some(digest) if is_digest(digest) => Ok(Head { digest: digest.to_owned(), media_type, length }),
            Some(digest) => {
                let what = format!("`{}` for a digest", printable(digest));
                Err(Because::Damaged { host: endpoint.host.clone(), what })
            }
            None => {
                let reply = self.ask(Method::GET, endpoint, &path, ACCEPT)?;
                let digest = manifest::digest(&reply.body, "");
                let length = u64::try_from(reply.body.len()).ok();
                Ok(Head { digest, media_type: self::media_type(&reply), length })
            }
        }
    }

    /// The manifest of a digest, and the type that it came with.
    pub fn manifest(&self, endpoint: &Endpoint, digest: &str) -> Result<(Vec<u8>, String), Because> {
        let reply = self.ask(Method::GET, endpoint, &format!("manifests/{digest}"), ACCEPT)?;
        let media_type = media_type(&reply);
        Ok((verified(reply, endpoint, digest)?, media_type))
    }

    /// The blob of a digest.
    pub fn blob(&self, endpoint: &Endpoint, digest: &str) -> Result<Vec<u8>, Because> {
        let reply = self.ask(Method::GET, endpoint, &format!("blobs/{digest}"), "*/*")?;
        verified(reply, endpoint, digest)
    }

    /// A page of the tags of a repository, and the query that gets the next one.
    pub fn tags(&self, endpoint: &Endpoint, query: &str) -> Result<(Vec<u8>, Option<String>), Because> {
        let reply = self.ask(Method::GET, endpoint, &format!("tags/list?{query}"), "application/json")?;
        let next = reply.header("link").and_then(next_query);
        Ok((reply.body, next))
    }

    fn registry(&self, host: &str) -> Arc<Registry> {
        Arc::clone(lock(&self.registries).entry(host.to_owned()).or_default())
    }

    /// Asks for `path` below the repository, and again with a login if one is wanted.
    fn ask(&self, method: Method, endpoint: &Endpoint, path: &str, accept: &str) -> Result<Reply, Because> {
        let host = endpoint.host.as_str();
        let registry = self.registry(host);
        let mut first = Some(lock(&registry.is_met)).filter(|is_met| !**is_met);
        let deadline = Instant::now() + self.timeout;
        let known = lock(&registry.challenge).clone();
        let authorization = match &known {
            Some(challenge) => self.authorization(&registry, challenge, endpoint, deadline)?,
            None => None,
        };
        let path = format!("/v2/{}/{path}", endpoint.repository);
        let send = |authorization: Option<&Secret>| {
            let question = |scheme: &str| Question {
                method: method.clone(),
                url: format!("{scheme}://{}{path}", address(host)),
                accept,
                authorization,
                form: None,
            };
            self.send(&registry, host, question, deadline)
        };
        let mut reply = send(authorization.as_ref());
        if let Some(is_met) = &mut first {
            **is_met = true;
        }
        // What another place wants, to which the registry redirected, is not what the registry wants.
        if let Ok(refusal) = &reply
            && refusal.status == 401
            && !refusal.is_redirected
        {
            let values = refusal.headers.get_all(header::WWW_AUTHENTICATE).iter();
            let wanted = challenge(values.filter_map(|value| value.to_str().ok()));
            let Some(wanted) = wanted else { return Err(outcome(refusal, host, self.now)) };
            // A name and a password that were refused are refused again.
            if wanted == Challenge::Basic && authorization.is_some() {
                return Err(outcome(refusal, host, self.now));
            }
            *lock(&registry.challenge) = Some(wanted.clone());
            drop(first.take());
            // A token that was good enough before is not any more.
            lock(&registry.tokens).remove(&scope(endpoint));
            let Some(authorization) = self.authorization(&registry, &wanted, endpoint, deadline)? else {
                return Err(outcome(refusal, host, self.now));
            };
            reply = send(Some(&authorization));
        }
        let reply = reply?;
        if (200..300).contains(&reply.status) { Ok(reply) } else { Err(outcome(&reply, host, self.now)) }
    }

    /// Sends to the registry at the scheme that it speaks.
    fn send<'a>(
        &self,
        registry: &Registry,
        host: &str,
        question: impl Fn(&str) -> Question<'a>,
        deadline: Instant,
    ) -> Result<Reply, Because> {
        let scheme = *lock(&registry.scheme);
        let scheme = scheme.or((!is_loopback(host)).then_some("https"));
        if let Some(scheme) = scheme {
            return self.patiently(&question(scheme), host, deadline).map_err(Fault::because);
        }
        // Which of the two a registry of this machine speaks is found out before it sees a login.
        let (scheme, reply) = match self.patiently(&question("http"), host, deadline) {
            Ok(reply) if reply.status != 400 => ("http", Ok(reply)),
            Ok(_) | Err(Fault::NotHttp(_)) => ("https", self.patiently(&question("https"), host, deadline)),
            Err(fault) => return Err(fault.because()),
        };
        if reply.is_ok() {
            *lock(&registry.scheme) = Some(scheme);
        }
        reply.map_err(Fault::because)
    }

    /// Asks again where the answer is that there is too much to do, as long as there is time.
    fn patiently(&self, question: &Question<'_>, host: &str, deadline: Instant) -> Result<Reply, Fault> {
        let mut backoff = WAIT_FIRST;
        for _ in 0..RETRIES_MAX {
            let reply = self.wire.exchange(question, host, deadline)?;
            let asked_for = retry_after(&reply, self.now);
            let is_busy = reply.status == 429 || (reply.status == 503 && asked_for.is_some());
            let wait = asked_for.unwrap_or(backoff);
            if !is_busy || wait > WAIT_MAX || Instant::now() + wait >= deadline {
                return Ok(reply);
            }
            thread::sleep(wait);
            backoff *= 2;
        }
        self.wire.exchange(question, host, deadline)
    }

    /// What to say in `Authorization`. `None` if a name and password are wanted and there are none.
    fn authorization(
        &self,
        registry: &Registry,
        challenge: &Challenge,
        endpoint: &Endpoint,
        deadline: Instant,
    ) -> Result<Option<Secret>, Because> {
        let login = || self.credentials.login(&endpoint.host, &endpoint.repository);
        let Challenge::Bearer { realm, service } = challenge else {
            return Ok(login()?.and_then(|login| match login {
                Login::Password { user, password } => Some(basic(&user, &password)),
                Login::IdentityToken(_) => None,
            }));
        };
        let scope = scope(endpoint);
        let slot = Arc::clone(lock(&registry.tokens).entry(scope.clone()).or_default());
        let mut slot = lock(&slot);
        if let Some(token) = slot.as_ref().filter(|token| Instant::now() < token.until) {
            return Ok(Some(token.header.clone()));
        }
        let login = login()?;
        let question = TokenQuestion::new(realm, service.as_deref(), &scope, login.as_ref());
        let token = self.token(realm, &question, endpoint, deadline)?;
        let header = token.header.clone();
        *slot = Some(token);
        Ok(Some(header))
    }

    fn token(
        &self,
        realm: &str,
        question: &TokenQuestion,
        endpoint: &Endpoint,
        deadline: Instant,
    ) -> Result<Token, Because> {
        let host = endpoint.host.clone();
        let realm_uri = uri(realm).filter(|uri| may_be_asked(uri, is_loopback(&host)));
        let Some(service) = realm_uri.as_ref().and_then(|uri| uri.authority()) else {
            return Err(Because::Realm { host, realm: printable(realm) });
        };
        let service = printable(service.as_str());
        let question = match question {
            TokenQuestion::Get { url, authorization } => {
                let (url, authorization) = (url.clone(), authorization.as_ref());
                Question { method: Method::GET, url, accept: "application/json", authorization, form: None }
            }
            TokenQuestion::Post { url, form } => {
                let (url, form) = (url.clone(), Some(form));
                Question { method: Method::POST, url, accept: "application/json", authorization: None, form }
            }
        };
        let reply = self.patiently(&question, &service, deadline).map_err(Fault::because)?;
        match reply.status {
            200..300 => Token::read(&reply.body, Instant::now())
                .ok_or(Because::Damaged { host: service, what: "a token that is none".to_owned() }),
            400 | 401 | 403 => Err(Because::LoginRefused { host, status: reply.status }),
            404 => Err(Because::Status { host: service, status: 404 }),
            _ => Err(outcome(&reply, &service, self.now)),
        }
    }
}

fn scope(endpoint: &Endpoint) -> String {
    format!("repository:{}:pull", endpoint.repository)
}

fn media_type(reply: &Reply) -> String {
    let value = reply.header("content-type").unwrap_or_default();
    printable(value.split(';').next().unwrap_or_default().trim())
}

fn verified(reply: Reply, endpoint: &Endpoint, digest: &str) -> Result<Vec<u8>, Because> {
    if manifest::digest(&reply.body, digest) == digest {
        return Ok(reply.body);
    }
    let what = format!("something else than what has the digest {digest}");
    Err(Because::Damaged { host: endpoint.host.clone(), what })
}

/// What an answer that is no success means.
fn outcome(reply: &Reply, host: &str, now: Timestamp) -> Because {
    let (host, status) = (host.to_owned(), reply.status);
    let wait = retry_after(reply, now);
    match status {
        404 => Because::NotFound,
        401 | 403 => Because::LoginRefused { host, status },
        429 => Because::TooManyRequests { host, status, wait },
        503 if wait.is_some() => Because::TooManyRequests { host, status, wait },
        _ => Because::Status { host, status },
    }
}

/// How long a registry asks to wait: seconds, or a date by its own clock.
fn retry_after(reply: &Reply, now: Timestamp) -> Option<Duration> {
    let value = reply.header("retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |value: &str| rfc2822::DateTimeParser::new().parse_timestamp(value).ok();
    let until = date(value)?;
    let now = reply.header("date").and_then(date).unwrap_or(now);
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// The query of the next page in a header such as `</v2/x/tags/list?last=b&n=2>; rel="next"`. Only the query is taken from it, so
/// that no answer can lead elsewhere.
fn next_query(link: &str) -> Option<String> {
    let next = link.split(',').find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
    let target = next.trim().strip_prefix('<')?.split('>').next()?;
    let (_, query) = target.split_once('?')?;
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    query.bytes().all(is_plain).then(|| query.to_owned())
}

/// Whether a token service at `realm` would be asked by a registry elsewhere.
#[cfg(test)]
fn is_asked(realm: &str, host: &str) -> bool {
    uri(realm).is_some_and(|uri| may_be_asked(&uri, is_loopback(host)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderMap;

    fn reply(headers: &[(&'static str, &str)]) -> Reply {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Reply { status: 429, headers, body: Vec::new(), is_redirected: false }
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let wait = |headers: &[(&'static str, &str)]| retry_after(&reply(headers), now).map(|wait| wait.as_secs());
        assert_eq!(wait(&[("retry-after", "7")]), Some(7));
        assert_eq!(wait(&[("retry-after", "Thu, 01 Jan 2026 00:00:09 GMT")]), Some(9));
        let by_its_clock =
            [("retry-after", "Fri, 02 Jan 2026 00:00:09 GMT"), ("date", "Fri, 02 Jan 2026 00:00:00 GMT")];
        assert_eq!(wait(&by_its_clock), Some(9));
        assert_eq!(wait(&[("retry-after", "Wed, 01 Jan 2025 00:00:00 GMT")]), Some(0));
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn only_the_query_of_a_link_is_taken() {
        let next = r#"<https://evil.example/v2/x/tags/list?last=b&n=2>; rel="next""#;
        assert_eq!(next_query(next).as_deref(), Some("last=b&n=2"));
        for link in [r#"</v2/x/tags/list?n=2>; rel="prev""#, "</v2?a b>; rel=next", "<>; rel=next", "rel=next", ""] {
            assert_eq!(next_query(link), None, "{link}");
        }
    }

    #[test]
    fn a_token_service_without_encryption_is_one_of_this_machine() {
        assert!(is_asked("https://auth.example/token", "registry.example"));
        assert!(is_asked("http://127.0.0.1:5003/token", "localhost:5000"));
        for realm in ["http://auth.example/token", "http://127.0.0.1/token", "ftp://a", "auth", "https://a:b@c/", ""] {
            assert!(!is_asked(realm, "registry.example"), "{realm}");
        }
        assert!(!is_asked("http://auth.example/token", "localhost:5000"));
    }
}
