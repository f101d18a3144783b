//! The engines of `examples/scale`, run for real where they are installed: each gives the rows of a single process.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{corpus_lines, harness, material};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scale");

/// The corpus as JSON lines in a folder, with the answer of a single process.
struct Set {
    folder: TempDir,
    answer: Vec<String>,
}

impl Set {
    fn new(test: &str) -> Option<Self> {
        let material = material::folder_or_skip(test)?;
        let folder = tempfile::tempdir().unwrap();
        let lines = corpus_lines(&material::corpus(&material));
        std::fs::write(folder.path().join("dockerfiles.jsonl"), &lines).unwrap();
        let input = std::fs::File::open(folder.path().join("dockerfiles.jsonl")).unwrap();
        let output = harness::command(folder.path()).args(["map", "--jobs", "1"]).stdin(input).output().unwrap();
        let answer = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        Some(Self { folder, answer })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, command: &mut Command) -> Vec<u8> {
        run(self.folder.path(), command)
    }

    #[track_caller]
    fn is_answered_by(&self, rows: &[String]) {
        assert_eq!(rows.len(), self.answer.len());
        let other = rows.iter().zip(&self.answer).find(|(row, answer)| row != answer);
        assert!(other.is_none(), "{other:?}");
    }
}

/// Runs `command` in `folder`, with the built program first on PATH, on the day of the catalogue.
fn run(folder: &Path, command: &mut Command) -> Vec<u8> {
    let program = Path::new(env!("CARGO_BIN_EXE_dockeropt")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(program.to_owned()).chain(std::env::split_paths(&path));
    command.current_dir(folder).env("PATH", std::env::join_paths(folders).unwrap());
    let day = harness::command(folder);
    let day = day.get_envs().find(|(name, _)| *name == "SOURCE_DATE_EPOCH").and_then(|(_, day)| day);
    let output = command.env("SOURCE_DATE_EPOCH", day.unwrap()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn lines(text: &[u8]) -> Vec<String> {
    std::str::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn spark_gives_the_rows_of_a_single_process() {
    let test = "map under Apache Spark";
    if !material::is_here("spark-submit", test) {
        return;
    }
    let Some(set) = Set::new(test) else { return };
    let job = format!("{EXAMPLES}/spark.py");
    let submit =
        ["--master", "local[2]", "--conf", "spark.ui.enabled=false", "--conf", "spark.sql.files.maxPartitionBytes=1m"];
    set.run(Command::new("spark-submit").args(submit).args([&job, "dockerfiles.jsonl", "answers"]));
    let parts = std::fs::read_dir(set.path("answers")).unwrap().map(|entry| entry.unwrap().path());
    let mut parts: Vec<_> =
        parts.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("part-")).collect();
    parts.sort();
    assert!(parts.len() > 1, "one partition proves little");
    let rows: Vec<_> = parts.iter().flat_map(|part| lines(&std::fs::read(part).unwrap())).collect();
    set.is_answered_by(&rows);
    material::say(&format!(
        "map under Apache Spark: {} rows in {} partitions, as by a single process",
        rows.len(),
        parts.len()
    ));
}

#[test]
fn gnu_parallel_gives_the_rows_of_a_single_process() {
    let test = "map under GNU parallel";
    if !material::is_here("parallel", test) {
        return;
    }
    let Some(set) = Set::new(test) else { return };
    let input = std::fs::File::open(set.path("dockerfiles.jsonl")).unwrap();
    let out = set.run(Command::new(format!("{EXAMPLES}/parallel.sh")).stdin(input));
    set.is_answered_by(&lines(&out));
}

#[test]
fn the_pods_of_an_indexed_job_share_the_lines() {
    let Some(set) = Set::new("map as an indexed job") else { return };
    let manifest = std::fs::read_to_string(format!("{EXAMPLES}/kubernetes.yaml")).unwrap();
    let (_, args) = manifest.split_once("args:\n            - |\n").unwrap();
    let script: Vec<_> = args.lines().map_while(|line| line.strip_prefix("              ")).collect();
    let script = script.join("\n").replace("/data/", &format!("{}/", set.folder.path().display()));
    let pods = 8;
    for index in 0..pods {
        set.run(Command::new("sh").args(["-euc", &script]).env("JOB_COMPLETION_INDEX", index.to_string()));
    }
    let parts: Vec<_> =
        (0..pods).map(|index| lines(&std::fs::read(set.path(&format!("answers-{index}.jsonl"))).unwrap())).collect();
    let rows: Vec<_> = (0..set.answer.len()).map(|line| parts[line % pods][line / pods].clone()).collect();
    set.is_answered_by(&rows);
}

#[test]
fn the_runners_of_a_matrix_share_the_repositories() {
    let workflow = std::fs::read_to_string(format!("{EXAMPLES}/matrix.yml")).unwrap();
    let script =
        workflow.lines().find_map(|line| line.trim().strip_prefix("run: ").filter(|line| line.contains("migrate")));
    let team = harness::Folder::new(&[]);
    let names: Vec<_> = (0..12).map(|number| format!("repository-{number}")).collect();
    for name in &names {
        team.write(&format!("{name}/Dockerfile"), harness::BEFORE);
        let commit = ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "first"];
        for arguments in [&["init", "--quiet"][..], &["add", "."], &commit] {
            team.tool("git", &[&["-C", name], arguments].concat());
        }
    }
    team.write("repositories.txt", names.join("\n"));
    let mut patched = Vec::new();
    for shard in 1..=8 {
        let identity = [("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.org")];
        run(
            &team.path(""),
            Command::new("sh").args(["-euc", script.unwrap()]).env("SHARD", shard.to_string()).envs(identity),
        );
        assert!(team.path("out/report.html").is_file());
        let patches = std::fs::read_dir(team.path("out/patches")).into_iter().flatten();
        patched.extend(patches.map(|patch| patch.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()));
        std::fs::remove_dir_all(team.path("out")).unwrap();
    }
    patched.sort();
    let mut names = names;
    names.sort();
    assert_eq!(patched, names);
}
