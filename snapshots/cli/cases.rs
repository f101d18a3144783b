//! Small inputs in the shape of bug reports, which are kept beside the checkout, with what is right for each.

use std::process::Command;

use super::material::{folder_or_skip, is_here, say};

#[test]
fn what_is_right_in_each_reported_case_is_done() {
    let Some(folder) = folder_or_skip("reported cases") else { return };
    let check = folder.join("cases/check");
    if !check.is_file() || !is_here("python3", "reported cases") || !is_here("git", "reported cases") {
        return;
    }
    let output = Command::new("python3").arg(check).arg(env!("CARGO_BIN_EXE_dockeropt")).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let count = said.lines().last().unwrap_or_default();
    say(&format!("reported cases: {count}"));
    assert!(count.contains(" passed, "), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let wrong: Vec<_> = said.lines().filter(|line| *line != count).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
