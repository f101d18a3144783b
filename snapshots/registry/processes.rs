//! What belongs to a whole process, tried in processes of their own: certificates, proxies, and a cache that many share.

use std::process::{Command, Output};

use dockeropt::world::registry::Resolver;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use super::place::{Place, reference};
use super::server::{Answer, INDEX, Server, Store, index};

/// What the variables are called that tell a child what to do.
const REFERENCE: &str = "REGISTRY_TEST_REFERENCE";

/// What the children of the tests here do; where it is no child, there is nothing to do.
#[test]
fn child() {
    let Ok(references) = std::env::var(REFERENCE) else { return };
    let resolver =
        Resolver::new(dockeropt::world::registry::Settings { cache_dir: None, ..Place::new().settings() }).unwrap();
    for text in references.split(' ') {
        match resolver.image(&reference(text)) {
            Ok(image) => println!("found: {}", image.digest),
            Err(error) => println!("error: {error}"),
        }
    }
}

/// A child that asks for `references` with the cache of `place`.
fn child_command(place: &Place, references: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "processes::child", "--nocapture"]).env(REFERENCE, references);
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.env("HOME", place.path("")).env("XDG_CACHE_HOME", place.path("cache"));
    command.env("CONTAINERS_REGISTRIES_CONF", place.path("registries.conf"));
    ["XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

fn said(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    // The test harness starts the line of the first answer.
    let answers =
        text.lines().filter_map(|line| line.find("found: ").or_else(|| line.find("error: ")).map(|at| &line[at..]));
    answers.map(str::to_owned).collect()
}

fn store() -> Store {
    Store::default().with("1", &index("a", &["linux/amd64"]), INDEX)
}

/// A certificate for this machine, and the authority that vouches for it, as PEM.
fn certificate() -> (ServerConfig, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned(), "registry.invalid".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (config, authority)
}

#[test]
fn a_private_authority_is_trusted_if_the_environment_names_it() {
    let (config, authority) = certificate();
    let store = store();
    let server = Server::with_tls(config, move |question| store.answer(question));
    let place = Place::new();
    place.write("authority.pem", &authority);
    let image = format!("{}/x:1", server.host());
    let untrusted = said(&child_command(&place, &image).output().unwrap());
    assert_eq!(untrusted.len(), 1);
    let expected = format!("{}'s certificate is not trusted: its issuer is unknown here", server.host());
    assert!(untrusted[0].contains(&expected), "{untrusted:?}");
    let trusted = child_command(&place, &image).env("SSL_CERT_FILE", place.path("authority.pem")).output().unwrap();
    assert!(said(&trusted)[0].starts_with("found: sha256:"), "{:?}", said(&trusted));
    // HTTP was tried once, and HTTPS from then on.
    let lines = server.lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("HEAD")).count(), 1 + 2, "{lines:?}");
    place.write("empty.pem", "");
    let none = child_command(&place, &image.replace("x:1", "y:1"))
        .env("SSL_CERT_FILE", place.path("empty.pem"))
        .output()
        .unwrap();
    assert!(said(&none)[0].contains("there are no certificates where `SSL_CERT_FILE`"), "{:?}", said(&none));
}

#[test]
fn a_proxy_is_used_but_not_for_this_machine_nor_where_the_environment_says_no() {
    let proxy = Server::new(|_| Answer::status(403));
    let server = store().serve();
    let place = Place::new();
    let images = format!("{}/x:1 a.invalid/x:1 b.invalid/x:1", server.host());
    let mut command = child_command(&place, &images);
    command.env("HTTPS_PROXY", format!("http://{}", proxy.host())).env("NO_PROXY", "b.invalid");
    let said = said(&command.output().unwrap());
    assert!(said[0].starts_with("found: "), "{said:?}");
    assert_eq!(proxy.lines(), ["CONNECT a.invalid:443"]);
    assert!(said[1].contains("a.invalid") && said[2].contains("b.invalid"), "{said:?}");
}

#[test]
fn many_processes_share_a_cache() {
    let store = (0..20)
        .fold(Store::default(), |store, n| store.with(&n.to_string(), &index(&n.to_string(), &["linux/amd64"]), INDEX));
    let server = store.serve();
    let place = Place::new();
    let images: Vec<_> = (0..20).map(|n| format!("{}/x:{n}", server.host())).collect();
    let children: Vec<_> = (0..6)
        .map(|_| child_command(&place, &images.join(" ")).stdout(std::process::Stdio::piped()).spawn().unwrap())
        .collect();
    let answers: Vec<_> = children.into_iter().map(|child| said(&child.wait_with_output().unwrap())).collect();
    assert_eq!(answers[0].len(), 20);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let asked = server.lines().len();
    let again = said(&child_command(&place, &images.join(" ")).output().unwrap());
    assert_eq!((again == answers[0], server.lines().len()), (true, asked));
    for folder in ["ref", "blob"] {
        let folder = place.path("cache/dockeropt/registry-v1").join(folder);
        let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 20, "{names:?}");
    }
}
