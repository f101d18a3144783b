//! The tables that are made by a program say what was collected, no less and no more.

#[path = "../examples/known.rs"]
#[allow(dead_code, reason = "it is a program")]
mod made;
mod material;

use std::path::{Path, PathBuf};

use made::Collected;

#[test]
fn the_tables_are_what_the_example_makes() {
    let Some(folder) = material::folder_or_skip("the tables of src/known") else { return };
    let collected = Collected::read(&folder.join("known"), &known()).unwrap();
    for (name, text) in made::tables(&collected) {
        let kept = std::fs::read_to_string(known().join(name)).unwrap();
        assert!(kept == text, "{name}: run examples/known.rs, and read the difference");
    }
}

#[test]
fn what_packages_need_is_what_is_written_by_hand() {
    for (name, text) in made::with_needs(&known()).unwrap() {
        let kept = std::fs::read_to_string(known().join(name)).unwrap();
        assert!(kept == text, "{name} is not what needs.txt says: cargo run --example known");
    }
}

fn known() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/known")
}

#[test]
fn rows_become_facts() {
    let texts = [
        ("base-lost-bookworm", "exec\tgit\tgit\t1\t1\t0\t1\t0\nexec\tpython3\tpython3-minimal\t1\t1\t0\t0\t0\n"),
        (
            "debian-dev",
            "liba-dev\tliba1:liba.so.1 libb1:libb.so.1\t=\tliba2:liba.so.2\nlua-a-dev\tlua-a:lua-a.so\t=\t=\n",
        ),
        (
            "npm",
            "a\tno\t1/1\t1.0\tgyp:node-gyp\tmusl:arm64,x64\tb,+2\tdeb:a[D] exec?:hg[K]\t-\tscript: said up to 0.9\nb\t?\n",
        ),
        ("needs", "# By hand.\nnode a\tmay-need command git memory\npython c\tneeds command git memory\n"),
        (
            "pypi",
            "c\tpure\t1/1\t1.0\t-\ty\td,e?\t-\t-\tpython3-c/all/trixie\t-\nd\twheel\t1/1\t1\t-\ty\t-\t-\tlibd1\tpython3-d/all/trixie\t-\n",
        ),
    ];
    let collected = Collected(texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    let facts = |table| {
        let tables = made::tables(&collected);
        let (_, text) = tables.into_iter().find(|(name, _)| *name == table).unwrap();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(facts("lost.txt"), ["command git\tbookworm python,node", "command python3\tbookworm node"]);
    assert_eq!(facts("brought.txt"), ["command git\tbookworm git", "command python3\tbookworm python3-minimal"]);
    assert_eq!(facts("development.txt"), ["liba-dev\tbullseye,bookworm liba1,libb1", "liba-dev\ttrixie liba2"]);
    let of_npm = [
        "brings ...,b",
        "built musl arm64,x64",
        "may-need command git memory",
        "native",
        "needs package a debian",
        "script no 0.9",
    ];
    assert_eq!(facts("node.txt"), of_npm.map(|fact| format!("a\t{fact}")));
    assert_eq!(
        facts("python.txt"),
        ["c\tkind pure", "c\tneeds command git memory", "c\twith d,e", "d\tkind wheel", "d\tlinks libd1"]
    );
}
