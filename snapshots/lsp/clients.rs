//! Real clients speak to the server: Neovim, the protocol library of VS Code, pytest-lsp. Each runs a script of this folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::editor::{CATALOGUE_DAY, fixed};
use crate::material;

const TEXT: &str = "FROM debian:bookworm\nMAINTAINER Zoë 🐍 <zoe@example.org>\nENV A b\nRUN apt-get update && apt-get install -y git\n";

/// Runs a client over a Dockerfile with [`TEXT`]: it has the path of the program in `DOCKEROPT`, and ends well or says why not.
#[track_caller]
fn run(client: &mut Command) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), TEXT).unwrap();
    client.current_dir(folder.path());
    client.env("DOCKEROPT", env!("CARGO_BIN_EXE_dockeropt")).env("SOURCE_DATE_EPOCH", CATALOGUE_DAY);
    client.env("HOME", folder.path()).env("XDG_STATE_HOME", folder.path().join("state"));
    let output = client.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{out}\n{err}");
    folder
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/lsp").join(name)
}

#[test]
fn neovim_shows_fixes_and_formats_on_save() {
    if !material::is_here("nvim", "Neovim as an editor") {
        return;
    }
    let mut nvim = Command::new("nvim");
    nvim.args(["--headless", "--clean", "-n"]).arg("-S").arg(script("neovim.lua")).arg("Dockerfile");
    let folder = run(&mut nvim);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let expected = fixed(folder.path(), &["--safe"], TEXT);
    assert_ne!(expected, TEXT);
    assert_eq!(read("Dockerfile"), expected, "the file that was saved");
    assert_eq!(read("after-action"), fixed(folder.path(), &["--select", "env-equals"], TEXT));
}

#[test]
fn the_protocol_library_of_vs_code_is_served() {
    if !material::is_here("node", "the protocol library of VS Code") {
        return;
    }
    let modules = material::tools().join("node_modules");
    if !modules.join("vscode-languageserver-protocol").is_dir() {
        material::say("skipped: the protocol library of VS Code: it is not in target/tools, where .ci/run puts it");
        return;
    }
    let folder = run(Command::new("node").arg(script("client.cjs")).env("NODE_PATH", modules));
    let after = fs::read_to_string(folder.path().join("after")).unwrap();
    assert_eq!(after, fixed(folder.path(), &["--safe"], &TEXT.replace("ENV A b", "ENV A b\nENV C d")));
}

#[test]
fn pytest_lsp_shakes_hands_and_cancels() {
    let pytest = material::tools().join("bin/pytest");
    let has_plugin = || {
        let python = material::tools().join("bin/python");
        Command::new(python).args(["-c", "import pytest_lsp"]).output().is_ok_and(|output| output.status.success())
    };
    if !pytest.is_file() || !has_plugin() {
        material::say("skipped: pytest-lsp: it is not in target/tools, where .ci/run puts it");
        return;
    }
    run(Command::new(pytest)
        .args(["-q", "-p", "no:cacheprovider"])
        .arg(script("test_handshake.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1"));
}

#[test]
fn the_extension_for_vs_code_is_packaged() {
    let there = material::tools().join("vscode");
    if !there.join("node_modules/esbuild").is_dir() {
        material::say(
            "skipped: the extension for VS Code: what builds it is not in target/tools, where .ci/run puts it",
        );
        return;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode");
    for file in ["src", "tsconfig.json", "package.json", "README.md", ".vscodeignore"] {
        Command::new("cp").arg("-R").arg(source.join(file)).arg(&there).status().unwrap();
    }
    let _ = fs::remove_file(there.join("dockeropt.vsix"));
    let output = Command::new("npm").args(["run", "package"]).current_dir(&there).output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success() && there.join("dockeropt.vsix").is_file(), "{out}\n{err}");
    assert!(out.contains("extension.js"), "{out}");
}
