//! The applications that are built: those of the lab, and those of the examples.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with a Dockerfile.
pub struct Application {
    pub name: String,
    pub folder: PathBuf,
    /// Whether it is one of those that the goals are about.
    pub is_measured: bool,
}

/// All of them: those that the goals are about come first.
pub fn applications(lab: &Path) -> Vec<Application> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/applications");
    let mut applications = Vec::new();
    for (folder, is_measured) in [(lab.join("apps"), true), (own, false)] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let folder = entry.unwrap().path();
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let name = if is_measured { format!("lab/{name}") } else { name };
            applications.push(Application { name, folder, is_measured });
        }
    }
    applications.sort_by(|a, b| (b.is_measured, &a.name).cmp(&(a.is_measured, &b.name)));
    applications
}

/// Copies `folder` to `there`, where it can be written to.
pub fn copy(folder: &Path, there: &Path) {
    let script = "mkdir -p \"$1\" && cp -R \"$0/.\" \"$1\" && chmod -R u+w \"$1\"";
    let status = Command::new("sh").args(["-c", script]).args([folder, there]).status().unwrap();
    assert!(status.success(), "{}", folder.display());
}
