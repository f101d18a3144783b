//! Farms of repositories, made fast: the objects of all of them lie in one store, and each has the rest of a repository.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rayon::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness;
use crate::material;

/// The files of a repository.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Most files of a build context that a repository gets.
const CONTEXT_MAX: usize = 20;

/// What every commit is made with.
pub const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "A. Platform Team"),
    ("GIT_AUTHOR_EMAIL", "team@example.org"),
    ("GIT_COMMITTER_NAME", "A. Platform Team"),
    ("GIT_COMMITTER_EMAIL", "team@example.org"),
];

/// Repositories with one commit each.
pub struct Farm {
    folder: TempDir,
    commits: Vec<String>,
    repositories: Vec<Files>,
}

/// A row of a journal.
pub type Rows = BTreeMap<String, Value>;

impl Farm {
    pub fn new(repositories: Vec<Files>) -> Self {
        // Memory, where there is such a folder: file systems take their time to forget a hundred thousand files.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let store = folder.path().join("store");
        git(folder.path(), &["init", "--quiet", "--bare", "store"]);
        let mut stream = Vec::new();
        for (index, files) in repositories.iter().enumerate() {
            let _ = write!(stream, "commit refs/heads/r{index}\nmark :{}\n", index + 1);
            let _ = write!(
                stream,
                "committer Someone <someone@example.org> {} +0000\ndata 5\nfirst\n",
                1_700_000_000 + index
            );
            for (path, text) in files {
                let _ = write!(stream, "M 100644 inline \"{path}\"\ndata {}\n", text.len());
                stream.extend(text);
                stream.push(b'\n');
            }
        }
        let marks = folder.path().join("marks");
        let export = format!("--export-marks={}", marks.display());
        let import =
            command("git").args(["fast-import", "--quiet", &export]).current_dir(&store).stdin(Stdio::piped()).spawn();
        let mut import = import.unwrap();
        import.stdin.take().unwrap().write_all(&stream).unwrap();
        assert!(import.wait().unwrap().success());
        let mut commits = vec![String::new(); repositories.len()];
        for line in fs::read_to_string(marks).unwrap().lines() {
            let (mark, commit) = line[1..].split_once(' ').unwrap();
            commits[mark.parse::<usize>().unwrap() - 1] = commit.to_owned();
        }
        Self { folder, commits, repositories }
    }

    /// `count` repositories with the files of the corpus, three each, and of their build contexts.
    pub fn of_corpus(shared: &Path, count: usize) -> Self {
        let contexts = material::json_lines(&shared.join("corpus/contexts-lite.jsonl"));
        let contexts: BTreeMap<&str, &Value> =
            contexts.iter().map(|context| (context["id"].as_str().unwrap(), context)).collect();
        let corpus = material::corpus(shared);
        let repository = |index: usize| {
            let mut files = Files::new();
            for (place, folder) in ["", "services/web/", "deploy/"].into_iter().enumerate() {
                let file = &corpus[(index + place * count) % corpus.len()];
                files.insert(format!("{folder}Dockerfile"), file.text.clone());
                if let Some(context) = contexts.get(file.id.as_str()) {
                    add_context(folder, context, &mut files);
                }
            }
            files
        };
        Self::new((0..count).map(repository).collect())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn name(index: usize) -> String {
        format!("team-{}/app-{index}", index % 7)
    }

    /// The names of all repositories.
    pub fn names(&self) -> Vec<String> {
        (0..self.commits.len()).map(Self::name).collect()
    }

    /// Clean checkouts of all repositories, in the folder called `name`.
    pub fn checkouts(&self, name: &str) -> PathBuf {
        let root = self.path(name);
        (0..self.commits.len()).into_par_iter().for_each(|index| {
            let folder = root.join(Self::name(index));
            for (path, text) in &self.repositories[index] {
                write(&folder.join(path), text);
            }
            let store = self.path("store/objects");
            write(&folder.join(".git/objects/info/alternates"), format!("{}\n", store.display()).as_bytes());
            write(&folder.join(".git/HEAD"), b"ref: refs/heads/main\n");
            write(&folder.join(".git/refs/heads/main"), format!("{}\n", self.commits[index]).as_bytes());
            write(&folder.join(".git/config"), b"[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
            git(&folder, &["read-tree", "HEAD"]);
        });
        root
    }

    /// The program with the words of `arguments`.
    pub fn migrate(&self, arguments: &str) -> Command {
        let mut command = harness::command(self.folder.path());
        command.arg("migrate").args(arguments.split_whitespace()).envs(IDENTITY).stdin(Stdio::null());
        command
    }

    /// Runs the program, and gives what it said and its exit code.
    pub fn run(&self, arguments: &str) -> harness::Output {
        harness::Output::of(self.migrate(arguments).output().unwrap())
    }
}

fn add_context(folder: &str, context: &Value, files: &mut Files) {
    let manifests = context["manifests"].as_object().unwrap();
    let paths = context["paths"].as_array().unwrap().iter().filter_map(Value::as_str);
    let is_fit = |path: &&str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
        path.chars().all(is_plain) && !path.to_lowercase().contains("dockerfile") && !path.starts_with('.')
    };
    for path in paths.filter(is_fit).take(CONTEXT_MAX) {
        let text = manifests.get(path).and_then(Value::as_str).unwrap_or_default();
        let path = format!("{folder}{path}");
        // A repository of ours has folders that one of these files may be called like.
        let collides =
            files.keys().any(|other| other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/")));
        if !collides && !["services", "deploy"].contains(&path.as_str()) {
            files.entry(path).or_insert_with(|| text.as_bytes().to_vec());
        }
    }
}

pub fn write(path: &Path, text: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A program that knows nothing of the user's configuration of git.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]).envs(IDENTITY);
    command
}

#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = command("git").args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: git {arguments:?}: {said}", folder.display());
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Nothing is wrong with a quiet run over the corpus but that it has files that BuildKit would refuse.
#[track_caller]
pub fn assert_fine(output: &harness::Output) {
    let is_refusal = |line: &str| line.contains("`: not a Dockerfile that BuildKit takes, left as it is: ");
    assert!(output.code == 2 && output.err.lines().all(is_refusal), "{}: {}", output.code, output.err);
}

/// The rows of a journal, by repository; each stands there once.
#[track_caller]
pub fn rows(journal: &Path) -> Rows {
    let mut rows = Rows::new();
    for line in fs::read_to_string(journal).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let name = row["repository"].as_str().unwrap().to_owned();
        assert!(rows.insert(name.clone(), row).is_none(), "{name} stands there twice");
    }
    rows
}

/// All files below `folder`, with what they are and hold; folders called `without` are left out.
pub fn listing(folder: &Path, without: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let below = path.strip_prefix(folder).unwrap().to_owned();
            if metadata.is_dir() && !without.iter().any(|name| below.ends_with(name)) {
                found.insert(below, b"folder".to_vec());
                folders.push(path);
            } else if metadata.is_symlink() {
                found.insert(below, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
            } else if metadata.is_file() {
                found.insert(below, fs::read(&path).unwrap());
            } else if !metadata.is_dir() {
                found.insert(below, b"special".to_vec());
            }
        }
    }
    found
}

/// Holds one listing against another, and names the first file that differs.
#[track_caller]
pub fn assert_same(what: &str, one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) {
    let mut differences = String::new();
    for path in one.keys().chain(other.keys()) {
        if one.get(path) != other.get(path) {
            let _ = writeln!(differences, "{}", path.display());
        }
    }
    assert!(differences.is_empty(), "{what}: {differences}");
}
