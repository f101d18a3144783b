//! Lists of repositories: a line may be all that the command line takes, and a run without repositories is no success.

use std::fs;

use crate::farm::{Farm, rows};
use crate::harness::BEFORE;

fn farm(count: usize) -> Farm {
    let files = |index: usize| {
        let text = format!("{BEFORE}ENV X{index} y\n");
        [("Dockerfile".to_owned(), text.into_bytes())].into()
    };
    Farm::new((0..count).map(files).collect())
}

fn names(farm: &Farm, out: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(farm.path(out)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|suffix| suffix == "jsonl") {
            names.extend(rows(&path).into_keys());
        }
    }
    names.sort();
    names
}

#[test]
fn a_line_of_a_list_is_all_that_an_argument_may_be() {
    let farm = farm(4);
    let root = farm.checkouts("r");
    let other = farm.checkouts("other").join(Farm::name(3));
    let list =
        format!("\u{feff}# all\r\n\r\n  r  \r\n{}\nfile://{}\n", other.display(), root.join(Farm::name(0)).display());
    fs::write(farm.path("list"), list).unwrap();
    let output = farm.run("--repos-from list --out listed --offline --quiet");
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    let url = root.join(Farm::name(0)).display().to_string();
    let named = farm.migrate(&format!("r {} file://{url} --out named --offline --quiet", other.display())).output();
    assert!(named.unwrap().status.success());
    let listed = names(&farm, "listed");
    assert_eq!(listed, names(&farm, "named"));
    assert_eq!(listed.len(), 6);
    assert!(listed.contains(&"team-1/app-1".to_owned()), "{listed:?}");
    // An absolute folder is called as it is written, and what belongs to it lies where a reader looks for it.
    let absolute = other.display().to_string();
    let row = &rows(&farm.path("listed/journal.jsonl"))[&absolute];
    assert_eq!(row["source"], absolute);
    let patch = row["patch"].as_str().unwrap();
    assert!(patch.starts_with("patches/") && patch.ends_with("/other/team-3/app-3.patch"), "{patch}");
    assert!(farm.path("listed").join(patch).is_file());
}

#[test]
fn two_repositories_never_write_to_the_same_file() {
    let farm = farm(1);
    let root = farm.checkouts("r").join(Farm::name(0));
    let url = format!("file://{}", root.display());
    let output = farm.run(&format!("{url} {} --out out --offline --quiet", root.display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    let journal = rows(&farm.path("out/journal.jsonl"));
    let patches: std::collections::BTreeSet<_> = journal.values().map(|row| row["patch"].as_str().unwrap()).collect();
    assert_eq!(patches.len(), 2, "{patches:?}");
}

#[test]
fn shards_are_taken_of_the_repositories_that_a_list_leads_to() {
    let farm = farm(12);
    farm.checkouts("r");
    fs::write(farm.path("list"), "r\n").unwrap();
    for shard in 1..=3 {
        let output = farm.run(&format!("--repos-from list --out out --offline --quiet --shard {shard}/3"));
        assert_eq!((output.code, output.err.as_str()), (0, ""));
    }
    let mut all = farm.names();
    all.sort();
    assert_eq!(names(&farm, "out"), all);
}

#[test]
fn an_empty_shard_says_so_and_a_run_without_repositories_fails() {
    let farm = farm(1);
    farm.checkouts("r");
    fs::write(farm.path("list"), "r\n").unwrap();
    let said: Vec<_> = (1..=2)
        .map(|shard| {
            let output = farm.run(&format!("--repos-from list --out out --offline --shard {shard}/2"));
            assert_eq!(output.code, 0, "{}", output.err);
            output.err
        })
        .collect();
    assert!(said.contains(&"1 repository · 1 changed · 0.0 s\n".to_owned()), "{said:?}");
    let empty = |shard| format!("0 repositories · none of 1 is in shard {shard}/2 · 0.0 s\n");
    assert!(said.contains(&empty(1)) || said.contains(&empty(2)), "{said:?}");

    fs::write(farm.path("list"), "# none\n\n").unwrap();
    for more in ["", "--shard 1/2", "--resume"] {
        let output = farm.run(&format!("--repos-from list --out nothing --offline {more}"));
        output.fails_with("--repos-from: the list names no repository");
        assert!(!farm.path("nothing").exists());
    }
}
