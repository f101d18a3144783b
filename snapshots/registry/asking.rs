//! Which requests are sent, and what comes of each answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dockeropt::world::registry::{Because, Hosts};

use super::place::{Place, reference};
use super::server::{Answer, INDEX, MANIFEST, Server, Store, digest, index};

const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];

fn names(platforms: &[dockeropt::world::registry::Platform]) -> Vec<&str> {
    platforms.iter().map(|platform| platform.name.as_str()).collect()
}

#[test]
fn an_image_is_one_head_and_one_get_by_digest() {
    let body = index("a", PLATFORMS);
    let server = Store::default().with("1", &body, INDEX).serve();
    let place = Place::new();
    let image = place.resolver().image(&reference(&format!("{}/team/x:1", server.host()))).unwrap();
    assert_eq!(image.digest, digest(&body));
    assert_eq!(image.media_type, INDEX);
    assert_eq!(names(&image.platforms), PLATFORMS);
    assert_eq!(image.reference, format!("{}/team/x:1", server.host()));
    let by_digest = format!("GET /v2/team/x/manifests/{}", digest(&body));
    assert_eq!(server.lines(), ["HEAD /v2/team/x/manifests/1", &by_digest]);
    for question in server.questions() {
        let accept = question.header("accept").unwrap();
        assert_eq!(accept.split(", ").count(), 4, "{accept}");
        assert!(question.header("user-agent").unwrap().starts_with("dockeropt/"));
        assert_eq!(question.header("authorization"), None);
    }
}

#[test]
fn a_second_run_asks_nothing_within_an_hour_and_one_head_after_it() {
    let server = Store::default().with("1", &index("a", PLATFORMS), INDEX).serve();
    let place = Place::new();
    let reference = reference(&format!("{}/x:1", server.host()));
    let first = place.resolver().image(&reference).unwrap();
    assert_eq!(place.resolver().image(&reference).unwrap(), first);
    assert_eq!(server.lines().len(), 2);
    let later = place.resolver_at("2026-06-01T13:00:00Z").image(&reference).unwrap();
    assert_eq!((&later.digest, &later.platforms), (&first.digest, &first.platforms));
    assert_eq!(server.lines()[2..], ["HEAD /v2/x/manifests/1"]);
    place.resolver_at("2026-06-01T13:01:00Z").image_anew(&reference, &[]).unwrap();
    assert_eq!(server.lines().len(), 4);
}

#[test]
fn a_registry_that_is_busy_twice_is_asked_three_times() {
    for (status, wait) in [(429, "0"), (503, "1")] {
        let (store, asked) = (Store::default().with("1", &index("a", PLATFORMS), INDEX), AtomicUsize::new(0));
        let server = Server::new(move |question| match asked.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => Answer::status(status).with("Retry-After", wait),
            _ => store.answer(question),
        });
        let place = Place::new();
        place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap();
        let lines = server.lines();
        assert_eq!(lines[..3], ["HEAD /v2/x/manifests/1"; 3], "{status}");
        assert_eq!(lines.len(), 4, "{lines:?}");
    }
}

#[test]
fn a_registry_that_stays_busy_is_never_asked_by_get() {
    let server = Server::new(|_| Answer::status(429).with("Retry-After", "0"));
    let reference = reference(&format!("{}/x:1", server.host()));
    let error = Place::new().resolver().image(&reference).unwrap_err();
    let host = server.host();
    assert_eq!(error.to_string(), format!("{host}/x:1: {host} allows no more requests now (429), try again in 0 s"));
    assert_eq!(server.lines(), ["HEAD /v2/x/manifests/1"; 3]);
}

#[test]
fn a_wait_that_is_too_long_is_not_waited_for() {
    let server = Server::new(|_| Answer::status(429).with("Retry-After", "3600"));
    let started = Instant::now();
    let error = Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
    assert!(error.to_string().ends_with("(429), try again in 3600 s"), "{error}");
    assert_eq!(server.lines().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn other_refusals_are_one_head() {
    let cases = [
        (404, "there is no such tag (404)"),
        (403, "login refused (403) by"),
        (401, "login refused (401) by"),
        (500, "answered 500"),
        (503, "answered 503"),
        (302, "answered 302"),
    ];
    for (status, expected) in cases {
        let server = Server::new(move |_| Answer::status(status));
        let error = Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(server.lines(), ["HEAD /v2/x/manifests/1"], "{status}");
    }
}

#[test]
fn that_there_is_no_tag_is_known_for_a_quarter_of_an_hour() {
    let server = Server::new(|_| Answer::status(404));
    let place = Place::new();
    let reference = reference(&format!("{}/x:1", server.host()));
    for (now, asked) in [("2026-06-01T12:00:00Z", 1), ("2026-06-01T12:10:00Z", 1), ("2026-06-01T12:15:00Z", 2)] {
        let error = place.resolver_at(now).image(&reference).unwrap_err();
        assert_eq!(error.because, Because::NotFound);
        assert_eq!(server.lines().len(), asked, "{now}");
    }
}

#[test]
fn a_registry_that_hangs_is_waited_for_no_longer_than_allowed() {
    let server = Server::new(|_| Answer::status(200).after(Duration::from_secs(60)));
    let place = Place::new();
    let started = Instant::now();
    let resolver = place.resolver_with(|settings| settings.timeout = Duration::from_millis(700));
    let error = resolver.image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
    assert!(error.to_string().ends_with(&format!("no answer from {} within 0.7 s", server.host())), "{error}");
    assert!((Duration::from_millis(600)..Duration::from_secs(5)).contains(&started.elapsed()));
}

#[test]
fn a_body_is_fetched_and_hashed_where_no_digest_is_said() {
    let body = index("a", PLATFORMS);
    let store = Store::default().with("1", &body, INDEX);
    let server = Server::new(move |question| store.answer(question).without("Docker-Content-Digest"));
    let image = Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap();
    assert_eq!(image.digest, digest(&body));
    assert_eq!(server.lines()[..2], ["HEAD /v2/x/manifests/1", "GET /v2/x/manifests/1"]);
}

#[test]
fn a_body_that_has_another_digest_is_refused() {
    let (body, other) = (index("a", PLATFORMS), index("b", PLATFORMS));
    let server = Server::new(move |question| match question.method.as_str() {
        "HEAD" => Answer::manifest(&body, INDEX),
        _ => Answer::manifest(&other, INDEX),
    });
    let error = Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
    assert!(error.to_string().contains("something else than what has the digest sha256:"), "{error}");
}

#[test]
fn what_is_said_for_a_digest_cannot_disturb_a_terminal() {
    let server = Server::new(|_| Answer::status(200).with("Docker-Content-Digest", "sha256:\u{9b}2J\t"));
    let error = Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
    assert!(!error.to_string().contains(|character: char| character.is_control()), "{error:?}");
}

#[test]
fn a_body_without_end_is_not_read_to_the_end() {
    let server = Server::new(|question| match question.method.as_str() {
        "HEAD" => Answer::status(200),
        _ => Answer { body: vec![b' '; 9 << 20], ..Answer::status(200) },
    });
    let error = Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
    assert!(error.to_string().ends_with("sent more than 8 MiB"), "{error}");
}

#[test]
fn an_index_without_images_is_refused() {
    let empty = br#"{"schemaVersion":2,"manifests":[]}"#;
    let server = Store::default().with("1", empty, INDEX).serve();
    let place = Place::new();
    let error = place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
    assert_eq!(error.because, Because::IndexEmpty);
    assert!(error.to_string().ends_with("the registry has an index without images: it is being published"));
    assert_eq!(server.lines(), ["HEAD /v2/x/manifests/1"], "its length says enough");

    let only_attestations = Store::default().with("1", &index("a", &[]), INDEX).serve();
    let reference = reference(&format!("{}/x:1", only_attestations.host()));
    assert_eq!(place.resolver().image(&reference).unwrap_err().because, Because::IndexEmpty);
    // It is not kept: the next run asks again.
    assert_eq!(place.resolver().image(&reference).unwrap_err().because, Because::IndexEmpty);
    assert_eq!(only_attestations.lines().len(), 4);
}

#[test]
fn platforms_do_not_shrink() {
    let asked = AtomicUsize::new(0);
    let (all, one) = (index("a", PLATFORMS), index("b", &["linux/amd64"]));
    let store = Store::default().with("all", &all, INDEX).with("one", &one, INDEX);
    let server = Server::new(move |question| {
        if question.method == "GET" {
            return store.answer(question);
        }
        match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Answer::manifest(&all, INDEX),
            _ => Answer::manifest(&one, INDEX),
        }
    });
    let place = Place::new();
    let reference = reference(&format!("{}/x:1", server.host()));
    let known = ["linux/amd64".to_owned(), "linux/arm64/v8".to_owned()];
    place.resolver().image_anew(&reference, &known).unwrap();
    let message =
        |now: &str, known: &[String]| place.resolver_at(now).image_anew(&reference, known).unwrap_err().to_string();
    assert!(message("2026-06-01T14:00:00Z", &known).ends_with("incomplete publish: linux/arm64/v8 is missing now"));
    // The cache knows it, and goes on knowing it.
    for now in ["2026-06-01T14:00:00Z", "2026-06-01T15:00:00Z"] {
        assert!(message(now, &[]).ends_with("incomplete publish: linux/arm64 is missing now"));
    }
    let much_later = place.resolver_at("2026-06-03T00:00:00Z").image_anew(&reference, &[]).unwrap();
    assert_eq!(names(&much_later.platforms), ["linux/amd64"]);
}

#[test]
fn one_image_asked_for_by_many_at_once_is_asked_for_once() {
    let store = Store::default().with("1", &index("a", PLATFORMS), INDEX);
    let server = Server::new(move |question| store.answer(question).after(Duration::from_millis(100)));
    let place = Place::new();
    let resolver = place.resolver();
    let reference = reference(&format!("{}/x:1", server.host()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| resolver.image(&reference).unwrap());
        }
        scope.spawn(|| resolver.image_anew(&reference, &[]).unwrap());
    });
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn an_image_for_one_platform_says_it_when_asked() {
    let config = br#"{"os":"linux","architecture":"arm64","variant":"v8","config":{}}"#;
    let body = super::server::manifest(config);
    let server = Store::default().with("1", &body, MANIFEST).with("config", config, "application/octet-stream").serve();
    let place = Place::new();
    let reference = reference(&format!("{}/x:1", server.host()));
    assert_eq!(place.resolver().image(&reference).unwrap().platforms, []);
    let platforms = place.resolver().platforms(&reference).unwrap();
    assert_eq!((platforms[0].name.as_str(), &platforms[0].digest), ("linux/arm64/v8", &digest(&body)));
    assert_eq!(server.lines()[2..], [format!("GET /v2/x/blobs/{}", digest(config))]);
    place.resolver().platforms(&reference).unwrap();
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn offline_no_socket_is_opened() {
    let server = Store::default().with("1", &index("a", PLATFORMS), INDEX).serve();
    let place = Place::new();
    let known = reference(&format!("{}/x:1", server.host()));
    let image = place.resolver().image(&known).unwrap();
    let offline = place.resolver_with(|settings| {
        settings.offline = true;
        settings.now = "2027-06-01T00:00:00Z".parse().unwrap();
        settings.hosts = Hosts::Known { also: Vec::new() };
    });
    assert_eq!(offline.image(&known).unwrap(), image);
    let unknown = reference(&format!("{}/x:2", server.host()));
    let error = offline.image(&unknown).unwrap_err();
    assert_eq!(error.because, Because::Offline);
    assert!(error.to_string().ends_with("x:2: not in the cache, and --offline"), "{error}");
    assert_eq!(offline.image_anew(&known, &[]).unwrap_err().because, Because::Offline);
    assert_eq!(offline.exact_version(&known, "linux/amd64", &["1.2.3".to_owned()]).unwrap(), None);
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn a_closed_port_and_a_host_that_is_none_are_named() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let resolver = Place::new().resolver();
    let error = resolver.image(&reference(&format!("{port}/x:1"))).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{port}/x:1: could not reach {port}: ")), "{error}");
    let error = resolver.image(&reference("no-such-host.invalid/x:1")).unwrap_err();
    let host = "no-such-host.invalid";
    // What is said of it depends on the network of this machine.
    let expected =
        [format!("there is no host {host}"), format!("could not reach {host}: "), format!("no answer from {host}")];
    assert!(expected.iter().any(|expected| error.to_string().contains(expected)), "{error}");
}

#[test]
fn hosts_are_not_asked_unless_known() {
    let server = Store::default().with("1", &index("a", PLATFORMS), INDEX).serve();
    let host = server.host();
    let image = reference(&format!("{host}/x:1"));
    let known = |also: &[&String], place: &Place| {
        let also = also.iter().map(|host| (*host).clone()).collect();
        place.resolver_with(|settings| settings.hosts = Hosts::Known { also }).image(&image)
    };
    let place = Place::new();
    let message = known(&[], &place).unwrap_err().to_string();
    let expected =
        format!("{host}/x:1: {host} is not among the registries that are asked; `--registry {host}` allows it");
    assert_eq!(message, expected);
    assert_eq!(server.lines().len(), 0);
    known(&[&host], &place).unwrap();
    let place = Place::new();
    place.log_in(&host, r#"{ "username": "u", "password": "p" }"#);
    known(&[], &place).unwrap();
}

#[test]
fn many_are_asked_in_parallel_and_each_once() {
    let busy = std::sync::Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let store = Store::default().with("1", &index("a", PLATFORMS), INDEX);
    let counts = std::sync::Arc::clone(&busy);
    let server = Server::new(move |question| {
        let now = counts.0.fetch_add(1, Ordering::SeqCst) + 1;
        counts.1.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(30));
        counts.0.fetch_sub(1, Ordering::SeqCst);
        store.answer(question)
    });
    let place = Place::new();
    let mut references: Vec<_> = (0..30).map(|n| reference(&format!("{}/x{n}:1", server.host()))).collect();
    references.extend(references.clone());
    references.push(reference(&format!("{}/x:2", server.host())));
    let done = AtomicUsize::new(0);
    let images = place.resolver().images(&references, &|| {
        done.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!((images.len(), done.load(Ordering::SeqCst)), (31, 31));
    assert_eq!(images.values().filter(|image| image.is_ok()).count(), 30);
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("HEAD")).count(), 31);
    let most = busy.1.load(Ordering::SeqCst);
    assert!((2..=6).contains(&most), "{most} at once");
}

#[test]
fn a_registry_that_allows_no_more_is_given_up() {
    let server = Server::new(|_| Answer::status(429).with("Retry-After", "9999"));
    let place = Place::new();
    let references: Vec<_> = (0..40).map(|n| reference(&format!("{}/x{n}:1", server.host()))).collect();
    let images = place.resolver().images(&references, &|| {});
    let is_busy = |because: &Because| matches!(because, Because::TooManyRequests { .. });
    assert!(images.values().all(|image| is_busy(&image.as_ref().unwrap_err().because)));
    assert!(server.lines().len() <= 3 + 6, "{} requests", server.lines().len());
}
