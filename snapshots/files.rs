//! A writer that is killed at any moment leaves the old text or the new, never a mixture.

#![cfg(unix)]

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dockeropt::world::files::{SIZE_MAX_BYTES, Selection, find, read, write};

/// Set for the process that is to be killed: the file it writes.
const VICTIM: &str = "DOCKEROPT_TEST_VICTIM";
const KILLS: u64 = 25;
/// How long a process may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);
/// Large enough for a write to take more than one page.
const SIZE_BYTES: usize = 300_000;

#[test]
fn a_killed_writer_never_leaves_half_a_file() {
    if let Some(path) = std::env::var_os(VICTIM) {
        write_until_killed(Path::new(&path));
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("Dockerfile");
    std::fs::write(&path, vec![b'a'; SIZE_BYTES]).unwrap();
    for kill in 0..KILLS {
        let before = inode(&path);
        let test = std::env::current_exe().unwrap();
        let mut victim = Command::new(test).env(VICTIM, &path).stdout(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while inode(&path) == before {
            assert!(started.elapsed() < PATIENCE, "the victim writes");
        }
        std::thread::sleep(Duration::from_micros(kill * 791 % 20_000));
        victim.kill().unwrap();
        victim.wait().unwrap();

        let text = std::fs::read(&path).unwrap();
        assert_eq!(text.len(), SIZE_BYTES, "the file is whole");
        assert!(text.iter().all(|byte| *byte == text[0]), "the file is of one piece");
    }
    let found = find(&[directory.path().to_owned()], &Selection::default()).unwrap();
    let found: Vec<PathBuf> = found.iter().map(|found| found.path().to_owned()).collect();
    assert_eq!(found, [path], "what a killed writer leaves behind is not taken for a Dockerfile");
}

fn inode(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().ino()
}

fn write_until_killed(path: &Path) -> ! {
    loop {
        let source = read(path, SIZE_MAX_BYTES).unwrap();
        let other = if source.bytes[0] == b'a' { b'b' } else { b'a' };
        write(path, &source.fingerprint, &vec![other; SIZE_BYTES]).unwrap();
    }
}
