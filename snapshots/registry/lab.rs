//! Against real registries, where the image lab is up: open, with a password, with tokens.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::material::{folder, say};
use super::place::{Place, reference};
use super::server::digest;

const OPEN: &str = "127.0.0.1:5000";
const WITH_PASSWORD: &str = "127.0.0.1:5001";
const WITH_TOKENS: &str = "127.0.0.1:5002";
const IMAGE: &str = "library/debian:bookworm-multi";

/// Whether something answers at all of `hosts`; if not, says that `test` is skipped.
fn is_up(hosts: &[&str], test: &str) -> bool {
    let answers = |host: &&str| {
        TcpStream::connect_timeout(&host.parse().unwrap(), Duration::from_secs(1)).is_ok()
            && raw_manifest(host).is_some()
    };
    let is_up = answers(&OPEN) && hosts.iter().all(|host| TcpStream::connect(host).is_ok());
    if !is_up {
        say(&format!("skipped: {test}: the image lab is not up at {OPEN}"));
    }
    is_up
}

/// The bytes of the index, by a socket and nothing else.
fn raw_manifest(host: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let (repository, tag) = IMAGE.split_once(':').unwrap();
    let accept = "application/vnd.oci.image.index.v1+json";
    let question = format!("GET /v2/{repository}/manifests/{tag} HTTP/1.0\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n");
    stream.write_all(question.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    answer.starts_with(b"HTTP/1.0 200").then(|| answer.split_off(head + 4))
}

#[test]
fn the_digest_is_that_of_the_bytes() {
    if !is_up(&[], "the digest is that of the bytes") {
        return;
    }
    let image = Place::new().resolver().image(&reference(&format!("{OPEN}/{IMAGE}"))).unwrap();
    assert_eq!(image.digest, digest(&raw_manifest(OPEN).unwrap()));
    let names: Vec<_> = image.platforms.iter().map(|platform| platform.name.as_str()).collect();
    assert_eq!(names, ["linux/amd64", "linux/arm64/v8"]);
    let Some(by_skopeo) = by_skopeo() else {
        say("skipped: the digest that skopeo sees: the box of the image lab is not here");
        return;
    };
    assert_eq!(image.digest, by_skopeo);
}

/// The digest of the bytes that skopeo gets.
fn by_skopeo() -> Option<String> {
    let script = r#". "$1/lab/lab-env.sh" && inbox skopeo inspect --raw --tls-verify=false "docker://$2""#;
    let folder = folder()?;
    let output = Command::new("bash")
        .args(["-c", script, "bash"])
        .arg(folder)
        .arg(format!("{OPEN}/{IMAGE}"))
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(digest(&output.stdout))
}

#[test]
fn a_password_opens_what_is_closed_without() {
    if !is_up(&[WITH_PASSWORD], "a password opens what is closed without") {
        return;
    }
    let reference = reference(&format!("{WITH_PASSWORD}/{IMAGE}"));
    let nobody = Place::new();
    let refused = nobody.resolver().image(&reference).unwrap_err().to_string();
    assert!(refused.contains(&format!("login refused (401) by {WITH_PASSWORD}")), "{refused}");
    let place = Place::new();
    place.log_in(WITH_PASSWORD, r#"{ "auth": "bGFiOndyb25n" }"#);
    assert_eq!(place.resolver().image(&reference).unwrap_err().to_string(), refused);
    place.log_in(WITH_PASSWORD, r#"{ "auth": "bGFiOnBhc3N3b3Jk" }"#);
    assert_eq!(place.resolver().image(&reference).unwrap().digest, digest(&raw_manifest(OPEN).unwrap()));
}

#[test]
fn a_token_is_got_as_nobody_and_with_a_password() {
    if !is_up(&[WITH_TOKENS, "127.0.0.1:5003"], "a token is got as nobody and with a password") {
        return;
    }
    let reference = reference(&format!("{WITH_TOKENS}/{IMAGE}"));
    let expected = digest(&raw_manifest(OPEN).unwrap());
    assert_eq!(Place::new().resolver().image(&reference).unwrap().digest, expected);
    let place = Place::new();
    place.log_in(WITH_TOKENS, r#"{ "username": "lab", "password": "password" }"#);
    assert_eq!(place.resolver().image(&reference).unwrap().digest, expected);
    let place = Place::new();
    place.log_in(WITH_TOKENS, r#"{ "username": "lab", "password": "wrong" }"#);
    let refused = place.resolver().image(&reference).unwrap_err().to_string();
    assert!(refused.contains(&format!("login refused (401) by {WITH_TOKENS}")), "{refused}");
}

#[test]
fn real_tags_are_listed_and_platforms_of_one_are_known() {
    if !is_up(&[], "real tags are listed and platforms of one are known") {
        return;
    }
    let resolver = Place::new().resolver();
    let one = reference(&format!("{OPEN}/library/debian:bookworm"));
    assert_eq!(resolver.image(&one).unwrap().platforms, []);
    let platforms = resolver.platforms(&one).unwrap();
    assert_eq!(platforms.iter().map(|platform| platform.name.as_str()).collect::<Vec<_>>(), ["linux/amd64"]);
    // Its tags have no version of three parts.
    assert_eq!(resolver.exact_version(&one, "linux/amd64", &[]).unwrap(), None);
    let missing = resolver.image(&reference(&format!("{OPEN}/library/debian:nope"))).unwrap_err();
    assert!(missing.to_string().ends_with("debian:nope: there is no such tag (404)"), "{missing}");
}
