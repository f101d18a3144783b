//! Against the registries and the Docker Engine of the lab.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::harness::Folder;
use super::material::lab::{BASIC, OPEN, TOKEN, in_lab, lab_or_skip};
use super::material::say;
use super::{Output, run};

const IMAGE: &str = "library/debian:bookworm-multi";

/// The digest of the index, by skopeo and sha256sum.
fn index_digest(lab: &std::path::Path) -> String {
    let inspect = format!("inbox skopeo inspect --raw --tls-verify=false docker://{OPEN}/{IMAGE}");
    let sum = in_lab(lab, &format!("{inspect} | sha256sum"));
    format!("sha256:{}", sum.split(' ').next().unwrap())
}

fn pinned(host: &str, login: Option<&str>) -> (Folder, Output) {
    let folder = Folder::new(&[("Dockerfile", &format!("FROM {host}/{IMAGE}\n"))]);
    if let Some(login) = login {
        // `lab:password`, as `docker login` stores it.
        folder.write("home/docker/config.json", format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"{login}\"}}}}}}"));
    }
    let ran = run(&folder, "fix --opt-in pin-digest --timeout 20");
    (folder, ran)
}

const RIGHT: &str = "bGFiOnBhc3N3b3Jk";
const WRONG: &str = "bGFiOndyb25n";

#[test]
fn the_digest_is_the_one_of_the_index_whatever_the_login() {
    let Some(lab) = lab_or_skip("digests of real registries") else { return };
    let expected = index_digest(&lab);
    for (host, login) in [(OPEN, None), (BASIC, Some(RIGHT)), (TOKEN, None), (TOKEN, Some(RIGHT))] {
        let (folder, ran) = pinned(host, login);
        assert_eq!(ran.code, 0, "{host}: {}", ran.err);
        assert_eq!(folder.text("Dockerfile"), format!("FROM {host}/{IMAGE}@{expected}\n"));
    }
    say(&format!("{IMAGE} is {expected} in the open registry, by basic login and by token, as skopeo says"));
}

#[test]
fn a_refused_login_and_an_unknown_tag_are_one_line() {
    let Some(_) = lab_or_skip("refusals of real registries") else { return };
    for (host, login) in [(BASIC, None), (BASIC, Some(WRONG)), (TOKEN, Some(WRONG))] {
        let (folder, ran) = pinned(host, login);
        ran.fails_with(&format!("Dockerfile:1: {host}/{IMAGE}: login refused (401)"));
        assert_eq!(folder.text("Dockerfile"), format!("FROM {host}/{IMAGE}\n"));
        assert!(!ran.err.contains("wrong") && !ran.err.contains(WRONG), "{}", ran.err);
    }
    let folder = Folder::new(&[("Dockerfile", &format!("FROM {OPEN}/library/debian:no-such-tag\n"))]);
    run(&folder, "fix --opt-in pin-digest").fails_with("library/debian:no-such-tag: there is no such tag (404)");
}

/// Hands on connections to `to`, and counts them.
fn counted(to: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::SeqCst);
            let server = TcpStream::connect(to).unwrap();
            for (mut from, mut to) in [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)] {
                std::thread::spawn(move || {
                    let mut bytes = [0; 8192];
                    while let Ok(length @ 1..) = from.read(&mut bytes) {
                        if to.write_all(&bytes[..length]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(std::net::Shutdown::Write);
                });
            }
        }
    });
    (host, count)
}

#[test]
fn the_second_run_opens_no_connection_to_a_real_registry() {
    let Some(_) = lab_or_skip("connections to a real registry") else { return };
    let (host, count) = counted(OPEN);
    let folder = Folder::new(&[("Dockerfile", &format!("FROM {host}/{IMAGE}\n"))]);
    assert_eq!(run(&folder, "fix --opt-in pin-digest --diff --offline").code, 0);
    assert_eq!(count.load(Ordering::SeqCst), 0);
    let first = run(&folder, "fix --opt-in pin-digest --diff");
    let connections = count.load(Ordering::SeqCst);
    assert!(first.code == 1 && connections > 0, "{}", first.err);
    for more in ["", " --offline"] {
        let ran = run(&folder, &format!("fix --opt-in pin-digest --diff{more}"));
        assert_eq!((ran.code, ran.text()), (1, first.text()));
    }
    assert_eq!(count.load(Ordering::SeqCst), connections);
    say(&format!("{connections} connections in the first run, none in the second and in two offline"));
}

#[test]
fn what_is_pinned_builds_to_the_same_file_system() {
    let Some(lab) = lab_or_skip("builds of what was pinned") else { return };
    let dockerfile = "FROM debian:bookworm-multi\nRUN echo hello > /hello && chmod 600 /hello\nUSER 1000\n";
    let folder = Folder::new(&[("Dockerfile", dockerfile), ("before/Dockerfile", dockerfile)]);
    // The name stays the hub's; a mirror answers.
    folder.write(
        "home/registries.conf",
        format!("[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"{OPEN}\"\n"),
    );
    let ran = run(&folder, "fix Dockerfile --opt-in pin-digest");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let expected = format!("FROM debian:bookworm-multi@{}\n", index_digest(&lab));
    assert!(folder.text("Dockerfile").starts_with(&expected), "{}", folder.text("Dockerfile"));
    let tag = |name: &str| format!("lab/pinning-{name}-{}", std::process::id());
    let (before, after) = (tag("before"), tag("after"));
    folder.write("context/empty", "");
    for (file, tag) in [("before/Dockerfile", &before), ("Dockerfile", &after)] {
        let (file, context) = (folder.path(file), folder.path("context"));
        in_lab(&lab, &format!("\"$LAB_KIT/lab-build\" '{}' '{}' {tag}", file.display(), context.display()));
    }
    let differences = in_lab(&lab, &format!("\"$LAB_KIT/lab-fsdiff\" {before} {after} || true"));
    let same = in_lab(
        &lab,
        &format!("lab_docker image inspect -f '{{{{json .RootFS.Layers}}}}' {before} {after} | uniq | wc -l"),
    );
    in_lab(&lab, &format!("lab_docker rmi -f {before} {after}"));
    say(&format!("built as it was and as it is pinned; lab-fsdiff: {differences:?}; different layer lists: {same}"));
    let paths = differences.lines().filter(|line| line.starts_with(['-', '+', 'c', 'm', 't'])).count();
    assert_eq!(paths, 0, "{differences}");
}

#[test]
fn a_full_version_of_a_real_registry_is_proven_by_its_platform() {
    let Some(lab) = lab_or_skip("a full version in a real registry") else { return };
    // `bookworm-multi` is an index over the image that `bookworm` is alone; a third name has the full version.
    let repository = format!("library/exact-{}", std::process::id());
    let copy = |from: &str, to: &str| {
        let flags = "--src-tls-verify=false --dest-tls-verify=false";
        in_lab(
            &lab,
            &format!(
                "inbox skopeo copy -q --all {flags} docker://{OPEN}/library/debian:{from} docker://{OPEN}/{repository}:{to}"
            ),
        );
    };
    copy("bookworm-multi", "latest");
    copy("bookworm-multi", "12.15.1");
    let folder = Folder::new(&[("Dockerfile", &format!("FROM {OPEN}/{repository}\n"))]);
    let ran = run(&folder, "fix --pin exact");
    assert_eq!(
        (ran.code, folder.text("Dockerfile")),
        (0, format!("FROM {OPEN}/{repository}:12.15.1\n")),
        "{}",
        ran.err
    );
}
