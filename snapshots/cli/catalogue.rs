//! `dockeropt catalogue`: what it says of images, and how a newer one is stored.

use std::fs;

use crate::harness::{Folder, Output};

/// 21 November 2026, three months after the day of the catalogue that is built in.
const TODAY: &str = "1795219200";

fn run(folder: &Folder, arguments: &str) -> Output {
    let data = folder.path("data").display().to_string();
    folder.run_with(arguments, "", &[("XDG_DATA_HOME", &data), ("SOURCE_DATE_EPOCH", TODAY)])
}

/// A catalogue of that day with one image.
fn of(date: &str) -> String {
    format!(
        "# dockeropt catalogue 1\n# date {date}\npython build 3.99.1-trixie debian:trixie amd64 3.99-trixie latest\n"
    )
}

#[test]
fn images_are_looked_up_by_all_their_names() {
    let folder = Folder::new(&[]);
    let images = [
        "python",
        "python:3.6",
        "node:lts-alpine",
        "openjdk:8",
        "debian:stable-slim",
        "alpine:edge",
        "python:3.99",
        "mysql:lts",
        "centos",
        "k8s.gcr.io/pause:3.1",
    ];
    let said = images.map(|image| {
        let output = run(&folder, &format!("catalogue {image}"));
        assert_eq!((output.code, output.err.as_str()), (0, ""), "{image}");
        output.text().to_owned()
    });
    crate::assert_snapshot("catalogue", &said.join("\n"));
    let pinned = format!("python:latest@sha256:{}", "0".repeat(64));
    for other in ["docker.io/library/python", "library/python:latest", pinned.as_str()] {
        assert_eq!(run(&folder, &format!("catalogue {other}")).text(), said[0], "{other}");
    }
}

#[test]
fn json_has_what_people_are_told() {
    let folder = Folder::new(&[]);
    let document = |arguments: &str| -> serde_json::Value {
        serde_json::from_slice(&run(&folder, &format!("catalogue --format json {arguments}")).out).unwrap()
    };
    crate::assert_snapshot("catalogue_json", &format!("{:#}\n", document("openjdk:8-jdk")));
    let python = document("python");
    assert_eq!((&python["line"], &python["user"]), (&"3.14-trixie".into(), &"root".into()));
    assert_eq!((&python["status"], &python["package_manager"]), (&"current".into(), &"apt-get".into()));
    assert_eq!((&python["cycle"], &python["end_of_life"]), (&"3.14".into(), &"2030-10-31".into()));
    let overview = document("");
    assert_eq!((&overview["path"], &overview["age_days"]), (&serde_json::Value::Null, &92.into()));
}

#[test]
fn an_unknown_image_is_an_error_that_names_the_nearest() {
    let folder = Folder::new(&[]);
    run(&folder, "catalogue pyton").fails_with("has no official image `pyton`, did you mean `python`?");
    run(&folder, "catalogue jenkins/jenkins").fails_with("has no official image `jenkins/jenkins`");
    run(&folder, "catalogue a$B").fails_with("`a$B` is not the name of an image");
}

#[test]
fn a_newer_catalogue_is_stored_and_used() {
    let folder = Folder::new(&[("new", &of("2026-10-01")), ("old", &of("2026-09-01")), ("ancient", &of("2026-01-01"))]);
    assert!(run(&folder, "catalogue").text().contains("  from          built in\n"));
    run(&folder, "catalogue --update ancient")
        .fails_with("ancient: it is of 2026-01-01, older than the catalogue in use, which is of 2026-08-21");
    folder.write("future", of("2027-10-01"));
    run(&folder, "catalogue --update future").fails_with("future: it is of 2027-10-01, a day that is still to come");
    let stored = run(&folder, "catalogue --update new");
    assert!(stored.text().starts_with("stored the catalogue of 2026-10-01 as "), "{}", stored.text());
    assert_eq!(stored.text().trim_end().rsplit(' ').next().unwrap().len(), 64);
    assert_eq!(folder.read("new"), folder.read("data/dockeropt/catalogue.txt"));
    assert!(run(&folder, "catalogue").text().contains("data/dockeropt/catalogue.txt\n"));
    assert!(run(&folder, "catalogue python").text().contains("  line          3.99-trixie\n"));
    run(&folder, "catalogue --update old")
        .fails_with("old: it is of 2026-09-01, older than the catalogue in use, which is of 2026-10-01");
    assert_eq!(fs::read_dir(folder.path("data/dockeropt")).unwrap().count(), 1);
}

#[test]
fn a_stored_catalogue_that_is_older_than_the_one_built_in_is_not_used() {
    let folder = Folder::new(&[("data/dockeropt/catalogue.txt", &of("2026-01-01"))]);
    assert!(run(&folder, "catalogue").text().contains("  from          built in\n"));
}

#[test]
fn a_damaged_catalogue_is_refused_with_its_line() {
    let folder = Folder::new(&[
        ("damaged", &of("2026-10-01").replace("amd64", "amd64\nb")),
        ("new", &of("2026-10-01")),
        ("data/dockeropt/catalogue.txt", "nonsense\n"),
    ]);
    run(&folder, "catalogue --update damaged").fails_with("damaged: line 4: it is not sorted");
    run(&folder, "catalogue --update missing").fails_with("missing: could not be read: No such file");
    let refused = run(&folder, "catalogue python");
    refused.fails_with("catalogue.txt: line 1: it does not start with `# dockeropt catalogue 1`; remove this file");
    assert_eq!(run(&folder, "catalogue --update new").code, 0);
    assert_eq!(run(&folder, "catalogue python").code, 0);
}
