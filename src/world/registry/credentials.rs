//! The user's logins, as Docker and podman keep them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Mutex;
use std::{fmt, fs, io};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::client::lock;
use super::environment::Environment;
use super::error::{Because, RegistryError, printable};
use super::helper;
use crate::syntax::DEFAULT_REGISTRY;

/// Docker Hub's name in files and helpers.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// What nobody may see. It is printed as `…`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, to be sent to where it belongs and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// How the user is known to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Login {
    Password {
        user: String,
        password: Secret,
    },
    /// Good for a token at the service that the registry names, and for nothing else.
    IdentityToken(Secret),
}

/// The logins of all files.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    files: Vec<File>,
    path: Option<OsString>,
    /// What helpers said, by helper and host. Locked while one thinks: some of them ask the user.
    helped: Mutex<HashMap<(String, String), Helped>>,
}

/// What a helper said, or why it did not.
type Helped = Result<Option<Login>, Because>;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<Secret>,
    username: Option<String>,
    password: Option<Secret>,
    identitytoken: Option<Secret>,
}

impl Credentials {
    /// Reads `config.json` of Docker and `auth.json` of podman, where they are.
    ///
    /// # Errors
    /// If one is there and cannot be read.
    pub fn read(environment: &Environment) -> Result<Self, RegistryError> {
        let docker = environment.docker_config.clone();
        let docker = docker.or_else(|| Some(environment.home.as_ref()?.join(".docker")));
        let docker = docker.map(|folder| folder.join("config.json"));
        let podman = environment.registry_auth_file.clone();
        let podman = podman.or_else(|| Some(environment.runtime_folder.as_ref()?.join("containers/auth.json")));
        let mut files = Vec::new();
        for path in [docker, podman].into_iter().flatten() {
            files.extend(File::read(&path)?);
        }
        Ok(Self { files, path: environment.path.clone(), helped: Mutex::default() })
    }

    /// The hosts that there is a login for.
    pub fn hosts(&self) -> Vec<String> {
        let keys = self.files.iter().flat_map(|file| file.auths.keys().chain(file.cred_helpers.keys()));
        keys.map(|key| Key::of(key).host).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The login for `repository` at `host`. The first file that has one counts.
    ///
    /// # Errors
    /// If a helper that is in charge does not work.
    pub fn login(&self, host: &str, repository: &str) -> Result<Option<Login>, Because> {
        for file in &self.files {
            if let Some(helper) = file.helper(host) {
                let mut helped = lock(&self.helped);
                let login = helped.entry((helper.to_owned(), host.to_owned()));
                if let Some(login) = login.or_insert_with(|| self.help(helper, host)).clone()? {
                    return Ok(Some(login));
                }
            }
            if let Some(login) = file.entry(host, repository).and_then(Entry::login) {
                return Ok(Some(login));
            }
        }
        Ok(None)
    }
}

impl Credentials {
    fn help(&self, helper: &str, host: &str) -> Helped {
        let server = if host == DEFAULT_REGISTRY { DOCKER_HUB } else { host };
        let login = helper::login(helper, server, self.path.as_deref());
        login.map_err(|reason| Because::Helper { host: host.to_owned(), helper: printable(helper), reason })
    }
}

impl File {
    fn read(path: &Path) -> Result<Option<Self>, RegistryError> {
        let because = |reason: String| Because::Settings { reason }.about(printable(&path.display().to_string()));
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(because(format!("could not be read: {error}"))),
        };
        if text.trim_ascii().is_empty() {
            return Ok(None);
        }
        let file: Self = serde_json::from_slice(&text).map_err(|error| because(place(&error)))?;
        match file.auths.iter().find(|(_, entry)| entry.is_damaged()) {
            Some((key, _)) => Err(because(format!("the login for {} is damaged", printable(key)))),
            None => Ok(Some(file)),
        }
    }

    fn helper(&self, host: &str) -> Option<&str> {
        let own = self.cred_helpers.iter().find(|(key, _)| Key::of(key).is_for(host, ""));
        own.map(|(_, helper)| helper).or(self.creds_store.as_ref()).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The entry with the most particular key.
    fn entry(&self, host: &str, repository: &str) -> Option<&Entry> {
        let all = self.auths.iter().map(|(key, entry)| (Key::of(key), entry));
        let fitting = all.filter(|(key, entry)| key.is_for(host, repository) && entry.login().is_some());
        fitting.max_by_key(|(key, _)| key.namespace.len()).map(|(_, entry)| entry)
    }
}

/// Where a file is damaged. What serde says of it could have a secret in it.
fn place(error: &serde_json::Error) -> String {
    format!("it is damaged at line {}, column {}", error.line(), error.column())
}

/// What a login is for: `registry.example`, `registry.example/team`, or `https://index.docker.io/v1/`.
struct Key {
    host: String,
    /// The start of the repositories; empty for all.
    namespace: String,
}

impl Key {
    fn of(text: &str) -> Self {
        let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = match host.to_ascii_lowercase().as_str() {
            "index.docker.io" | "registry-1.docker.io" => DEFAULT_REGISTRY.to_owned(),
            host => host.to_owned(),
        };
        let is_version = matches!(path.trim_matches('/'), "v1" | "v2");
        let namespace = if scheme.is_some() || is_version { "" } else { path.trim_matches('/') };
        Self { host, namespace: namespace.to_owned() }
    }

    fn is_for(&self, host: &str, repository: &str) -> bool {
        let is_below = |rest: &str| rest.is_empty() || rest.starts_with('/');
        self.host.eq_ignore_ascii_case(host)
            && (self.namespace.is_empty() || repository.strip_prefix(&self.namespace).is_some_and(is_below))
    }
}

impl Entry {
    fn login(&self) -> Option<Login> {
        if let Some(token) = self.identitytoken.as_ref().filter(|token| !token.0.is_empty()) {
            return Some(Login::IdentityToken(token.clone()));
        }
        if let (Some(user), Some(password)) = (&self.username, &self.password)
            && !user.is_empty()
        {
            return Some(Login::Password { user: user.clone(), password: password.clone() });
        }
        self.decoded().filter(|login| !matches!(login, Login::Password { user, .. } if user.is_empty()))
    }

    /// Name and password of `auth`.
    fn decoded(&self) -> Option<Login> {
        const LENIENT: GeneralPurpose = GeneralPurpose::new(
            &alphabet::STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let text = String::from_utf8(LENIENT.decode(self.auth.as_ref()?.0.trim()).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        // Docker cuts these off as well: older versions padded with them.
        let password = Secret(password.trim_matches('\0').to_owned());
        Some(Login::Password { user: user.to_owned(), password })
    }

    fn is_damaged(&self) -> bool {
        self.auth.as_ref().is_some_and(|auth| !auth.0.is_empty()) && self.decoded().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Credentials, RegistryError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), text).unwrap();
        Credentials::read(&Environment { docker_config: Some(folder.path().to_owned()), ..Environment::default() })
    }

    fn password(user: &str, password: &str) -> Option<Login> {
        Some(Login::Password { user: user.to_owned(), password: Secret(password.to_owned()) })
    }

    #[test]
    fn logins_are_for_their_host_alone() {
        let file = r#"{ "auths": {
            "https://index.docker.io/v1/": { "auth": "aHViOnNlY3JldDp3" },
            "a.example:5000": { "username": "a", "password": "p" },
            "b.example/team": { "auth": "dGVhbTpw" },
            "b.example": { "auth": "YWxsOnA=" },
            "c.example": { "auth": "", "identitytoken": "t" },
            "d.example": {}
        } }"#;
        let credentials = read(file).unwrap();
        let login = |host: &str, repository: &str| credentials.login(host, repository).unwrap();
        assert_eq!(login("docker.io", "library/x"), password("hub", "secret:w"));
        assert_eq!(login("a.example:5000", "x"), password("a", "p"));
        assert_eq!(login("b.example", "team/x"), password("team", "p"));
        assert_eq!(login("b.example", "teams/x"), password("all", "p"));
        assert_eq!(login("c.example", "x"), Some(Login::IdentityToken(Secret("t".to_owned()))));
        for host in ["a.example", "a.example:5001", "d.example", "example", "xb.example", "c.example.evil"] {
            assert_eq!(login(host, "x"), None, "{host}");
        }
        assert_eq!(credentials.hosts(), ["a.example:5000", "b.example", "c.example", "d.example", "docker.io"]);
    }

    #[test]
    fn a_damaged_file_is_named_and_not_quoted() {
        for text in [r#"{"auths":{"a":{"auth":"!hush!"}}}"#, r#"{"auths":{"a":{"password":["hush"]}}}"#, "{hush"] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("config.json: ") && error.contains("damaged"), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
        assert!(read("").is_ok() && read("{}").is_ok());
    }

    #[test]
    fn secrets_are_not_printed() {
        let credentials = read(r#"{"auths":{"a":{"username":"u","password":"hush","identitytoken":"hush"}}}"#).unwrap();
        let login = credentials.login("a", "x").unwrap();
        assert!(!format!("{credentials:?} {login:?}").contains("hush"));
    }
}
