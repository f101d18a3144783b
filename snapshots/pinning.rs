//! The program asks registries: scripted ones on this machine, and, where the lab of images is up, real ones with real builds of what was pinned.

#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "cli/harness.rs"]
mod harness;
#[path = "pinning/lab.rs"]
mod lab;
#[path = "material/mod.rs"]
mod material;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "registry/server.rs"]
mod server;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness::{Folder, Output};
use server::{Answer, INDEX, Server, Store, digest, index, index_of};

/// Pins digests in a folder where everything is kept apart from the user's own files.
fn run(folder: &Folder, arguments: &str) -> Output {
    let home = folder.path("home").to_string_lossy().into_owned();
    let docker = folder.path("home/docker").to_string_lossy().into_owned();
    let logins = folder.path("home/logins.json").to_string_lossy().into_owned();
    let mirrors = folder.path("home/registries.conf").to_string_lossy().into_owned();
    let environment = [
        ("HOME", home.as_str()),
        ("XDG_CACHE_HOME", &home),
        ("XDG_DATA_HOME", &home),
        ("DOCKER_CONFIG", &docker),
        ("REGISTRY_AUTH_FILE", &logins),
        ("CONTAINERS_REGISTRIES_CONF", &mirrors),
    ];
    folder.run_with(arguments, "", &environment)
}

fn folder(dockerfile: &str) -> Folder {
    Folder::new(&[("Dockerfile", dockerfile)])
}

fn store() -> Store {
    Store::default().with("1", &index("one", &["linux/amd64", "linux/arm64"]), INDEX)
}

#[test]
fn a_digest_is_written_down_and_kept_in_the_lock_file() {
    let server = store().serve();
    let expected = digest(&index("one", &["linux/amd64", "linux/arm64"]));
    let folder = folder(&format!("FROM {0}/team/base:1 AS a\nCOPY --from={0}/team/base:1 /a /\n", server.host()));
    let ran = run(&folder, "fix --opt-in pin-digest");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let pinned =
        format!("FROM {0}/team/base:1@{expected} AS a\nCOPY --from={0}/team/base:1@{expected} /a /\n", server.host());
    assert_eq!(folder.text("Dockerfile"), pinned);
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("HEAD")).count(), 1, "{:?}", server.lines());
    let lock = folder.text("dockeropt.lock");
    assert!(lock.contains(&format!("ref = \"{}/team/base:1\"\ndigest = \"{expected}\"\n", server.host())), "{lock}");
    assert!(lock.contains("linux/amd64 sha256:") && lock.contains("from = \"registry\""), "{lock}");

    // A second run changes nothing and asks nobody.
    let asked = server.lines().len();
    let again = run(&folder, "fix --opt-in pin-digest");
    assert_eq!(
        (again.code, folder.text("Dockerfile"), folder.text("dockeropt.lock")),
        (0, pinned.clone(), lock.clone())
    );
    // The lock file is enough for the same file elsewhere.
    folder.write("Dockerfile", format!("FROM {}/team/base:1\n", server.host()));
    std::fs::remove_dir_all(folder.path("home")).unwrap();
    assert_eq!(run(&folder, "fix --opt-in pin-digest --locked").code, 0);
    assert!(folder.text("Dockerfile").contains(&expected));
    assert_eq!(server.lines().len(), asked);
}

#[test]
fn the_second_run_asks_nobody_and_offline_never_does() {
    let server = store().serve();
    let folder = folder(&format!("FROM {}/team/base:1\n", server.host()));
    let offline = run(&folder, "fix --opt-in pin-digest --diff --offline");
    assert_eq!((offline.code, offline.text(), server.lines().len()), (0, "", 0), "{}", offline.err);
    let first = run(&folder, "fix --opt-in pin-digest --diff");
    let asked = server.lines().len();
    let second = run(&folder, "fix --opt-in pin-digest --diff");
    let offline = run(&folder, "fix --opt-in pin-digest --diff --offline");
    assert_eq!((first.code, second.text(), offline.text()), (1, first.text(), first.text()));
    assert_eq!(server.lines().len(), asked, "{:?}", server.lines());
    assert!(!folder.path("dockeropt.lock").exists(), "--diff writes nothing");
}

#[test]
fn what_moved_is_moved_by_update_alone() {
    let current = std::sync::Arc::new(AtomicUsize::new(0));
    let which = std::sync::Arc::clone(&current);
    let stores = ["one", "two"].map(|content| {
        Store::default().with("1", &index(content, &["linux/amd64"]), INDEX).with(
            "2",
            &index(content, &["linux/arm64"]),
            INDEX,
        )
    });
    let server = Server::new(move |question| stores[which.load(Ordering::SeqCst)].answer(question));
    let host = server.host();
    let folder = folder(&format!("FROM {host}/a:1\nFROM {host}/b:2\n"));
    assert_eq!(run(&folder, "fix --pin digest").code, 0);
    let (before, lock) = (folder.text("Dockerfile"), folder.text("dockeropt.lock"));
    current.store(1, Ordering::SeqCst);
    assert_eq!(run(&folder, "fix --pin digest").code, 0);
    assert_eq!((folder.text("Dockerfile"), folder.text("dockeropt.lock")), (before.clone(), lock.clone()));
    assert_eq!(run(&folder, &format!("fix --update={host}/b")).code, 0);
    let (a, b) = (digest(&index("one", &["linux/amd64"])), digest(&index("two", &["linux/arm64"])));
    assert_eq!(folder.text("Dockerfile"), format!("FROM {host}/a:1@{a}\nFROM {host}/b:2@{b}\n"));
    let moved = folder.text("dockeropt.lock");
    let of_a = |lock: &str| lock.split("[[image]]").find(|entry| entry.contains("/a:1")).unwrap().to_owned();
    assert_eq!(of_a(&moved), of_a(&lock), "what did not move stays byte for byte");
    // What no file names any more goes.
    folder.write("Dockerfile", format!("FROM {host}/b:2@{b}\n"));
    assert_eq!(run(&folder, "fix --pin digest").code, 0);
    assert!(!folder.text("dockeropt.lock").contains("/a:1"));
}

#[test]
fn what_a_registry_does_not_answer_is_one_line_and_the_file_stays() {
    let limited = Server::new(|_| Answer::status(429).with("Retry-After", "1"));
    let hanging = Server::new(|_| Answer::status(200).after(Duration::from_secs(60)));
    let empty = Store::default().with("1", &index("", &[]), INDEX).serve();
    let cases = [
        (format!("{}/a:2", store().serve().host()), "there is no such tag (404)"),
        (format!("{}/a:1", limited.host()), "allows no more requests now (429)"),
        (format!("{}/a:1", hanging.host()), "no answer from"),
        (format!("{}/a:1", empty.host()), "an index without images"),
        ("no-such-host.invalid/a:1".to_owned(), "there is no host no-such-host.invalid"),
    ];
    for (reference, because) in cases {
        let text = format!("FROM a\nENV A b\n\nFROM {reference}\n");
        let folder = folder(&text);
        let started = Instant::now();
        let ran = run(&folder, "fix --opt-in pin-digest --timeout 4");
        assert!(started.elapsed() < Duration::from_secs(12), "{reference}: {:?}", started.elapsed());
        assert_eq!((ran.code, folder.text("Dockerfile")), (2, text), "{reference}: {}", ran.err);
        let line = ran.err.lines().find(|line| line.contains(&reference)).unwrap_or_else(|| panic!("{}", ran.err));
        assert!(line.starts_with(&format!("error: Dockerfile:4: {reference}: ")) && line.contains(because), "{line}");
    }
    assert!(limited.lines().iter().all(|line| line.starts_with("HEAD")), "{:?}", limited.lines());
}

#[test]
fn a_registry_that_is_busy_twice_is_waited_for() {
    let (asked, store) = (AtomicUsize::new(0), store());
    let server = Server::new(move |question| match asked.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Answer::status(429).with("Retry-After", "1"),
        _ => store.answer(question),
    });
    let folder = folder(&format!("FROM {}/a:1\n", server.host()));
    assert_eq!(run(&folder, "fix --opt-in pin-digest").code, 0);
    assert!(folder.text("Dockerfile").contains(":1@sha256:"));
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("HEAD")).count(), 3, "{:?}", server.lines());
}

#[test]
fn a_platform_that_the_index_does_not_have_is_not_pinned() {
    let server = store().serve();
    let text = format!("FROM --platform=linux/s390x {}/a:1\n", server.host());
    let folder = folder(&text);
    let ran = run(&folder, "check --opt-in pin-digest --verbose");
    assert!(ran.text().contains("has no image for linux/s390x"), "{}{}", ran.text(), ran.err);
}

#[test]
fn hosts_are_chosen_by_the_user_and_not_by_files() {
    let server = store().serve();
    let dockerfile = format!("FROM {}/a:1\n", server.host());
    let folder = Folder::new(&[("Dockerfile", &dockerfile), ("dockeropt.toml", "pin = \"digest\"\n")]);
    let ran = run(&folder, "fix");
    assert!(ran.err.contains(&format!("`--registry {}` allows it", server.host())), "{}", ran.err);
    assert_eq!((ran.code, server.lines().len(), folder.text("Dockerfile")), (2, 0, dockerfile));
    assert_eq!(run(&folder, &format!("fix --registry {}", server.host())).code, 0);
    assert!(folder.text("Dockerfile").contains("@sha256:"));
}

#[test]
fn an_editor_is_answered_from_what_is_here() {
    let server = store().serve();
    let text = format!("FROM {}/a:1\n", server.host());
    let folder = folder("");
    let (home, none) =
        (folder.path("home").to_string_lossy().into_owned(), folder.path("none").to_string_lossy().into_owned());
    let environment = [
        ("HOME", home.as_str()),
        ("XDG_CACHE_HOME", &home),
        ("DOCKER_CONFIG", &home),
        ("CONTAINERS_REGISTRIES_CONF", &none),
    ];
    let ran = folder.run_with("fix - --opt-in pin-digest", &text, &environment);
    assert_eq!((ran.code, ran.text(), server.lines().len()), (0, text.as_str(), 0), "{}", ran.err);
}

#[test]
fn a_full_version_is_written_only_if_it_is_proven() {
    let child = digest(b"the image");
    let latest =
        index_of([("linux/amd64", child.clone(), Some("2.4.1")), ("windows/amd64", digest(b"w"), None)].into_iter());
    let same = index_of([("linux/amd64", child, None)].into_iter());
    let other = index("another", &["linux/amd64"]);
    let proven = Store::default().with("latest", &latest, INDEX).with("2.4.1", &same, INDEX).serve();
    let moved = Store::default().with("latest", &latest, INDEX).with("2.4.1", &other, INDEX).serve();
    let (yes, no) = (folder(&format!("FROM {}/a\n", proven.host())), folder(&format!("FROM {}/a\n", moved.host())));
    let (ran, left) = (run(&yes, "fix --pin exact"), run(&no, "fix --pin exact"));
    assert_eq!((ran.code, yes.text("Dockerfile")), (0, format!("FROM {}/a:2.4.1\n", proven.host())), "{}", ran.err);
    assert_eq!((left.code, no.text("Dockerfile")), (0, format!("FROM {}/a\n", moved.host())), "{}", left.err);
}

#[test]
fn each_file_has_the_nearest_lock_file_above_it() {
    let server = store().serve();
    let text = format!("FROM {}/a:1\n", server.host());
    let digest = |hex: &str| format!("sha256:{}", hex.repeat(64));
    let lock =
        |hex| format!("version = 1\n\n[[image]]\nref = \"{}/a:1\"\ndigest = \"{}\"\n", server.host(), digest(hex));
    let files = [("one/Dockerfile", &text), ("two/Dockerfile", &text), ("three/deep/Dockerfile", &text)];
    let folder = Folder::new(&files.map(|(path, text)| (path, text.as_str())));
    folder.write("one/dockeropt.lock", lock("1"));
    folder.write("two/dockeropt.lock", lock("2"));
    folder.write("three/dockeropt.toml", "");
    let ran = run(&folder, "fix --opt-in pin-digest");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        folder.text("one/Dockerfile").contains(&digest("1")) && folder.text("two/Dockerfile").contains(&digest("2"))
    );
    assert!(folder.text("three/dockeropt.lock").contains("/a:1\""));
    assert_eq!((folder.text("one/dockeropt.lock"), folder.path("dockeropt.lock").exists()), (lock("1"), false));
}

#[test]
fn a_platform_that_goes_missing_is_not_followed() {
    let first = AtomicUsize::new(1);
    let [all, fewer] = [&["linux/amd64", "linux/arm64"][..], &["linux/amd64"]]
        .map(|platforms| Store::default().with("1", &index("x", platforms), INDEX));
    let server = Server::new(move |question| {
        let is_digest = question.path.contains("sha256:");
        let is_first =
            if is_digest { all.answer(question).status == 200 } else { first.swap(0, Ordering::SeqCst) == 1 };
        if is_first { all.answer(question) } else { fewer.answer(question) }
    });
    let folder = folder(&format!("FROM {}/a:1\n", server.host()));
    assert_eq!(run(&folder, "fix --pin digest").code, 0);
    let (pinned, lock) = (folder.text("Dockerfile"), folder.text("dockeropt.lock"));
    run(&folder, "fix --update").fails_with("incomplete publish");
    assert_eq!((folder.text("Dockerfile"), folder.text("dockeropt.lock")), (pinned, lock));
}

#[test]
fn runs_at_the_same_time_add_to_one_lock_file() {
    let server = store().serve();
    let files: Vec<_> = (0..6).map(|number| format!("{number}.Dockerfile")).collect();
    let texts: Vec<_> = (0..6).map(|number| format!("FROM {}/a{number}:1\n", server.host())).collect();
    let written: Vec<_> = files.iter().zip(&texts).map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let folder = Folder::new(&written);
    folder.write("dockeropt.lock", "version = 1\n");
    std::thread::scope(|scope| {
        let folder = &folder;
        let running: Vec<_> = files
            .iter()
            .map(|file| scope.spawn(move || run(folder, &format!("fix --opt-in pin-digest {file}"))))
            .collect();
        for run in running {
            let ran = run.join().unwrap();
            assert_eq!(ran.code, 0, "{}", ran.err);
        }
    });
    assert!(folder.text("dockeropt.lock").contains("ref = "));
}

#[test]
fn a_damaged_lock_file_is_named_with_its_line() {
    let server = store().serve();
    let text = format!("FROM {}/a:1\n", server.host());
    let folder = Folder::new(&[("Dockerfile", text.as_str()), ("dockeropt.lock", "version = 1\n[[image]]\nref = 1\n")]);
    run(&folder, "fix --opt-in pin-digest").fails_with("dockeropt.lock:3: ");
    assert_eq!((folder.text("Dockerfile"), server.lines().len()), (text, 0));
}
