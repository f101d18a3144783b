//! One HTTP exchange: where encryption is a must, which proxy, which certificates, and how long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::config::RedirectAuthHeaders;
use ureq::http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Timeout};

use super::credentials::Secret;
use super::environment::Environment;
use super::error::{Because, printable};
use super::hosts::is_loopback;
use crate::world::FACTS;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Most redirects of one question.
const REDIRECTS_MAX: usize = 4;

/// Longest body that is read.
const BODY_BYTES_MAX: u64 = 8 << 20;

/// Most connections that are kept open to one host.
const IDLE_CONNECTIONS_MAX: usize = 8;

/// What is sent.
pub(super) struct Question<'a> {
    pub method: Method,
    pub url: String,
    pub accept: &'a str,
    /// Never goes to another place that the first one redirects to.
    pub authorization: Option<&'a Secret>,
    /// A form, for a POST.
    pub form: Option<&'a Secret>,
}

/// What came back, whatever the status.
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// Of a success that was not asked for by HEAD.
    pub body: Vec<u8>,
    /// Whether it came from another place than the one that was asked.
    pub is_redirected: bool,
}

impl Reply {
    /// The value of a header, if it is a text of visible characters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }
}

/// What went wrong with an exchange.
pub(super) enum Fault {
    /// The other side does not speak HTTP, as one that waits for TLS does not.
    NotHttp(Because),
    Other(Because),
}

impl Fault {
    pub fn because(self) -> Because {
        match self {
            Self::NotHttp(because) | Self::Other(because) => because,
        }
    }
}

/// The agents. Each keeps its connections.
pub(super) struct Wire {
    system: Agent,
    /// With the certificates that come with the program, for machines that have none.
    bundled: Agent,
    /// To this machine: HTTP is fine, and no proxy is in between.
    loopback: Agent,
    names_certificates: bool,
    is_bundled: AtomicBool,
    timeout: Duration,
}

impl Wire {
    pub fn new(environment: &Environment, timeout: Duration) -> Self {
        let config = |roots: RootCerts| {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .redirect_auth_headers(RedirectAuthHeaders::Never)
                .user_agent(concat!("dockeropt/", env!("CARGO_PKG_VERSION")))
                .timeout_connect(Some(CONNECT_TIMEOUT))
                .timeout_global(Some(timeout))
                .max_idle_connections(4 * IDLE_CONNECTIONS_MAX)
                .max_idle_connections_per_host(IDLE_CONNECTIONS_MAX)
                .tls_config(TlsConfig::builder().root_certs(roots).build())
        };
        Self {
            system: config(RootCerts::PlatformVerifier).https_only(true).build().into(),
            bundled: config(RootCerts::WebPki).https_only(true).build().into(),
            loopback: config(RootCerts::PlatformVerifier).proxy(None).build().into(),
            names_certificates: environment.names_certificates,
            is_bundled: AtomicBool::new(false),
            timeout,
        }
    }

    /// Asks, and follows redirects. `host` is the name that errors call the other side by.
    pub fn exchange(&self, question: &Question<'_>, host: &str, deadline: Instant) -> Result<Reply, Fault> {
        let starts_here = uri(&question.url).is_some_and(|uri| is_here(&uri));
        let mut url = question.url.clone();
        for redirects in 0..=REDIRECTS_MAX {
            let Some(uri) = uri(&url).filter(|uri| may_be_asked(uri, starts_here)) else {
                let reason = format!("{} has no https", printable(&url));
                return Err(Fault::Other(Because::Unreachable { host: host.to_owned(), reason }));
            };
            let authorization = question.authorization.filter(|_| redirects == 0);
            let response = self.once(question, &uri, authorization, host, deadline)?;
            let location = (question.method != Method::POST).then(|| location(&response, &uri)).flatten();
            match location {
                Some(location) => url = location,
                None => return Ok(Reply { is_redirected: redirects > 0, ..self.reply(question, response, host)? }),
            }
        }
        Err(Fault::Other(Because::Unreachable { host: host.to_owned(), reason: "too many redirects".to_owned() }))
    }

    fn once(
        &self,
        question: &Question<'_>,
        uri: &Uri,
        authorization: Option<&Secret>,
        host: &str,
        deadline: Instant,
    ) -> Result<Response<Body>, Fault> {
        let send = || self.send(question, uri, authorization, deadline);
        let answer = match send() {
            Err(error) if self.is_without_certificates(&error) => {
                self.is_bundled.store(true, Ordering::Relaxed);
                send()
            }
            // A connection from before may have been closed meanwhile: once more, on a new one.
            Err(error) if is_dropped(&error) && question.method != Method::POST => send(),
            answer => answer,
        };
        answer.map_err(|error| self.fault(error, host))
    }

    fn send(
        &self,
        question: &Question<'_>,
        uri: &Uri,
        authorization: Option<&Secret>,
        deadline: Instant,
    ) -> Result<Response<Body>, Error> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Timeout(Timeout::Global));
        }
        let agent = match (is_here(uri), self.is_bundled.load(Ordering::Relaxed)) {
            (true, _) => &self.loopback,
            (false, false) => &self.system,
            (false, true) => &self.bundled,
        };
        let mut request =
            Request::builder().method(question.method.clone()).uri(uri).header(header::ACCEPT, question.accept);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization.expose());
        }
        match question.form {
            Some(form) => {
                let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                let request = request.body(form.expose().to_owned())?;
                agent.run(agent.configure_request(request).timeout_global(Some(left)).build())
            }
            None => agent.run(agent.configure_request(request.body(())?).timeout_global(Some(left)).build()),
        }
    }

    fn reply(&self, question: &Question<'_>, response: Response<Body>, host: &str) -> Result<Reply, Fault> {
        let (parts, mut body) = response.into_parts();
        let is_wanted = parts.status.is_success() && question.method != Method::HEAD;
        let body = if is_wanted {
            body.with_config().limit(BODY_BYTES_MAX).read_to_vec().map_err(|error| self.fault(error, host))?
        } else {
            Vec::new()
        };
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body, is_redirected: false })
    }

    /// Whether this machine has no certificates to trust, and nobody said where others are.
    fn is_without_certificates(&self, error: &Error) -> bool {
        !self.names_certificates && matches!(error, Error::Rustls(_)) && error.to_string().contains(NO_CERTIFICATES)
    }

    fn fault(&self, error: Error, host: &str) -> Fault {
        let host = host.to_owned();
        let text = error.to_string();
        let because = match &error {
            Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                Because::NoAnswer { host, within: CONNECT_TIMEOUT.min(self.timeout) }
            }
            Error::Timeout(_) => Because::NoAnswer { host, within: self.timeout },
            Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                Because::NoAnswer { host, within: self.timeout }
            }
            Error::HostNotFound => Because::NoHost { host },
            Error::Io(_) if FACTS.sign("there is no such host", &text).is_some() => Because::NoHost { host },
            Error::Io(_) | Error::Rustls(_) if text.contains("certificate") => {
                Because::Certificate { host, reason: distrust(&text) }
            }
            Error::BodyExceedsLimit(_) => Because::Damaged { host, what: "more than 8 MiB".to_owned() },
            _ => Because::Unreachable { host, reason: printable(text.strip_prefix("io: ").unwrap_or(&text)) },
        };
        match error {
            Error::Protocol(_) => Fault::NotHttp(because),
            _ => Fault::Other(because),
        }
    }
}

/// What the verifier says where the system has no certificates.
const NO_CERTIFICATES: &str = "No CA certificates";

/// Why a certificate is not trusted, in the words of a user where it is for the user to do something.
fn distrust(text: &str) -> String {
    match text.rsplit("invalid peer certificate: ").next().unwrap_or_default() {
        "UnknownIssuer" => "its issuer is unknown here; `SSL_CERT_FILE` names the issuers to trust".to_owned(),
        reason if reason.contains(NO_CERTIFICATES) => {
            "there are no certificates where `SSL_CERT_FILE` and `SSL_CERT_DIR` say".to_owned()
        }
        reason => printable(reason),
    }
}

fn is_dropped(error: &Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let Error::Io(error) = error else { return false };
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

pub(super) fn uri(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?.as_str();
    // A name and password in an address are for nobody.
    (uri.scheme().is_some() && !authority.contains('@')).then_some(uri)
}

fn is_here(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| is_loopback(authority.as_str()))
}

/// HTTPS may go anywhere, HTTP only from this machine to this machine.
pub(super) fn may_be_asked(uri: &Uri, starts_here: bool) -> bool {
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => starts_here && is_here(uri),
        _ => false,
    }
}

/// Where a redirect leads to.
fn location(response: &Response<Body>, from: &Uri) -> Option<String> {
    use StatusCode as S;
    let redirects = [S::MOVED_PERMANENTLY, S::FOUND, S::SEE_OTHER, S::TEMPORARY_REDIRECT, S::PERMANENT_REDIRECT];
    if !redirects.contains(&response.status()) {
        return None;
    }
    let to = response.headers().get(header::LOCATION)?.to_str().ok()?;
    match to.strip_prefix('/') {
        Some(rest) if !rest.starts_with('/') => Some(format!("{}://{}{to}", from.scheme_str()?, from.authority()?)),
        _ => Some(to.to_owned()),
    }
}
