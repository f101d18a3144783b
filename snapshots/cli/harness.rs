//! A folder of files, and the program run in it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Variables of the caller's environment that change what is printed.
pub const DISTURBING: &[&str] = &["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "CI_PROJECT_DIR"];

/// 2026-08-21 in seconds, when the catalogue of images is of: later it warns of its age, and after a year it says nothing.
const CATALOGUE_DAY: &str = "1787270400";

/// A change that is always made, and what comes of it.
pub const BEFORE: &str = "FROM a\nENV A b\n";
pub const AFTER: &str = "FROM a\nENV A=b\n";

pub struct Folder(TempDir);

/// What a run came to.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub out: Vec<u8>,
    /// With every duration as 0.0 s.
    pub err: String,
}

impl Output {
    pub fn of(output: std::process::Output) -> Self {
        let err = String::from_utf8(output.stderr).unwrap();
        let seconds = regex::Regex::new(r"\d+\.\d s").unwrap();
        let err = seconds.replace_all(&err, "0.0 s").into_owned();
        Self { code: output.status.code().unwrap(), out: output.stdout, err }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    /// Standard output, standard error and the exit code, as one text for a snapshot.
    pub fn transcript(&self) -> String {
        format!("{}---- standard error\n{}---- exit code {}\n", self.text(), self.err, self.code)
    }

    #[track_caller]
    pub fn fails_with(&self, message: &str) {
        assert!(self.err.contains(message), "{message:?} is not in:\n{}", self.err);
        assert_eq!(self.code, 2, "{}", self.err);
    }
}

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| folder.write(path, text));
        folder
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap()
    }

    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.read(path)).unwrap()
    }

    /// Runs the program with the words of `arguments`.
    pub fn run(&self, arguments: &str) -> Output {
        self.run_with(arguments, "", &[])
    }

    pub fn run_with(&self, arguments: &str, input: impl AsRef<[u8]>, environment: &[(&str, &str)]) -> Output {
        let mut command = command(self.0.path());
        command.args(arguments.split_whitespace()).envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut into = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // A program that does not read its input may be gone before it is written, and one that answers as it reads waits until somebody takes the answer.
        let writer = std::thread::spawn(move || drop(into.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Output::of(output)
    }

    /// Runs another program in the folder, which must succeed.
    #[track_caller]
    pub fn tool(&self, program: &str, arguments: &[&str]) {
        let nothing = "/dev/null";
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.0.path())
            .envs([("GIT_CONFIG_GLOBAL", nothing), ("GIT_CONFIG_SYSTEM", nothing)])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&said));
    }

    /// Makes the folder a repository with everything committed.
    pub fn commit(&self) {
        self.tool("git", &["init", "--quiet"]);
        self.tool("git", &["add", "."]);
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        self.tool("git", &[&identity[..], &["commit", "--quiet", "-m", "first"]].concat());
    }
}

/// The program, to be run in `folder`.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockeropt"));
    command.current_dir(folder).env("COLUMNS", "100").env("SOURCE_DATE_EPOCH", CATALOGUE_DAY);
    DISTURBING.iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}
