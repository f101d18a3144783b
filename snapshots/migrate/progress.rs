//! How far a run is: a bar on a terminal, a line now and then where there is none, and nothing for those who want it quiet.

use std::process::Command;
use std::thread;

use crate::farm::{Farm, IDENTITY};
use crate::harness::{self, BEFORE, Output};
use crate::material::say;

fn farm(count: usize) -> Farm {
    let farm = Farm::new((0..count).map(|_| [("Dockerfile".to_owned(), BEFORE.as_bytes().to_vec())].into()).collect());
    farm.checkouts("r");
    farm
}

/// What the program writes to a terminal of its own; none where there is no program that makes one.
fn on_a_terminal(farm: &Farm, arguments: &str) -> Option<String> {
    let version = Command::new("script").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
        return None;
    }
    let program = env!("CARGO_BIN_EXE_dockeropt");
    let line = format!("stty cols 100 rows 30; exec {program} migrate {arguments}");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(farm.path(""));
    script.envs(IDENTITY).env("TERM", "xterm").env("SHELL", "/bin/sh").stdin(std::process::Stdio::null());
    harness::DISTURBING.iter().for_each(|name| {
        script.env_remove(name);
    });
    let output = script.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    Some(said)
}

#[test]
fn a_terminal_shows_a_bar_unless_it_is_to_be_quiet() {
    let farm = farm(6);
    let slowly = "r --offline --jobs 2 --exec 'sleep 0.3'";
    let Some(said) = on_a_terminal(&farm, &format!("{slowly} --out out")) else {
        return say("skipped: the bar of migrate: there is no `script` of util-linux");
    };
    let bar = regex::Regex::new(r"[█░]+ [1-5]/6 repositories, \d+(\.\d)?/(s|min), \d+s left").unwrap();
    assert!(bar.is_match(&said), "{said:?}");
    assert!(said.contains("changed · now team-"), "{said:?}");
    assert!(said.trim_end().ends_with(" s") && said.contains("6 repositories · 6 changed · "), "{said:?}");
    assert_eq!(on_a_terminal(&farm, &format!("{slowly} --out quiet --quiet")).as_deref(), Some(""));
}

#[test]
fn without_a_terminal_a_line_says_how_far_it_is_every_ten_seconds() {
    let farm = farm(2);
    let run = |more: &str| {
        let mut run = farm.migrate(&format!("r --offline --jobs 1 --out out{more} {more}"));
        Output::of(run.args(["--exec", "sleep 6"]).output().unwrap())
    };
    // Both wait most of the time.
    let (loud, quiet) = thread::scope(|scope| {
        let quiet = scope.spawn(|| run("--quiet"));
        (run(""), quiet.join().unwrap())
    });
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    let lines: Vec<&str> = loud.err.lines().collect();
    let line =
        regex::Regex::new(r"^1/2 repositories · 1 changed · \d+\.\d/min · \d+s left · now team-1/app-1$").unwrap();
    assert!(lines.len() == 2 && line.is_match(lines[0]), "{}", loud.err);
    assert_eq!(lines[1], "2 repositories · 2 changed · 0.0 s");
}
