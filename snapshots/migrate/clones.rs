//! Repositories named by URLs: cloned by git, kept, and brought up to date; and Dockerfiles that compose files name.

use std::fs;

use crate::farm::{Farm, git, rows};
use crate::harness::{AFTER, BEFORE};

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[test]
fn a_url_is_cloned_once_and_brought_up_to_date() {
    let farm = Farm::new(vec![[("Dockerfile".to_owned(), text(BEFORE))].into()]);
    let origin = farm.checkouts("origins").join(Farm::name(0));
    let url = format!("file://{}", origin.display());
    fs::write(farm.path("list"), format!("# all of them\n\n{url}\nfile://{}\n", farm.path("nowhere").display()))
        .unwrap();
    let output = farm.run("--repos-from list --out out --cache kept --offline");
    assert_eq!(output.code, 2);
    assert!(output.err.contains("1 changed · 1 failed"), "{}", output.err);
    let journal = rows(&farm.path("out/journal.jsonl"));
    let name = origin.to_str().unwrap().trim_start_matches('/');
    assert_eq!(journal[name]["outcome"], "changed");
    let patch = journal[name]["patch"].as_str().unwrap();
    let clone = farm.path("kept").join(patch.strip_prefix("patches/").unwrap().strip_suffix(".patch").unwrap());
    assert_eq!(git(&clone, &["rev-list", "--count", "HEAD"]), "1");
    git(&clone, &["am", "--quiet", farm.path("out").join(patch).to_str().unwrap()]);
    assert_eq!(fs::read_to_string(clone.join("Dockerfile")).unwrap(), AFTER);

    fs::write(origin.join("Dockerfile"), AFTER).unwrap();
    git(&origin, &["commit", "--quiet", "--all", "--message", "by hand"]);
    let output = farm.run("--repos-from list --out next --cache kept --offline --quiet");
    assert_eq!(output.code, 2);
    assert_eq!(rows(&farm.path("next/journal.jsonl"))[name]["outcome"], "unchanged");
    assert_eq!(git(&clone, &["rev-parse", "HEAD"]), git(&origin, &["rev-parse", "HEAD"]));
}

#[test]
fn compose_files_name_dockerfiles_and_their_contexts() {
    let compose = "services:\n  a: {build: {context: ., dockerfile: build/app.docker}}\n  b: {build: ./web}\n";
    let farm = Farm::new(vec![
        [
            ("compose.yml".to_owned(), text(compose)),
            ("build/app.docker".to_owned(), text("FROM a\nADD x.tar /x\nADD a.txt /a\n")),
            ("a.txt".to_owned(), text("a\n")),
            ("web/Dockerfile".to_owned(), text(BEFORE)),
        ]
        .into(),
    ]);
    let folder = farm.checkouts("r").join(Farm::name(0));
    let output = farm.run("r --out out --offline --output in-place --verbose");
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(fs::read_to_string(folder.join("web/Dockerfile")).unwrap(), AFTER);
    // The text file lies in the context that the compose file names, not beside the Dockerfile.
    assert_eq!(fs::read_to_string(folder.join("build/app.docker")).unwrap(), "FROM a\nADD x.tar /x\nCOPY a.txt /a\n");
    assert_eq!(git(&folder, &["status", "--porcelain"]), "M build/app.docker\n M web/Dockerfile");
    let done = farm.run("r --out out --offline --output in-place --resume");
    assert!(done.err.starts_with("1 repository · 1 changed"), "{}", done.err);
    farm.run("r --out other --offline --output in-place").fails_with("not clean: `build/app.docker` and 1 more");
}
