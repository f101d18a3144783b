//! The image lab, where it is up: real registries and a real Docker Engine.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use super::{folder, say};

pub const OPEN: &str = "127.0.0.1:5000";
pub const BASIC: &str = "127.0.0.1:5001";
pub const TOKEN: &str = "127.0.0.1:5002";

/// The folder of the lab's programs; `None` after saying that `test` is skipped.
pub fn lab_or_skip(test: &str) -> Option<PathBuf> {
    let lab = folder().map(|folder| folder.join("lab")).filter(|lab| lab.join("lab-env.sh").is_file());
    let is_up = |host: &str| {
        let address = host.parse().unwrap();
        TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok()
    };
    let lab = lab.filter(|_| [OPEN, BASIC, TOKEN].iter().all(|host| is_up(host)));
    if lab.is_none() {
        say(&format!("skipped: {test}: the lab (../shared/lab/lab-up debian) is not up"));
    }
    lab
}

/// What a shell prints that has the lab's settings.
#[track_caller]
pub fn in_lab(lab: &Path, script: &str) -> String {
    let output = try_in_lab(lab, script);
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What becomes of a shell that has the lab's settings.
pub fn try_in_lab(lab: &Path, script: &str) -> Output {
    let script = format!("set -o pipefail; . '{}/lab-env.sh'; {script}", lab.display());
    Command::new("bash").args(["-c", &script]).output().unwrap()
}
