//! That the tables are as large as a program may carry, and say only what their heads explain.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Table, suites};

/// How many bytes the tables may have together.
const BYTES_MAX: usize = 2_000_000;

#[test]
fn tables_are_not_too_large() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/known");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let tables = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "txt"));
    let bytes: u64 = tables.map(|entry| entry.metadata().unwrap().len()).sum();
    assert!(bytes <= BYTES_MAX as u64, "{bytes}");
}

#[test]
fn only_properties_that_the_head_explains_are_there() {
    let needs = ["needs", "may-need", "clean"];
    let python = ["kind", "native", "with", "links", "modules"];
    let wheels = ["kind", "with", "built", "extra"];
    let node = ["script", "native", "platform", "built", "brings"];
    let ruby = ["native", "plain", "built"];
    let php = ["kind", "extensions", "may-extensions", "inside", "outside", "libraries"];
    let tables = [
        (include_str!("python.txt"), &python[..]),
        (include_str!("wheels.txt"), &wheels),
        (include_str!("node.txt"), &node),
        (include_str!("tarballs.txt"), &["script", "brings"]),
        (include_str!("ruby.txt"), &ruby),
        (include_str!("php.txt"), &php),
    ];
    for (text, properties) in tables {
        let said: BTreeSet<_> = table(text).all().map(|(_, fact)| fact.split(' ').next().unwrap()).collect();
        let explained: BTreeSet<_> = properties.iter().copied().chain(needs).collect();
        assert!(said.is_subset(&explained), "{:?}", said.difference(&explained));
        for (name, fact) in
            table(text).all().filter(|(_, fact)| fact.starts_with("needs ") || fact.starts_with("may-need "))
        {
            let [_, kind, _, mark] = fact.split(' ').collect::<Vec<_>>()[..] else { panic!("{name}: {fact}") };
            assert!(["command", "library", "package"].contains(&kind), "{name}: {fact}");
            assert!(["code", "debian", "wheel", "nixpkgs", "builders", "memory"].contains(&mark), "{name}: {fact}");
        }
    }
}

#[test]
fn releases_with_facts_are_those_that_the_collected_tables_name() {
    let tables = [include_str!("brought.txt"), include_str!("development.txt"), include_str!("lost.txt")];
    let with_facts: BTreeSet<_> = suites::all().filter(|suite| suite.is("has facts")).map(|suite| suite.name).collect();
    for text in tables {
        let named =
            table(text).all().filter_map(|(_, fact)| fact.split_once(' ')).flat_map(|(suites, _)| suites.split(','));
        let named: BTreeSet<_> = named.filter(|suite| *suite != "*").collect();
        assert_eq!(named, with_facts, "`*` stands for all that examples/known.rs has as SUITES");
    }
}

#[test]
fn what_packages_need_is_brought_by_a_package_of_debian_or_it_is_said_why_not() {
    let (brought, unbrought) = (table(include_str!("brought.txt")), table(include_str!("unbrought.txt")));
    let tables = [
        include_str!("python.txt"),
        include_str!("wheels.txt"),
        include_str!("node.txt"),
        include_str!("tarballs.txt"),
        include_str!("ruby.txt"),
        include_str!("php.txt"),
    ];
    let facts = tables.into_iter().flat_map(|text| table(text).all());
    let needs = facts.filter_map(|(_, fact)| fact.strip_prefix("needs ").or_else(|| fact.strip_prefix("may-need ")));
    let named = needs.filter_map(|need| need.rsplit_once(' ')).map(|(need, _)| need);
    let needed: BTreeSet<_> = named.filter(|need| !need.starts_with("package ")).collect();
    let missing: Vec<_> =
        needed.iter().filter(|need| brought.get(need).is_none() && unbrought.get(need).is_none()).collect();
    assert!(missing.is_empty(), "neither brought.txt nor unbrought.txt has {missing:?}");
    for (name, _) in unbrought.all() {
        assert!(needed.contains(name) && brought.get(name).is_none(), "{name} is no exception");
    }
}

fn table(text: &'static str) -> Table {
    Table::new(text)
}
