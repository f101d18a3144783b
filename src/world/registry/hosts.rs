//! Which registries may be asked, and what their addresses are.

use std::net::IpAddr;

use crate::syntax::DEFAULT_REGISTRY;
use crate::world::FACTS;

/// Which registries may be asked. Whoever wrote a Dockerfile chooses the hosts in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    Any,
    /// The well-known public registries, those that the user has a login for, and `also`.
    Known {
        also: Vec<String>,
    },
}

/// What the names of the hosts of Google's registries end with.
const KNOWN_ENDINGS: &[&str] = &["-docker.pkg.dev"];

impl Hosts {
    /// Whether `host` may be asked, by a user who has logins for `logins`.
    pub(super) fn allow(&self, host: &str, logins: &[String]) -> bool {
        let Self::Known { also } = self else { return true };
        let is = |name: &str| name.eq_ignore_ascii_case(host);
        let lower = host.to_ascii_lowercase();
        is(DEFAULT_REGISTRY)
            || FACTS.of("registry with images for everybody").any(is)
            || KNOWN_ENDINGS.iter().any(|ending| lower.ends_with(ending))
            || also.iter().chain(logins).any(|name| is(name))
    }
}

/// Where `registry` answers: Docker Hub's images are not served under its own name.
pub(super) fn address(registry: &str) -> &str {
    if registry == DEFAULT_REGISTRY { "registry-1.docker.io" } else { registry }
}

/// Whether `authority`, a host with or without a port, is this machine: the only place where HTTP without encryption is spoken.
pub(super) fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "localhost:5000", "127.0.0.1", "127.8.9.1:80", "[::1]:5000", "[::1]", "LOCALHOST"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "127.0.0.1.example:80", "[::2]", "0.0.0.0", "example.com", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn known_hosts_are_a_list_and_logins_and_what_is_named() {
        let known = Hosts::Known { also: vec!["registry.example:5000".to_owned()] };
        let logins = ["private.example".to_owned()];
        for host in ["docker.io", "europe-docker.pkg.dev", "Private.example", "registry.example:5000"] {
            assert!(known.allow(host, &logins), "{host}");
        }
        for host in ["evil.example", "registry.example", "pkg.dev.example", "localhost:5000", "169.254.169.254"] {
            assert!(!known.allow(host, &logins), "{host}");
        }
        assert!(Hosts::Any.allow("evil.example", &[]));
    }
}
