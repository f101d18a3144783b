//! Real shells in a root of their own, so that whatever a script does is done to a scratch folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::material::say;

/// What `/bin/sh` is.
pub const SHELLS: [&str; 3] = ["dash", "bash", "busybox"];

/// Small programs for scripts that need real ones.
const TOOLS: &str = "cat chmod cp ln ls mkdir mv rm rmdir sed sleep sort touch true false env id stat pwd tr";

/// The shells, the stand-in and the folder that every scratch root is made in.
pub struct Kit {
    folder: PathBuf,
    pub shells: Vec<&'static str>,
    roots: AtomicUsize,
}

impl Drop for Kit {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Kit {
    /// `None` after saying why `test` is skipped.
    pub fn of(test: &str) -> Option<Self> {
        // A folder in memory, if one can be made: many small roots are made in it.
        let name = format!("dockeropt-{}-{}", test.replace(' ', "-"), std::process::id());
        let places = [PathBuf::from("/dev/shm"), std::env::temp_dir()].map(|place| place.join(&name));
        let folder = places.into_iter().find(|folder| {
            let _ = fs::remove_dir_all(folder);
            fs::create_dir_all(folder.join("kit/bin")).is_ok()
        });
        let Some(folder) = folder else {
            say(&format!("skipped: {test}: no folder can be made for it"));
            return None;
        };
        let mut kit = Self { folder, shells: Vec::new(), roots: AtomicUsize::new(0) };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/merging/stand_in.c");
        fs::create_dir(kit.folder.join("kit/dev")).unwrap();
        let null = kit.folder.join("kit/dev/null");
        let made = Command::new("mknod").args(["-m", "666"]).arg(&null).args(["c", "1", "3"]).status();
        if !made.is_ok_and(|status| status.success()) {
            fs::write(&null, "").unwrap();
        }
        let built = Command::new("cc").args(["-O1", "-static", "-o"]).arg(kit.start()).arg(source).status();
        if !built.is_ok_and(|status| status.success()) {
            say(&format!("skipped: {test}: no C compiler makes the stand-in"));
            return None;
        }
        if !crate::material::is_here("ldd", test) {
            return None;
        }
        for shell in SHELLS {
            let path = ["/bin/", "/usr/bin/"]
                .iter()
                .map(|folder| format!("{folder}{shell}"))
                .find(|path| Path::new(path).exists());
            match path {
                Some(path) if shell == "busybox" && !finds_programs(&path) => {
                    say(
                        "not tried: busybox prefers its own programs (the package busybox does not, busybox-static does)",
                    );
                }
                Some(path) => {
                    kit.adopt(Path::new(&path), shell);
                    kit.shells.push(shell);
                }
                None => say(&format!("not tried: {shell} is not here")),
            }
        }
        let words = ["/bin/sh".into(), "-c".into(), "exit 0".into()];
        let (ok, output) = kit.root(kit.shells.first()?, &[]).run("/", &words, &[]);
        if !ok {
            say(&format!("skipped: {test}: no root folder of one's own: {}", output.trim()));
            return None;
        }
        Some(kit)
    }

    /// Whether scripts can run real small programs, which are those of busybox.
    pub fn has_tools(&self) -> bool {
        self.shells.contains(&"busybox")
    }

    fn start(&self) -> PathBuf {
        self.folder.join("kit/.start")
    }

    /// Copies a program and the libraries it needs.
    fn adopt(&self, program: &Path, name: &str) {
        let kit = self.folder.join("kit");
        fs::copy(program, kit.join("bin").join(name)).unwrap();
        let libraries = Command::new("ldd").arg(program).output().unwrap();
        let libraries = String::from_utf8_lossy(&libraries.stdout).into_owned();
        for library in libraries.split_whitespace().filter(|word| word.starts_with('/')) {
            let copy = kit.join(library.trim_start_matches('/'));
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(library, copy).unwrap();
        }
    }

    /// A fresh root whose `/bin/sh` is `shell`, with a stand-in for each of `programs`, or with real small tools if there are none.
    pub fn root(&self, shell: &str, programs: &[String]) -> Root<'_> {
        let number = self.roots.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("root-{number}"));
        link_tree(&self.folder.join("kit"), &path);
        symlink(shell, path.join("bin/sh")).unwrap();
        for folder in ["tmp", "etc", "root", "programs"] {
            fs::create_dir(path.join(folder)).unwrap();
        }
        if programs.is_empty() {
            symlink("/bin/sh", path.join("programs/sh")).unwrap();
            TOOLS.split(' ').for_each(|tool| symlink("/bin/busybox", path.join("programs").join(tool)).unwrap());
        }
        let root = Root { kit: self, path };
        programs.iter().for_each(|program| root.add_stand_in(program));
        root
    }
}

/// Whether a busybox shell runs the programs in PATH rather than its own.
fn finds_programs(busybox: &str) -> bool {
    let output = Command::new(busybox).args(["sh", "-c", "rm --help"]).env("PATH", "/nowhere").output();
    output.is_ok_and(|output| !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("not found"))
}

fn link_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            link_tree(&path, &copy);
        } else {
            fs::hard_link(path, copy).unwrap();
        }
    }
}

/// A scratch root.
pub struct Root<'k> {
    kit: &'k Kit,
    pub path: PathBuf,
}

impl Drop for Root<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// What lies at a path: kind and mode, and content.
pub type Files = BTreeMap<String, (u32, Vec<u8>)>;

impl Root<'_> {
    fn add_stand_in(&self, program: &str) {
        let folder = if program.starts_with('/') { self.path.clone() } else { self.path.join("programs") };
        let path = folder.join(program.trim_start_matches('/'));
        if fs::create_dir_all(path.parent().unwrap()).is_ok() {
            let _ = fs::hard_link(self.kit.start(), path);
        }
    }

    /// Makes `folder`, where that can be done.
    pub fn make(&self, folder: &str) {
        if !folder.split('/').any(|part| part == "..") {
            let _ = fs::create_dir_all(self.path.join(folder.trim_start_matches('/')));
        }
    }

    /// Runs `words` in `folder`; what is left running ends with it, as in Docker. Whether it went well, and what it said.
    pub fn run(&self, folder: &str, words: &[String], environment: &[(&str, &str)]) -> (bool, String) {
        let said = self.path.join(".said");
        let output = fs::File::create(&said).unwrap();
        let mut child = Command::new(self.kit.start())
            .arg0(".start")
            .arg(&self.path)
            .arg(folder)
            .args(words)
            .env_clear()
            .env("PATH", "/programs")
            .env("HOME", "/root")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .process_group(0)
            .spawn()
            .unwrap();
        let status = child.wait().unwrap();
        if words.last().is_some_and(|script| script.contains('&')) {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
        }
        let text = String::from_utf8_lossy(&fs::read(&said).unwrap()).into_owned();
        fs::remove_file(said).unwrap();
        (status.success(), text)
    }

    /// Everything in it but the shells and stand-ins.
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        self.collect(&self.path, &mut files);
        files
    }

    fn collect(&self, folder: &Path, files: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(&self.path).unwrap().to_string_lossy().into_owned();
            // The files of the kit have a second name there.
            if name == ".trace" || name == "dev/null" || metadata.is_file() && metadata.nlink() > 1 {
                continue;
            }
            let content = if metadata.is_symlink() {
                fs::read_link(&path).unwrap().to_string_lossy().into_owned().into_bytes()
            } else if metadata.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            files.insert(name, (metadata.permissions().mode(), content));
            if metadata.is_dir() {
                self.collect(&path, files);
            }
        }
    }

    /// The calls of stand-ins so far.
    pub fn trace(&self) -> Vec<String> {
        let text = fs::read(self.path.join(".trace")).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    /// Says which calls fail: none, `call HASH`, or `seed N`.
    pub fn fail(&self, which: &str) {
        fs::write(self.path.join(".fail"), which).unwrap();
    }
}
