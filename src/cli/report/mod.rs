//! Printing: data on standard output, everything else on standard error, text of others made harmless on a terminal.

pub(super) mod findings;
pub(super) mod github;
pub(super) mod gitlab;
pub(super) mod human;
pub(super) mod json;
pub(super) mod sarif;

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

use anstream::{eprintln, stderr};

use super::arguments::Files;
use super::examine::{Examination, Examined, Rewritten};
use super::terminal::{sanitised, sanitised_path};
use super::{Failure, Verdict};
use crate::rewrite::Outcome;
use crate::text::diff::lines_changed;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Prints an error.
pub(super) fn complain(message: &str) {
    eprintln!("{BOLD}{RED}error{RESET}{BOLD}:{RESET} {}", sanitised(message));
}

/// A reader that has had enough, such as `head`, is no error.
pub(super) fn ignore_broken_pipe(error: std::io::Error) -> Result<(), Failure> {
    if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(format!("standard output: {error}")) }
}

/// Prints a text of several lines.
pub(super) fn print_text(text: &str) -> Result<(), Failure> {
    write!(anstream::stdout(), "{text}").or_else(ignore_broken_pipe)
}

/// Prints a value as JSON, for people to read too.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    print_text(&format!("{text}\n"))
}

pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    let line = if std::io::stdout().is_terminal() { sanitised(line) } else { line.into() };
    writeln!(anstream::stdout(), "{line}").or_else(ignore_broken_pipe)
}

/// Prints a patch: byte by byte, or, on a terminal, in colour.
pub(super) fn print_patch(patch: &[u8]) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() {
        return std::io::stdout().lock().write_all(patch).or_else(ignore_broken_pipe);
    }
    for line in String::from_utf8_lossy(patch).lines() {
        let color = match line.as_bytes().first() {
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            Some(b'@') => CYAN,
            _ => "",
        };
        writeln!(anstream::stdout(), "{color}{}{RESET}", sanitised(line)).or_else(ignore_broken_pipe)?;
    }
    Ok(())
}

/// The name of a file in a patch: with `/`, and no root.
pub(super) fn diff_path(path: &Path) -> Vec<u8> {
    let path = path.strip_prefix("/").unwrap_or(path);
    let bytes = path.as_os_str().as_encoded_bytes();
    if std::path::MAIN_SEPARATOR == '/' {
        bytes.to_vec()
    } else {
        bytes.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()
    }
}

/// Counts what came of the files, and tells about each as far as the user wants to hear.
pub(super) struct Tally {
    quiet: bool,
    verbose: bool,
    /// Whether each change is told.
    tells_changes: bool,
    started: Instant,
    files: usize,
    changed: usize,
    lines_added: usize,
    lines_removed: usize,
    skipped: usize,
    failed: usize,
}

impl Tally {
    pub fn new(files: &Files) -> Self {
        let (quiet, verbose) = (files.quiet, files.verbose);
        Self {
            quiet,
            verbose,
            tells_changes: !quiet,
            started: Instant::now(),
            files: 0,
            changed: 0,
            lines_added: 0,
            lines_removed: 0,
            skipped: 0,
            failed: 0,
        }
    }

    /// Tells no longer about each change: another report does.
    pub fn hush(&mut self) {
        self.tells_changes = false;
    }

    /// What the chain made of the file, if it came that far; otherwise says why not.
    pub fn count<'e>(&mut self, file: &'e Examined) -> Option<&'e Rewritten> {
        self.files += 1;
        match &file.result {
            Examination::Rewritten(rewritten) => {
                for unstable in &rewritten.outcome.unstable {
                    self.failed(
                        &file.path,
                        &format!("unstable: {} was taken back: {}", unstable.transform.id, unstable.because),
                    );
                }
                return Some(rewritten);
            }
            Examination::Refused(problems) => {
                for problem in problems {
                    let place = format!("{}:{}", sanitised_path(&file.path), problem.line);
                    complain(&format!(
                        "{place}: not a Dockerfile that BuildKit takes, left as it is: {}",
                        problem.message
                    ));
                }
                self.failed += 1;
            }
            Examination::Skipped { because } => {
                self.skipped += 1;
                if self.verbose {
                    eprintln!("{}: skipped: {}", sanitised_path(&file.path), sanitised(because));
                }
            }
            Examination::Failed { because } => self.failed(&file.path, because),
        }
        None
    }

    pub fn failed(&mut self, path: &Path, because: &str) {
        self.failed += 1;
        complain(&format!("{}: {because}", sanitised_path(path)));
    }

    pub fn unchanged(&self, file: &Examined) {
        if self.verbose {
            eprintln!("{}: nothing to do", sanitised_path(&file.path));
        }
    }

    pub fn changed(&mut self, file: &Examined, outcome: &Outcome) {
        self.changed += 1;
        let lines = lines_changed(&outcome.before, &outcome.after);
        self.lines_added += lines.added;
        self.lines_removed += lines.removed;
        if !self.tells_changes {
            return;
        }
        let path = sanitised_path(&file.path);
        for rewrite in outcome.steps.iter().flat_map(|step| &step.rewrites) {
            let line = 1 + outcome.before[..rewrite.range.start()].iter().filter(|&&byte| byte == b'\n').count();
            eprintln!("{path}:{line}: {} {CYAN}({}){RESET}", sanitised(&rewrite.value.title), rewrite.transform.id);
        }
    }

    /// Prints the last line and gives the verdict.
    pub fn finish(self, only_looked: bool, exit_zero: bool) -> Verdict {
        let verb = if only_looked { "would change" } else { "changed" };
        if !self.quiet {
            let mut parts = vec![plural(self.files, "file"), format!("{} {verb}", self.changed)];
            if self.changed > 0 {
                parts.push(format!("+{} -{} lines", self.lines_added, self.lines_removed));
            }
            if self.skipped > 0 {
                parts.push(format!("{} skipped", self.skipped));
            }
            if self.failed > 0 {
                parts.push(format!("{} failed", self.failed));
            }
            parts.push(format!("{:.1} s", self.started.elapsed().as_secs_f64()));
            let _ = writeln!(stderr(), "{}", parts.join(" · "));
        }
        match (self.failed, self.changed) {
            (0, changed) if changed > 0 && only_looked && !exit_zero => Verdict::WouldChange,
            (0, _) => Verdict::Fine,
            _ => Verdict::Failed,
        }
    }
}

fn plural(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
