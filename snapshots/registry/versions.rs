//! The exact version behind a tag that moves.

use serde_json::json;

use super::place::{Place, reference};
use super::server::{Answer, INDEX, MANIFEST, Server, Store, digest, index, index_of, manifest};

const AMD64: &str = "linux/amd64";

fn exact(server: &Server, name: &str, candidates: &[&str]) -> Option<String> {
    exact_in(&Place::new(), server, name, candidates)
}

fn exact_in(place: &Place, server: &Server, name: &str, candidates: &[&str]) -> Option<String> {
    let candidates: Vec<_> = candidates.iter().map(|candidate| (*candidate).to_owned()).collect();
    let reference = reference(&format!("{}/{name}", server.host()));
    place.resolver().exact_version(&reference, AMD64, &candidates).unwrap()
}

fn heads(server: &Server) -> usize {
    server.lines().iter().filter(|line| line.starts_with("HEAD")).count()
}

#[test]
fn a_candidate_with_the_same_index_is_proven_by_its_head() {
    let body = index("a", &[AMD64, "windows/amd64"]);
    let store = Store::default().with("latest", &body, INDEX).with("3.14.7", &body, INDEX);
    let server = store.with("3.14.7-trixie", &index("b", &[AMD64]), INDEX).serve();
    let place = Place::new();
    let found = exact_in(&place, &server, "python", &["3.14.7-trixie", "3.14.7"]);
    assert_eq!(found.as_deref(), Some("3.14.7"));
    assert_eq!((heads(&server), server.lines().len()), (3, 4));
    // A second run does not even ask, since all that it needs is known.
    place.resolver().image(&reference(&format!("{}/python:3.14.7", server.host()))).unwrap();
    assert_eq!(server.lines().len(), 4);
}

#[test]
fn a_candidate_with_another_index_is_proven_by_its_child() {
    let child = digest(b"the image");
    let both = [(AMD64, child.clone(), None), ("windows/amd64", digest(b"w"), None)];
    let one = [(AMD64, child.clone(), None)];
    let server = Store::default()
        .with("latest", &index_of(both.clone().into_iter()), INDEX)
        .with("3.14.7-trixie", &index_of(one.into_iter()), INDEX)
        .with("3.14.6-trixie", &index("other", &[AMD64]), INDEX)
        .serve();
    let found = exact(&server, "python", &["3.14.6-trixie", "3.14.7-trixie"]);
    assert_eq!(found.as_deref(), Some("3.14.7-trixie"));
    // The same place holds a manifest for this platform alone.
    let config = br#"{"os":"linux","architecture":"amd64"}"#;
    let alone = manifest(config);
    let of_it = [(AMD64, digest(&alone), None)];
    let server =
        Store::default().with("latest", &index_of(of_it.into_iter()), INDEX).with("3.14.7", &alone, MANIFEST).serve();
    assert_eq!(exact(&server, "python", &["3.14.7"]).as_deref(), Some("3.14.7"));
}

#[test]
fn what_is_not_equal_is_not_proven() {
    let latest = [(AMD64, digest(b"a"), None), ("linux/arm64", digest(b"same"), None)];
    let other = [(AMD64, digest(b"b"), None), ("linux/arm64", digest(b"same"), None)];
    let server = Store::default()
        .with("latest", &index_of(latest.into_iter()), INDEX)
        .with("3.14.7", &index_of(other.into_iter()), INDEX)
        .with("3.14", &index("a", &[AMD64]), INDEX)
        .serve();
    assert_eq!(exact(&server, "python", &["3.14.7", "3.14", "9.9.9", "a b"]), None);
    assert!(
        !server.lines().iter().any(|line| line.contains("/3.14 ") || line.ends_with("/3.14")),
        "it is a floating tag"
    );
}

#[test]
fn a_platform_that_is_not_there_has_no_version() {
    let body = index("a", &["linux/arm64"]);
    let server = Store::default().with("latest", &body, INDEX).with("3.14.7", &body, INDEX).serve();
    assert_eq!(exact(&server, "python", &["3.14.7"]), None);
}

#[test]
fn a_full_version_is_its_own() {
    let server = Store::default().with("3.14.7-slim", &index("a", &[AMD64]), INDEX).serve();
    assert_eq!(exact(&server, "python:3.14.7-slim", &[]).as_deref(), Some("3.14.7-slim"));
    assert_eq!(heads(&server), 1);
}

#[test]
fn what_the_index_says_is_tried_after_the_candidates() {
    let body = index_of([(AMD64, digest(b"x"), Some("24.0.6-cli"))].into_iter());
    let server = Store::default().with("cli", &body, INDEX).with("24.0.6-cli", &body, INDEX).serve();
    assert_eq!(exact(&server, "docker:cli", &["23.0.0-cli"]).as_deref(), Some("24.0.6-cli"));
    assert!(server.lines().iter().all(|line| !line.contains("tags/list")));
}

#[test]
fn what_the_configuration_says_is_tried_and_has_to_be_proven() {
    let config = json!({ "os": "linux", "architecture": "amd64", "config": {
        "Labels": { "org.opencontainers.image.version": "12.0.1" },
        "Env": ["NODE_VERSION=22.1.0", "PYTHON_VERSION=3.14.7"],
    } });
    let config = config.to_string().into_bytes();
    let image = manifest(&config);
    let body = index_of([(AMD64, digest(&image), None)].into_iter());
    let server = Store::default()
        .with("slim", &body, INDEX)
        .with("image", &image, MANIFEST)
        .with("config", &config, "application/json")
        .with("12.0.1-slim", &index("of the image below", &[AMD64]), INDEX)
        .with("3.14.7-slim", &body, INDEX)
        .serve();
    let place = Place::new();
    assert_eq!(exact_in(&place, &server, "python:slim", &[]).as_deref(), Some("3.14.7-slim"));
    let asked: Vec<_> = server.lines().into_iter().filter(|line| line.starts_with("HEAD")).collect();
    let names = ["slim", "12.0.1-slim", "12.0.1", "3.14.7-slim"];
    assert_eq!(asked, names.map(|name| format!("HEAD /v2/python/manifests/{name}")));
    // All of that is in the cache now.
    let count = server.lines().len();
    assert_eq!(exact_in(&place, &server, "python:slim", &[]).as_deref(), Some("3.14.7-slim"));
    assert_eq!(server.lines().len(), count);
}

/// 250 tags on three pages: `1.0.0-slim` to `1.0.249-slim`, in the order of their names.
fn with_250_tags(store: Store) -> Server {
    let mut tags: Vec<_> = (0..250).map(|patch| format!("1.0.{patch}-slim")).collect();
    tags.sort();
    Server::new(move |question| {
        let Some((_, query)) = question.path.split_once("/tags/list?") else { return store.answer(question) };
        let start = query.split("last=").nth(1).map_or(0, |last| tags.iter().position(|tag| *tag == last).unwrap() + 1);
        let page = &tags[start..(start + 100).min(tags.len())];
        let answer = Answer::json(&json!({ "name": "x", "tags": page }));
        if start + 100 >= tags.len() {
            return answer;
        }
        let next = format!(r#"</v2/x/tags/list?n=100&last={}>; rel="next""#, page.last().unwrap());
        answer.with("Link", &next)
    })
}

#[test]
fn two_pages_of_tags_and_eight_candidates_are_the_end() {
    let store = Store::default().with("1-slim", &index("a", &[AMD64]), INDEX);
    let server = with_250_tags(store);
    assert_eq!(exact(&server, "x:1-slim", &[]), None);
    let pages: Vec<_> = server.lines().into_iter().filter(|line| line.contains("tags/list")).collect();
    assert_eq!(pages.len(), 2, "{pages:?}");
    assert_eq!(pages[0], "GET /v2/x/tags/list?n=1000");
    assert_eq!(heads(&server), 1 + 8);
}

#[test]
fn the_newest_tag_of_the_list_that_is_equal_is_found() {
    let body = index("a", &[AMD64]);
    let tags =
        json!({ "tags": ["latest", "1.9.0", "1.10.0", "1.10.0-slim", "1.10.1rc1", "2.0.0", "bad\u{1b}tag", "1.10"] });
    let store = Store::default().with("1", &body, INDEX).with("1.10.0", &body, INDEX);
    let server = Server::new(move |question| match question.path.contains("/tags/list") {
        true => Answer::json(&tags),
        false => store.answer(question),
    });
    assert_eq!(exact(&server, "x:1", &[]).as_deref(), Some("1.10.0"));
    assert_eq!(heads(&server), 2);
}

#[test]
fn a_registry_that_gives_no_more_answers_is_an_error() {
    let store = Store::default().with("latest", &index("a", &[AMD64]), INDEX);
    let server = Server::new(move |question| match question.path.ends_with("3.14.7") {
        true => Answer::status(429).with("Retry-After", "999"),
        false => store.answer(question),
    });
    let reference = reference(&format!("{}/x", server.host()));
    let error = Place::new().resolver().exact_version(&reference, AMD64, &["3.14.7".to_owned()]).unwrap_err();
    assert!(error.to_string().contains("allows no more requests now (429)"), "{error}");
}
