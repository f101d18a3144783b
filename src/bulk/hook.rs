//! The command that the user wants to be run after each repository.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::row::Row;
use crate::world::programs;

/// What the command is told, as variables of its environment.
pub(super) struct Told<'t> {
    pub row: &'t Row,
    pub folder: &'t Path,
    pub out: &'t Path,
    pub title: &'t str,
}

/// Runs `command` by the shell, in the folder where the program was started: nothing that lies in the repository is met by chance.
///
/// # Errors
/// If it does not end with 0 in time.
pub(super) fn run(command: &str, told: &Told<'_>, limit: Duration) -> Result<(), String> {
    let Told { row, folder, out, title } = *told;
    let path = |relative: &Option<String>| relative.as_ref().map(|path| out.join(path)).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.args([if cfg!(windows) { "/C" } else { "-c" }, command]);
    shell
        .env("DOCKEROPT_REPOSITORY", &row.repository)
        .env("DOCKEROPT_SOURCE", &row.source)
        .env("DOCKEROPT_FOLDER", folder)
        .env("DOCKEROPT_OUTCOME", row.outcome.name())
        .env("DOCKEROPT_REASON", text(&row.because))
        .env("DOCKEROPT_PATCH", path(&row.patch))
        .env("DOCKEROPT_BODY", path(&row.body))
        .env("DOCKEROPT_TITLE", title)
        .env("DOCKEROPT_BRANCH", text(&row.branch))
        .env("DOCKEROPT_COMMIT", text(&row.commit));
    let ended = programs::run(&mut shell, limit, &mut |_| {}).map_err(|error| format!("--exec: {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said: Vec<&str> = ended.lines.iter().rev().take(5).rev().map(String::as_str).collect();
    let code = ended.status.code().map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
    Err(format!("--exec: it ended {code}: {}", said.join(" / ")))
}
