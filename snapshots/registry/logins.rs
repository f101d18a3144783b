//! Who is told what: challenges, tokens, logins, helpers, redirects and mirrors.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::place::{Place, reference};
use super::server::{Answer, INDEX, Server, Store, index};

fn store() -> Store {
    Store::default().with("1", &index("a", &["linux/amd64"]), INDEX)
}

/// `Basic` of user `u` and password `p`.
const BASIC: &str = "Basic dTpw";
const LOGIN: &str = r#"{ "username": "u", "password": "p" }"#;

/// A registry that wants a token of the service at `realm`.
fn with_tokens(realm: String) -> Server {
    let store = store();
    Server::new(move |question| {
        if question.header("authorization").is_some_and(|header| header.starts_with("Bearer token-")) {
            return store.answer(question);
        }
        let wanted = format!(r#"Bearer realm="{realm}",service="lab, registry",scope="repository:x:pull""#);
        Answer::status(401).with("WWW-Authenticate", &wanted)
    })
}

fn token_service() -> Server {
    let count = AtomicUsize::new(0);
    Server::new(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        Answer::json(&json!({ "access_token": format!("token-{number}"), "expires_in": 300 }))
    })
}

fn realm(service: &Server) -> String {
    format!("http://{}/token", service.host())
}

#[test]
fn a_challenge_is_seen_once_and_a_token_is_for_its_repository() {
    let service = token_service();
    let server = with_tokens(realm(&service));
    let place = Place::new();
    let resolver = place.resolver();
    for name in ["x:1", "y:1", "x:2"] {
        let _ = resolver.image(&reference(&format!("{}/{name}", server.host())));
    }
    let lines = server.lines();
    let heads: Vec<_> = lines.iter().filter(|line| line.starts_with("HEAD")).collect();
    assert_eq!(
        heads,
        ["HEAD /v2/x/manifests/1", "HEAD /v2/x/manifests/1", "HEAD /v2/y/manifests/1", "HEAD /v2/x/manifests/2"]
    );
    let asked =
        |repository: &str| format!("GET /token?service=lab%2C%20registry&scope=repository%3A{repository}%3Apull");
    assert_eq!(service.lines(), [asked("x"), asked("y")]);
    assert!(service.questions().iter().all(|question| question.header("authorization").is_none()));
}

#[test]
fn many_at_once_see_one_challenge() {
    let service = token_service();
    let server = with_tokens(realm(&service));
    let references: Vec<_> = (0..10).map(|n| reference(&format!("{}/x{n}:1", server.host()))).collect();
    let images = Place::new().resolver().images(&references, &|| {});
    assert!(images.values().all(Result::is_ok), "{images:?}");
    let refused = server.questions().iter().filter(|question| question.header("authorization").is_none()).count();
    assert_eq!((refused, service.lines().len()), (1, 10));
}

#[test]
fn a_password_goes_to_the_token_service_and_only_the_token_to_the_registry() {
    let service = token_service();
    let server = with_tokens(realm(&service));
    let place = Place::new();
    place.log_in(&server.host(), LOGIN);
    place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap();
    assert_eq!(service.questions()[0].header("authorization"), Some(BASIC));
    let told: Vec<_> =
        server.questions().iter().map(|question| question.header("authorization").map(str::to_owned)).collect();
    assert_eq!(told, [None, Some("Bearer token-0".to_owned()), Some("Bearer token-0".to_owned())]);
}

#[test]
fn an_identity_token_is_posted() {
    let service = token_service();
    let server = with_tokens(realm(&service));
    let place = Place::new();
    place.log_in(&server.host(), r#"{ "auth": "MDAwMDA6", "identitytoken": "secret token" }"#);
    place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap();
    let question = &service.questions()[0];
    assert_eq!(question.line(), "POST /token");
    assert_eq!(question.header("content-type"), Some("application/x-www-form-urlencoded"));
    let expected = "grant_type=refresh_token&client_id=dockeropt&service=lab%2C%20registry&scope=repository%3Ax%3Apull&refresh_token=secret%20token";
    assert_eq!(question.body, expected);
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    let service = token_service();
    let (store, realm) = (store(), realm(&service));
    let server = Server::new(move |question| match question.header("authorization") {
        Some("Bearer token-1") => store.answer(question),
        _ => Answer::status(401).with("WWW-Authenticate", &format!("Bearer realm=\"{realm}\"")),
    });
    let place = Place::new();
    let resolver = place.resolver();
    let reference = reference(&format!("{}/x:1", server.host()));
    assert!(resolver.image(&reference).unwrap_err().to_string().contains("login refused (401)"));
    assert_eq!((server.lines().len(), service.lines().len()), (2, 1));
    resolver.image(&super::place::reference(&format!("{}/x:latest", server.host()))).unwrap_err();
    assert_eq!(service.lines().len(), 2);
}

#[test]
fn a_token_service_that_refuses_is_named() {
    let cases = [
        (429, "allows no more requests now (429), try again in 0 s", 3),
        (401, "login refused (401) by", 1),
        (403, "login refused (403) by", 1),
        (500, "answered 500", 1),
    ];
    for (status, expected, asked) in cases {
        let service = Server::new(move |_| Answer::status(status).with("Retry-After", "0"));
        let server = with_tokens(realm(&service));
        let error =
            Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        let named = if matches!(status, 429 | 500) { service.host() } else { server.host() };
        assert!(error.contains(&named), "{error}");
        assert_eq!((server.lines().len(), service.lines().len()), (1, asked), "{status}");
    }
}

#[test]
fn a_token_service_elsewhere_without_encryption_is_not_asked() {
    let server = with_tokens("http://auth.invalid/token".to_owned());
    let place = Place::new();
    place.log_in(&server.host(), LOGIN);
    let error = place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err().to_string();
    assert!(error.contains("http://auth.invalid/token, which is not asked for it: no https"), "{error}");
    assert_eq!(server.lines().len(), 1);
}

fn with_passwords() -> Server {
    let store = store();
    Server::new(move |question| match question.header("authorization") {
        Some(BASIC) => store.answer(question),
        _ => Answer::status(401).with("WWW-Authenticate", r#"Basic realm="a, b""#),
    })
}

#[test]
fn a_login_is_sent_to_its_host_alone() {
    let (server, other) = (with_passwords(), with_passwords());
    let place = Place::new();
    place.log_in(&server.host(), LOGIN);
    let resolver = place.resolver();
    resolver.image(&reference(&format!("{}/x:1", server.host()))).unwrap();
    let error = resolver.image(&reference(&format!("{}/x:1", other.host()))).unwrap_err().to_string();
    let host = other.host();
    assert!(error.contains(&format!("login refused (401) by {host}")), "{error}");
    assert!(error.contains(&format!("`docker login {host}` stores one")), "{error}");
    assert_eq!(other.lines().len(), 1);
    assert!(other.questions().iter().all(|question| question.header("authorization").is_none()));
}

#[test]
fn a_wrong_password_is_sent_once_a_question_and_never_shown() {
    let server = with_passwords();
    let place = Place::new();
    place.log_in(&server.host(), r#"{ "username": "u", "password": "hush" }"#);
    let resolver = place.resolver();
    for (name, asked) in [("x:1", 2), ("y:1", 3)] {
        let error = resolver.image(&reference(&format!("{}/{name}", server.host()))).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hush"));
        assert_eq!(server.lines().len(), asked);
    }
}

#[test]
fn a_redirect_is_followed_without_the_login() {
    let target = store().serve();
    let to = target.host();
    let server = Server::new(move |question| match question.header("authorization") {
        Some(BASIC) => Answer::status(307).with("Location", &format!("http://{to}{}", question.path)),
        _ => Answer::status(401).with("WWW-Authenticate", "Basic realm=x"),
    });
    let place = Place::new();
    place.log_in(&server.host(), LOGIN);
    place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap();
    assert_eq!(target.lines().len(), 2);
    assert!(target.questions().iter().all(|question| question.header("authorization").is_none()));
}

#[test]
fn a_challenge_of_where_a_redirect_leads_is_not_met() {
    let elsewhere = with_passwords();
    let service = token_service();
    let (to, realm) = (elsewhere.host(), realm(&service));
    let greedy =
        Server::new(move |_| Answer::status(401).with("WWW-Authenticate", &format!("Bearer realm=\"{realm}\"")));
    for target in [to, greedy.host()] {
        let server = Server::new(move |question| {
            Answer::status(307).with("Location", &format!("http://{target}{}", question.path))
        });
        let place = Place::new();
        place.log_in(&server.host(), LOGIN);
        let error = place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err().to_string();
        assert!(error.contains("login refused (401)"), "{error}");
        assert_eq!(server.lines().len(), 1);
    }
    let told = [elsewhere.questions(), greedy.questions()].concat();
    assert!(told.iter().all(|question| question.header("authorization").is_none()));
    assert_eq!(service.lines().len(), 0);
}

#[test]
fn a_redirect_to_elsewhere_without_encryption_or_in_a_circle_is_not_followed() {
    for (location, expected) in
        [("http://cdn.invalid/x", "http://cdn.invalid/x has no https"), ("/v2/x/manifests/1", "too many redirects")]
    {
        let server = Server::new(move |_| Answer::status(302).with("Location", location));
        let error = Place::new().resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(server.lines().len() <= 5);
    }
}

#[cfg(unix)]
fn helper(place: &Place, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = format!("bin/docker-credential-{name}");
    place.write(&file, &format!("#!/bin/sh\n{script}"));
    std::fs::set_permissions(place.path(&file), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_helper_is_asked_for_the_login() {
    let server = with_passwords();
    let place = Place::new();
    let asked = place.path("asked");
    let answer = r#"printf '{"ServerURL":"x","Username":"u","Secret":"p"}'"#;
    helper(&place, "lab", &format!("echo \"$1 $(/bin/cat)\" >> {}\n{answer}", asked.display()));
    place.write("docker/config.json", r#"{ "credsStore": "lab" }"#);
    let resolver = place.resolver();
    for name in ["x:1", "y:1"] {
        resolver.image(&reference(&format!("{}/{name}", server.host()))).unwrap();
    }
    assert_eq!(std::fs::read_to_string(asked).unwrap(), format!("get {}\n", server.host()), "it is asked once");

    helper(&place, "none", "echo 'credentials not found in native keychain'; exit 1");
    let config = json!({ "credHelpers": { server.host(): "none" } });
    place.write("docker/config.json", &config.to_string());
    let error = place.resolver().image(&reference(&format!("{}/z:1", server.host()))).unwrap_err().to_string();
    assert!(error.contains("login refused (401)"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_helper_that_does_not_work_is_named_without_what_it_says() {
    let server = with_passwords();
    let place = Place::new();
    helper(&place, "broken", "echo hush; exit 3");
    helper(&place, "babbling", "echo hush");
    let cases = [
        ("broken", "docker-credential-broken failed (exit status: 3)"),
        ("babbling", "docker-credential-babbling gave an answer that is no login"),
        ("missing", "docker-credential-missing is not on PATH"),
        ("../bin/broken", "docker-credential-../bin/broken is no name of a helper"),
        ("a b;\\u001b", "is no name of a helper"),
    ];
    for (name, expected) in cases {
        place.write("docker/config.json", &format!(r#"{{ "credsStore": "{name}" }}"#));
        let error = place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("hush") && !error.contains('\u{1b}'), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_helper_that_hangs_is_ended() {
    let server = with_passwords();
    let place = Place::new();
    helper(&place, "slow", "/bin/sleep 60");
    place.write("docker/config.json", r#"{ "credsStore": "slow" }"#);
    let started = std::time::Instant::now();
    let error = place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap_err().to_string();
    assert!(error.contains("docker-credential-slow gave no answer within 10 s"), "{error}");
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn damaged_settings_are_named_at_once() {
    let place = Place::new();
    place.write("docker/config.json", "{ hush");
    let error = place.try_resolver(|_| {}).err().unwrap().to_string();
    assert!(error.contains("config.json: it is damaged at line 1") && !error.contains("hush"), "{error}");
    assert!(place.try_resolver(|settings| settings.offline = true).is_ok());
    place.write("docker/config.json", "{}");
    place.write("registries.conf", "[[registry]");
    assert!(place.try_resolver(|_| {}).err().unwrap().to_string().contains("registries.conf: "));
}

#[test]
fn a_mirror_is_asked_first_and_the_registry_after_it() {
    let origin = store().with("2", &index("b", &["linux/amd64"]), INDEX).serve();
    let mirror = store().serve();
    let place = Place::new();
    place.log_in(&origin.host(), LOGIN);
    place.write(
        "registries.conf",
        &format!(
            "[[registry]]\nlocation = \"{}\"\n[[registry.mirror]]\nlocation = \"{}/proxy\"\ninsecure = true\n",
            origin.host(),
            mirror.host()
        ),
    );
    let resolver = place.resolver();
    let image = resolver.image(&reference(&format!("{}/x:1", origin.host()))).unwrap();
    assert_eq!(image.reference, format!("{}/x:1", origin.host()), "the name stays");
    assert_eq!(mirror.lines()[0], "HEAD /v2/proxy/x/manifests/1");
    assert_eq!((mirror.lines().len(), origin.lines().len()), (2, 0));
    resolver.image(&reference(&format!("{}/x:2", origin.host()))).unwrap();
    assert_eq!(mirror.lines()[2], "HEAD /v2/proxy/x/manifests/2");
    assert_eq!(origin.lines()[0], "HEAD /v2/x/manifests/2");
}

#[test]
fn a_blocked_registry_is_not_asked() {
    let server = store().serve();
    let place = Place::new();
    place.write("registries.conf", &format!("[[registry]]\nprefix = \"{}/x\"\nblocked = true\n", server.host()));
    let resolver = place.resolver();
    let error = resolver.image(&reference(&format!("{}/x:1", server.host()))).unwrap_err();
    assert!(error.to_string().ends_with("x:1: registries.conf blocks it"), "{error}");
    assert_eq!(server.lines().len(), 0);
    resolver.image(&reference(&format!("{}/y:1", server.host()))).unwrap();
}

#[test]
fn nothing_of_a_login_is_in_the_cache() {
    let server = with_passwords();
    let place = Place::new();
    place.log_in(&server.host(), LOGIN);
    place.resolver().image(&reference(&format!("{}/x:1", server.host()))).unwrap();
    let mut files = 0;
    for folder in ["ref", "blob"] {
        for entry in std::fs::read_dir(place.path("cache").join(folder)).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains("dTpw") && !text.contains("uthorization"), "{text}");
            files += 1;
        }
    }
    assert_eq!(files, 2);
}
