//! `--verify`: images are built before and after, in the contexts that compose files name, and measured.

use crate::farm::{Farm, rows};
use crate::harness::Output;
use crate::material::engines::Engines;
use crate::material::lab::lab_or_skip;

#[test]
fn only_what_builds_have_proven_is_in_the_patch() {
    let Some(lab) = lab_or_skip("migration with builds") else { return };
    let engines = Engines::of(&lab);
    let text = |text: &str| text.as_bytes().to_vec();
    let good = [
        ("compose.yml".to_owned(), text("services: {a: {build: {context: ., dockerfile: build/Dockerfile}}}\n")),
        ("a.txt".to_owned(), text("a\n")),
        ("build/Dockerfile".to_owned(), text("FROM scratch\nENV A b\nADD a.txt /a.txt\n")),
    ];
    let broken = [("Dockerfile".to_owned(), text("FROM scratch\nENV A b\nCOPY nothing /x\n"))];
    let farm = Farm::new(vec![good.into(), broken.into()]);
    farm.checkouts("r");
    let mut run = farm.migrate("r --out out --offline --quiet --verify");
    let output = Output::of(run.env("PATH", engines.path()).output().unwrap());
    let journal = rows(&farm.path("out/journal.jsonl"));
    let (good, broken) = (&journal["team-0/app-0"], &journal["team-1/app-1"]);
    assert_eq!((&good["outcome"], &good["image_bytes"]), (&"changed".into(), &serde_json::json!([2, 2])), "{good}");
    assert_eq!((&broken["outcome"], output.code), (&"failed".into(), 2), "{broken}");
    assert!(broken["because"].as_str().unwrap().starts_with("`Dockerfile`: not proven: it does not build as it is"));
}
