//! The image of dockeropt itself: its Dockerfile is one that dockeropt has nothing to say about, and a Docker Engine builds it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{AFTER, BEFORE, Folder, command};
use crate::material::engines::Engines;
use crate::material::lab::lab_or_skip;
use crate::tools::{ROOT, printed};
use crate::wheel::strip_to;

#[test]
fn there_is_nothing_to_say_about_its_dockerfile() {
    let run = |arguments: &[&str]| crate::tools::output(command(Path::new(ROOT)).args(arguments));
    let check = run(&["check", "--verbose", "Dockerfile"]);
    assert_eq!((check.code, check.text()), (0, ""), "{}", check.err);
    assert!(check.err.starts_with("Dockerfile: nothing to do\n1 file"), "{}", check.err);
    assert_eq!(run(&["fix", "--diff", "Dockerfile"]).text(), "");
    // Not even with what runs only when named and changes no more than files and caches.
    assert_eq!(run(&["fix", "--diff", "--safe", "--opt-in", "exec-form,drop-unused-stage", "Dockerfile"]).text(), "");
}

/// Leaves nothing behind, also where the test fails.
struct RunAtTheEnd(Command);

impl Drop for RunAtTheEnd {
    fn drop(&mut self) {
        let _ = self.0.output();
    }
}

/// The base images here have no Rust, and a build from nothing takes minutes. So the first stage is one that holds what it would have made, with the program
/// that cargo has built for the tests; the engine builds the last stage from it as it is. That program is linked with the libraries of this machine, which are
/// lent to the container; the one that the first stage builds needs none.
/// The exit code of `docker run` where it is not that of the program.
const ENGINE_FAILED: i32 = 125;

#[test]
fn an_engine_builds_its_image_and_it_fixes_a_folder_that_it_is_given() {
    let Some(lab) = lab_or_skip("the image of dockeropt") else { return };
    let engines = Engines::of(&lab);
    let docker = || Command::new(engines.program("docker"));
    let tag = format!("dockeropt-hooks:{}", std::process::id());
    let mut remove = docker();
    remove.args(["image", "rm", "--force", &tag]);
    let _image = RunAtTheEnd(remove);
    let made = Folder::new(&[("image/etc/ssl/certs/ca-certificates.crt", "none\n")]);
    let program = made.path("image/usr/local/bin/dockeropt");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    strip_to(&program);

    let mut build = docker();
    build.args(["buildx", "build", "--quiet", "--provenance=false", "--tag", &tag, "--build-context"]);
    printed(build.arg(format!("build={}", made.path("").display())).arg(ROOT));
    let image: Vec<Value> = serde_json::from_str(&printed(docker().args(["image", "inspect", &tag]))).unwrap();
    let configuration = &image[0]["Config"];
    assert_eq!(configuration["User"], "65532:65532");
    assert_eq!((&configuration["Entrypoint"][0], &configuration["WorkingDir"]), (&"dockeropt".into(), &"/work".into()));
    assert_eq!(
        image[0]["Size"].as_u64(),
        Some(std::fs::metadata(&program).unwrap().len() + 5),
        "there is nothing else in it"
    );

    // The engine sees this machine below `/host`.
    let there = Folder::new(&[("Dockerfile", BEFORE)]);
    let mount = format!("/host{}:/work", there.path("").display());
    let libraries = ["/host/usr/lib:/lib:ro", "/host/usr/lib64:/lib64:ro"];
    let once = |options: &[&str], arguments: &[&str]| {
        let mut run = docker();
        run.args(["run", "--rm", "--network", "none", "--read-only", "-v", &mount]);
        run.args(libraries.iter().flat_map(|library| ["-v", library]));
        crate::tools::output(run.args(options).arg(&tag).args(arguments))
    };
    let run = |options: &[&str], arguments: &[&str]| {
        let output = once(options, arguments);
        // The engine itself could not start a container, as happens on a machine that is busy.
        if output.code == ENGINE_FAILED { once(options, arguments) } else { output }
    };
    let help = run(&[], &[]);
    assert!(help.code == 0 && help.text().contains("Usage: dockeropt"), "{}{}", help.text(), help.err);
    let without_rights = run(&[], &["fix"]);
    assert_eq!((without_rights.code, there.text("Dockerfile").as_str()), (2, BEFORE), "{}", without_rights.err);
    let fixed = run(&["--user", "0:0"], &["fix"]);
    assert_eq!((fixed.code, there.text("Dockerfile").as_str()), (0, AFTER), "{}", fixed.err);
}

#[test]
fn the_engine_is_sent_what_the_program_is_built_from_and_no_more() {
    let Some(lab) = lab_or_skip("the build context of dockeropt's image") else { return };
    let engines = Engines::of(&lab);
    let folder = Folder::new(&[("Dockerfile", "FROM scratch\nCOPY . /\n")]);
    let mut build = Command::new(engines.program("docker"));
    build
        .args(["buildx", "build", "--quiet", "--provenance=false", "--output"])
        .arg(format!("type=local,dest={}", folder.path("sent").display()));
    printed(build.arg("--file").arg(folder.path("Dockerfile")).arg(ROOT));
    let listed = |command: &mut Command| -> BTreeSet<String> { printed(command).lines().map(str::to_owned).collect() };
    let sent =
        listed(Command::new("find").args([".", "-type", "f", "-printf", "%P\\n"]).current_dir(folder.path("sent")));
    let kept = listed(
        Command::new("git").args(["ls-files", "src", "transforms", "Cargo.lock", "Cargo.toml"]).current_dir(ROOT),
    );
    let missing: Vec<_> = kept.difference(&sent).collect();
    assert!(missing.is_empty() && kept.len() > 100, "{missing:?}");
    let others: BTreeSet<_> = sent.iter().map(|path| path.split('/').next().unwrap()).collect();
    assert_eq!(others, BTreeSet::from(["Cargo.lock", "Cargo.toml", "src", "transforms"]));
}
