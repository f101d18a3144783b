//! `verify` builds images for real: wrong rewrites are caught and named, right ones pass, and nothing is left of the builds.

#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "cli/harness.rs"]
mod harness;
mod material;
#[path = "verify/sabotage.rs"]
mod sabotage;
#[path = "verify/scanners.rs"]
mod scanners;

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dockeropt::image::Reader;
use dockeropt::rewrite::{Chain, Facts, Options, Transform};
use dockeropt::transforms;
use dockeropt::verify::{Bases, Builder, Built, Keep, Proof, Recipe, Start, VerifyError, Workshop, verify};
use dockeropt::world::engine::{BuildOptions, Engine, EngineError, Kind};
use harness::Folder;
use material::engines::Engines;
use material::lab::{in_lab, lab_or_skip};
use material::say;

/// An application that reads a file, two variables and what a package installs, and writes into its folder.
const PROGRAM: &str = "import os, subprocess\n\
    print(open('/app/settings.txt').read().strip(), os.environ.get('GREETING'), os.environ['NAME'])\n\
    print(subprocess.run(['tree', '--version'], capture_output=True).returncode)\n\
    open('/app/state.txt', 'w').write('written')\n";

const DOCKERFILE: &str = "FROM python:3.9-slim\n\
    MAINTAINER somebody\n\
    ENV GREETING=hello NAME=world\n\
    RUN apt-get update && apt-get install -y --no-install-recommends tree\n\
    RUN mkdir /app\n\
    COPY app.py settings.txt /app/\n\
    LABEL purpose test\n\
    CMD [\"python\", \"/app/app.py\"]\n";

const GO_PROGRAM: &str = "package main\n\nimport (\n\t\"fmt\"\n\t\"net\"\n)\n\nfunc main() {\n\
    \tip := net.ParseIP(\"127.0.0.1\")\n\t_, err := net.LookupPort(\"tcp\", \"http\")\n\tfmt.Println(ip, err == nil)\n}\n";

const GO_DOCKERFILE: &str = "FROM golang:1.23 AS build\n\
    WORKDIR /src\n\
    COPY go.mod main.go ./\n\
    RUN CGO_ENABLED=0 go build -o /program .\n\
    FROM scratch\n\
    MAINTAINER somebody\n\
    COPY --from=build /program /program\n\
    LABEL purpose test\n\
    CMD [\"/program\"]\n";

/// Remembers what was built: the same text has the same image.
struct Remembering<'w> {
    workshop: Workshop<'w>,
    built: &'w mut HashMap<(Vec<u8>, bool), Built>,
}

impl Builder for Remembering<'_> {
    fn build(&mut self, recipe: &Recipe<'_>) -> Result<Built, EngineError> {
        let key = (recipe.text.to_vec(), recipe.label.ends_with("again"));
        if let Some(built) = self.built.get(&key) {
            return Ok(built.clone());
        }
        let built = self.workshop.build(recipe)?;
        self.built.insert(key, built.clone());
        Ok(built)
    }
}

/// Proves a chain of transforms that are named, among real ones that change the text before and after them.
struct Bench<'b> {
    engine: &'b Engine,
    reader: Reader,
    bases: Bases,
    built: HashMap<(Vec<u8>, bool), Built>,
}

impl Bench<'_> {
    fn prove(
        &mut self,
        folder: &Path,
        text: &str,
        tried: &'static Transform,
        keep: Keep,
    ) -> Result<Proof, VerifyError> {
        let named = |id| transforms::named(id).unwrap();
        let transforms = vec![named("maintainer-to-label"), tried, named("env-equals")];
        let chain = Chain { transforms, options: Options::default() };
        let facts = Facts::default();
        let outcome = chain.run(text.as_bytes(), &facts).unwrap();
        assert_eq!(outcome.steps.len(), 3, "{} does not change the text: {:?}", tried.id, outcome.unstable);
        let workshop = Workshop {
            engine: self.engine,
            context: folder.to_owned(),
            ignore: None,
            options: options(),
            start: Some(Start { words: None, limit: Duration::from_secs(30) }),
            scanners: &[],
            reader: &mut self.reader,
            bases: &mut self.bases,
            heard: &mut |_, _| {},
        };
        let mut builder = Remembering { workshop, built: &mut self.built };
        verify(outcome, &chain, &facts, &mut builder, keep)
    }
}

fn options() -> BuildOptions {
    BuildOptions {
        build_args: Vec::new(),
        target: None,
        platform: None,
        network: Some("host".to_owned()),
        others: Vec::new(),
        limit: Duration::from_secs(600),
    }
}

#[test]
fn wrong_rewrites_are_caught_and_named_and_right_ones_pass() {
    let Some(lab) = lab_or_skip("sabotage") else { return };
    let engines = Engines::of(&lab);
    let engine = Engine::at(Kind::Docker, engines.program("docker")).unwrap();
    let mut bench = Bench { engine: &engine, reader: Reader::default(), bases: Bases::new(), built: HashMap::new() };
    let app = Folder::new(&[("app.py", PROGRAM), ("settings.txt", "set\n")]);
    let go = Folder::new(&[("main.go", GO_PROGRAM), ("go.mod", "module example.org/program\n\ngo 1.19\n")]);
    let wrong: [(&Transform, &str, &Folder, &str); 5] = [
        (&sabotage::LOSES_FILE, DOCKERFILE, &app, "/app/settings.txt is gone"),
        (&sabotage::LOSES_VARIABLE, DOCKERFILE, &app, "the variable GREETING=\"hello\" is gone"),
        (&sabotage::WRONG_USER, DOCKERFILE, &app, "the image before exits with 0, the image after exits with 1"),
        (&sabotage::LOSES_PACKAGE, DOCKERFILE, &app, "/usr/bin/tree is gone"),
        (
            &sabotage::NOT_STATIC,
            GO_DOCKERFILE,
            &go,
            "/program is run by /lib64/ld-linux-x86-64.so.2, which is not there",
        ),
    ];
    for (transform, text, folder, broken) in wrong {
        let proof = bench.prove(&folder.path(""), text, transform, Keep::All).unwrap();
        assert!(!proof.is_kept(), "{} passes", transform.id);
        let [guilty] = proof.guilty.as_slice() else { panic!("{:?}", proof.guilty) };
        say(&format!("{}: {}", guilty.transform.id, guilty.violations.join("; ")));
        assert_eq!(guilty.transform.id, transform.id, "{:?}", proof.judgement);
        assert!(guilty.violations.iter().any(|violation| violation.contains(broken)), "{:?}", guilty.violations);
    }
    for transform in [&sabotage::EMPTIES_LISTS, &sabotage::RIGHT_USER] {
        let proof = bench.prove(&app.path(""), DOCKERFILE, transform, Keep::All).unwrap();
        assert!(proof.is_kept(), "{}: {:?}", transform.id, proof.judgement.violations);
    }

    let proof = bench.prove(&app.path(""), DOCKERFILE, &sabotage::LOSES_PACKAGE, Keep::Good).unwrap();
    assert!(proof.is_kept() && proof.guilty.len() == 1);
    let left: Vec<_> = proof.outcome.steps.iter().map(|step| step.transform.id).collect();
    assert_eq!(left, ["maintainer-to-label", "env-equals"], "the rest is kept");
}

/// What a call of the program in `folder` comes to, with the engines of the lab.
fn call(folder: &Folder, engines: &Engines, arguments: &[&str]) -> harness::Output {
    let mut command = harness::command(&folder.path(""));
    command.args(arguments).env("PATH", engines.path()).env_remove("DOCKER_HOST");
    harness::Output::of(command.output().unwrap())
}

#[test]
fn what_does_not_build_as_it_is_ends_with_the_log() {
    let Some(lab) = lab_or_skip("a build that fails") else { return };
    let engines = Engines::of(&lab);
    let text = "FROM debian:bookworm\nMAINTAINER somebody\nRUN echo a clear reason; exit 7\n";
    let folder = Folder::new(&[("Dockerfile", text)]);
    let output = call(&folder, &engines, &["verify", "--engine", "docker", "--network", "host", "--format", "json"]);
    assert_eq!(output.code, 2, "{}", output.err);
    let report: serde_json::Value = serde_json::from_slice(&output.out).unwrap();
    let file = &report["files"][0];
    assert_eq!(file["status"], "failed");
    let reason = file["reason"].as_str().unwrap();
    assert!(reason.contains("does not build as it is") && reason.contains("a clear reason"), "{reason}");
    assert!(file.get("before").is_none(), "nothing else is claimed");
    assert_eq!(folder.text("Dockerfile"), text);
}

/// The first example of the case study: two package managers leave what they fetched in the image.
#[test]
fn what_is_gone_from_an_image_is_lists_and_caches_alone() {
    let Some(lab) = lab_or_skip("lists and caches") else { return };
    let engines = Engines::of(&lab);
    let folder = Folder::new(&[]);
    for file in std::fs::read_dir(lab.join("apps/python-seed")).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        if file.path().is_file() {
            folder.write(&name, std::fs::read(file.path()).unwrap());
        }
    }
    let arguments = "verify --safe --engine docker --network host --start --format json Dockerfile";
    let output = call(&folder, &engines, &arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(output.code, 0, "{}{}", output.err, output.text());
    let report: serde_json::Value = serde_json::from_slice(&output.out).unwrap();
    let file = &report["files"][0];
    let mut gone = std::collections::BTreeMap::new();
    for place in file["files"].as_array().unwrap() {
        assert_eq!([&place["new"], &place["changed"]], [0, 0], "{place}");
        gone.insert(place["folder"].as_str().unwrap().to_owned(), place["gone_bytes"].as_u64().unwrap());
    }
    let [before, after] = ["before", "after"].map(|side| file[side]["bytes"].as_u64().unwrap());
    say(&format!(
        "python-seed, what behaves the same: {before} bytes before, {after} after; gone: {gone:?}; noise: {}",
        file["noise"]
    ));
    assert_eq!(gone.keys().collect::<Vec<_>>(), ["/root/.cache/pip", "/var/lib/apt/lists"]);
    assert!(before - after > 20_000_000, "{before} {after}");
}

#[test]
fn a_pull_request_tells_what_was_measured() {
    let Some(lab) = lab_or_skip("the text of a pull request") else { return };
    let engines = Engines::of(&lab);
    let text = "FROM debian:bookworm\nMAINTAINER somebody\nRUN apt-get update && apt-get install -y tree\nCMD [\"tree\", \"/etc/apt\"]\n";
    let folder = Folder::new(&[("Dockerfile", text)]);
    let mut arguments = vec!["verify", "--engine", "docker", "--network", "host", "--start", "--format", "markdown"];
    let has_syft = material::is_here("syft", "a scan by syft");
    if has_syft {
        arguments.extend(["--scan", "syft", "--verbose"]);
    }
    let output = call(&folder, &engines, &arguments);
    let report = output.text();
    assert_eq!(output.code, 0, "{}{report}", output.err);
    say(report);
    for told in [
        "## `Dockerfile`",
        "- line 2: ",
        "| size |",
        "| layers |",
        "| build time | 1 |",
        "Verified: ",
        "gone below /var/lib/apt/lists",
    ] {
        assert!(report.contains(told), "{told:?} is not in:\n{report}");
    }
    assert!(!has_syft || report.contains("packages"), "{report}");
    assert_eq!(folder.text("Dockerfile"), text, "nothing is written");

    let output = call(&folder, &engines, &["fix", "--verify", "--network", "host"]);
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(folder.text("Dockerfile").contains("rm -rf /var/lib/apt/lists/*"), "{}", folder.text("Dockerfile"));
}

#[test]
fn an_interrupted_build_leaves_nothing_behind() {
    let Some(lab) = lab_or_skip("interrupted builds") else { return };
    let engines = Engines::of(&lab);
    for name in ["docker", "buildah"] {
        let mark = format!("{}{name}", std::process::id());
        let text = format!(
            "FROM debian:bookworm\nMAINTAINER somebody\nRUN echo started-{mark}; sleep 6{}\n",
            std::process::id()
        );
        let folder = Folder::new(&[("Dockerfile", &text)]);
        let temporary = Folder::new(&[]);
        let left = || left_behind(&lab, &engines, name);
        let before = left();
        let mut command = harness::command(&folder.path(""));
        command.args(["verify", "--engine", name, "--network", "host", "--verbose"]);
        command.env("PATH", engines.path()).env("TMPDIR", temporary.path("")).env_remove("DOCKER_HOST");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_line(child.stderr.take().unwrap(), &format!("started-{mark}"));
        let interrupted = Instant::now();
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let status = child.wait().unwrap();
        say(&format!("{name}: ended {:.1} s after Ctrl-C, {status}", interrupted.elapsed().as_secs_f64()));
        assert_eq!(status.code(), Some(2));
        assert_eq!(left(), before, "{name}: containers and images");
        let files: Vec<_> = std::fs::read_dir(temporary.path("")).unwrap().collect();
        assert!(files.is_empty(), "{name}: {files:?}");
        let still = Command::new("pgrep").args(["-f", &format!("sleep 6{}", std::process::id())]).output().unwrap();
        assert!(still.stdout.is_empty(), "{name}: the step of the build is still running");
    }
}

/// Containers, and images with a name of ours.
fn left_behind(lab: &Path, engines: &Engines, name: &str) -> Vec<String> {
    let program = engines.program(name).display().to_string();
    let list = match name {
        "docker" => format!("{program} container ls --all --quiet; {program} image ls"),
        _ => format!("{program} containers --all --quiet; {program} images"),
    };
    let said = in_lab(lab, &list);
    let is_ours = |line: &&str| !line.contains(' ') || line.contains("dockeropt");
    said.lines().filter(is_ours).map(str::to_owned).collect()
}

/// Reads until a line holds `text` that is output of a step, not the step itself.
fn wait_for_line(from: impl std::io::Read + Send + 'static, text: &str) {
    use std::io::BufRead as _;
    let mut lines = std::io::BufReader::new(from).lines();
    let is_output = |line: &String| line.contains(text) && !line.contains("echo");
    assert!(lines.any(|line| is_output(&line.unwrap())), "the build ended before it said {text}");
    // What is said from here on must have somebody who reads it.
    std::thread::spawn(move || lines.for_each(drop));
}
