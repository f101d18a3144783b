//! What the program prints about itself: help, pages, completions, the schema and the example of its configuration.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::harness::{AFTER, BEFORE, Folder};
use crate::material;

fn printed(arguments: &str) -> String {
    let output = Folder::new(&[]).run(arguments);
    assert_eq!((output.code, output.err.as_str()), (0, ""), "{arguments}");
    output.text().to_owned()
}

/// Holds a file of the repository against the text it is generated as, or, under `UPDATE=1`, writes it.
#[track_caller]
fn assert_generated(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "{path} is stale: run the tests with UPDATE=1");
}

#[test]
fn help_says_what_there_is() {
    crate::assert_snapshot("help", &printed("--help"));
    let commands = [
        "fix",
        "verify",
        "migrate",
        "check",
        "map",
        "explain",
        "list",
        "catalogue",
        "lsp",
        "parse",
        "init",
        "completions",
        "man",
    ];
    for command in commands {
        crate::assert_snapshot(&format!("help_{command}"), &printed(&format!("{command} --help")));
    }
}

#[test]
fn transforms_are_listed_as_on_the_page_about_them_and_explained() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("transforms/README.md")).unwrap();
    let (mut phase, mut listed) = ("", String::new());
    for line in page.lines() {
        phase = line.strip_prefix("### ").unwrap_or(phase);
        let Some(row) = line.strip_prefix("| [`") else { continue };
        let [id, preserves, runs, rules, ..] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else { panic!() };
        let (id, _) = id.split_once('`').unwrap();
        writeln!(listed, "{id:<20} {phase:<9} {preserves:<10} {runs:<8} {rules}").unwrap();
    }
    assert_eq!(printed("list"), listed);
    crate::assert_snapshot("explain", &printed("explain env-equals"));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&printed("list --format json")).unwrap();
    assert_eq!(rows.len(), printed("list").lines().count());
}

#[test]
fn completions_load() {
    let folder = Folder::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&format!("completions {shell}"));
        assert!(script.contains("--stdin-filename") || script.contains("stdin-filename"), "{shell}");
        folder.write(shell, script);
    }
    if !material::is_here("bash", "completions in a shell") {
        return;
    }
    folder.tool("bash", &["-n", "bash"]);
    folder.tool("bash", &["-c", "source ./bash && complete -p dockeropt"]);
}

#[test]
fn manual_pages_are_written_for_all_commands() {
    assert!(printed("man").contains("\n.TH dockeropt 1"));
    let folder = Folder::new(&[]);
    assert_eq!(folder.run("man pages").code, 0);
    for page in ["dockeropt.1", "dockeropt-fix.1", "dockeropt-check.1"] {
        assert!(folder.text(&format!("pages/{page}")).contains("\n.TH "), "{page}");
    }
}

#[test]
fn the_schema_of_the_configuration_is_the_one_in_the_repository() {
    let schema = printed("init --schema");
    assert_generated("dockeropt.schema.json", &schema);
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn init_writes_a_configuration_once_and_it_changes_nothing() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    assert_eq!(folder.run("init").text(), "wrote dockeropt.toml\n");
    folder.run("init").fails_with("dockeropt.toml: there is one here already, left as it is");
    assert_eq!(folder.run("fix").code, 0);
    assert_eq!(folder.text("Dockerfile"), AFTER);
}

#[test]
fn the_example_has_every_option_and_is_taken() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    folder.run("init");
    let start = folder.text("dockeropt.toml");
    let lines = start.lines().filter(|line| !line.starts_with("# Every option stands here"));
    let example: String = lines.map(|line| format!("{}\n", line.strip_prefix("#: ").unwrap_or(line))).collect();
    assert_generated("examples/config/dockeropt.toml", &example);

    folder.write("dockeropt.toml", &example);
    let output = folder.run("check");
    assert_eq!(output.code, 1, "{}", output.err);
    let schema: serde_json::Value = serde_json::from_str(&printed("init --schema")).unwrap();
    for option in schema["properties"].as_object().unwrap().keys() {
        assert!(
            example.contains(&format!("\n{option} = ")) || example.contains(&format!("\n[[{option}]]")),
            "{option}"
        );
    }
}
