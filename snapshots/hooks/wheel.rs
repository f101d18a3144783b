//! The wheel: made by maturin as for an index of packages, installed from the file, run.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;

use crate::harness::{AFTER, BEFORE, Folder};
use crate::tools::{PROGRAM, ROOT, VERSION, are_here, file, fresh, output, printed, tool, tools};

/// A folder with the wheel, and with what pip needs to build what is no wheel; `None` after saying that `test` is skipped.
pub fn wheels_or_skip(test: &str) -> Option<&'static Path> {
    static WHEELS: OnceLock<PathBuf> = OnceLock::new();
    if !are_here(&["maturin", "python3"], test) {
        return None;
    }
    Some(WHEELS.get_or_init(built))
}

/// Makes the wheel. Everything is as in a release but the compiler's part: building the program once more would take minutes, so the cargo that maturin
/// calls hands over the one that cargo has built for the tests.
fn built() -> PathBuf {
    let folder = fresh("wheels");
    let program = folder.join("dockeropt");
    strip_to(&program);
    let message = json!({
        "reason": "compiler-artifact",
        "package_id": format!("path+file://{ROOT}#dockeropt@{VERSION}"),
        "manifest_path": format!("{ROOT}/Cargo.toml"),
        "target": {
            "kind": ["bin"], "crate_types": ["bin"], "name": "dockeropt", "src_path": format!("{ROOT}/src/main.rs"),
            "edition": "2024", "doc": true, "doctest": false, "test": true,
        },
        "profile": { "opt_level": "3", "debug_assertions": false, "overflow_checks": false, "test": false },
        "features": [],
        "filenames": [&program],
        "executable": &program,
        "fresh": true,
    });
    let finished = json!({ "reason": "build-finished", "success": true });
    printed(
        maturin(&folder, &format!("cat <<'END'\n{message}\n{finished}\nEND"))
            .args(["build", "--profile", "dist", "--compression-level", "1", "--out"])
            .arg(&folder),
    );
    folder
}

/// maturin, which writes into `folder`. Its cargo runs `rustc` instead of the compiler, and asks for no packages but those that this platform needs,
/// which are here.
fn maturin(folder: &Path, rustc: &str) -> Command {
    let (bin, cargo) = (folder.join("bin"), env!("CARGO"));
    std::fs::create_dir(&bin).unwrap();
    let script = format!(
        r#"#!/bin/sh
case $1 in
rustc) {rustc}
;;
metadata) exec '{cargo}' "$@" --offline --filter-platform "$('{cargo}' -vV | sed -n 's/^host: //p')" ;;
*) exec '{cargo}' "$@" ;;
esac
"#
    );
    std::fs::write(bin.join("cargo"), script).unwrap();
    std::fs::set_permissions(bin.join("cargo"), PermissionsExt::from_mode(0o755)).unwrap();
    let mut path = bin.clone().into_os_string();
    path.push(":");
    path.push(crate::tools::path());
    let mut maturin = Command::new("maturin");
    maturin.current_dir(ROOT).env("PATH", path).env("CARGO", bin.join("cargo"));
    maturin
}

/// Writes the program without what debuggers want, which is most of it.
pub fn strip_to(path: &Path) {
    let is_stripped =
        Command::new("strip").arg("-o").arg(path).arg(PROGRAM).status().is_ok_and(|status| status.success());
    if !is_stripped {
        std::fs::copy(PROGRAM, path).unwrap();
    }
}

/// pip finds nothing but what is in `wheels`, and what was fetched to build packages with.
pub fn without_an_index<'c>(command: &'c mut Command, wheels: &Path) -> &'c mut Command {
    let links = format!("{} {}", wheels.display(), tools().join("wheels").display());
    command.envs([("PIP_NO_INDEX", "1"), ("PIP_DISABLE_PIP_VERSION_CHECK", "1")]).env("PIP_FIND_LINKS", links)
}

#[test]
fn the_wheel_installs_without_a_network_and_without_rust() {
    let Some(wheels) = wheels_or_skip("the wheel is installed") else { return };
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    let environment = folder.path("environment");
    printed(tool("python3", &folder.path("")).args(["-m", "venv"]).arg(&environment));
    let mut pip = tool(environment.join("bin/pip"), &folder.path(""));
    printed(
        pip.args(["install", "--quiet", "--no-index", "--find-links"])
            .arg(wheels)
            .arg("dockeropt")
            .env("PATH", "/usr/bin:/bin"),
    );

    let installed = environment.join("bin/dockeropt");
    let run = |arguments: &[&str]| printed(tool(&installed, &folder.path("")).args(arguments));
    assert_eq!(run(&["--version"]), format!("dockeropt {VERSION}\n"));
    run(&["fix"]);
    assert_eq!(folder.text("Dockerfile"), AFTER);
    let freshly = Folder::new(&[("Dockerfile", BEFORE)]);
    assert_eq!(freshly.run("fix").code, 0);
    assert_eq!(folder.text("Dockerfile"), freshly.text("Dockerfile"));

    // Beside the program lie its pages and completions, where man and shells look.
    let share = environment.join("share");
    for path in ["man/man1/dockeropt-fix.1", "bash-completion/completions/dockeropt", "zsh/site-functions/_dockeropt"] {
        let there = std::fs::read(share.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(
            there,
            std::fs::read(Path::new(ROOT).join("packaging/wheel/data/share").join(path)).unwrap(),
            "{path}"
        );
    }
    assert!(share.join("fish/vendor_completions.d/dockeropt.fish").is_file());
    let licenses = printed(
        tool("sh", &environment)
            .args(["-c", "cd lib/python3*/site-packages/dockeropt-*.dist-info && find . -name 'LICENSE*'"]),
    );
    assert_eq!(licenses.lines().count(), 3, "{licenses}");
}

#[test]
fn packages_are_of_one_version() {
    let hooks: toml::Table = file("packaging/pre-commit/pyproject.toml").parse().unwrap();
    assert_eq!(hooks["project"]["version"].as_str(), Some(VERSION));
    assert_eq!(hooks["project"]["dependencies"][0].as_str(), Some(format!("dockeropt=={VERSION}").as_str()));
    let wheel: toml::Table = file("pyproject.toml").parse().unwrap();
    let package: toml::Table = file("Cargo.toml").parse().unwrap();
    for key in ["name", "description", "license", "readme"] {
        assert_eq!(wheel["project"][key], package["package"][key], "{key}");
    }
    for (path, line) in [
        ("action.yml", format!("    default: {VERSION}\n")),
        ("templates/dockeropt.yml", format!("      default: {VERSION}\n")),
        ("examples/hooks/pre-commit-config.yaml", format!("    rev: v{VERSION}\n")),
        ("examples/hooks/github.yml", format!("@v{VERSION}\n")),
        ("examples/hooks/gitlab.yml", format!("@{VERSION}\n")),
        ("README.md", format!("rev: v{VERSION}\n")),
    ] {
        assert!(file(path).contains(&line), "{path} is not of version {VERSION}");
    }
}

#[test]
fn the_source_distribution_holds_all_that_the_program_is_built_from() {
    if !are_here(&["maturin"], "the source distribution") {
        return;
    }
    let folder = Folder::new(&[]);
    printed(maturin(&folder.path(""), "exit 1").arg("sdist").arg("--out").arg(folder.path("")));
    let archive = format!("dockeropt-{VERSION}.tar.gz");
    let names = output(tool("tar", &folder.path("")).args(["tzf", &archive]));
    for path in [
        "Cargo.lock",
        "pyproject.toml",
        "src/catalogue/catalogue.txt",
        "transforms/mod.rs",
        "packaging/wheel/data/share/man/man1/dockeropt.1",
    ] {
        assert!(names.text().contains(&format!("dockeropt-{VERSION}/{path}\n")), "{path} is not in it");
    }
}
