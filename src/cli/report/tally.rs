//! Counts what came of the files, and tells about each as far as the user wants to hear.

use std::path::Path;
use std::time::Instant;

use super::super::Verdict;
use super::{CYAN, RESET, complain, plural, tell};
use crate::examine::Files;
use crate::examine::findings::{changes_of, troubles};
use crate::examine::{Examination, Examined, Rewritten};
use crate::rewrite::Outcome;
use crate::text::diff::lines_changed;
use crate::world::terminal::{sanitised, sanitised_path};

/// The counts so far.
pub(in crate::cli) struct Tally {
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
        let path = sanitised_path(&file.path);
        let troubles = troubles(file);
        self.failed += usize::from(!troubles.is_empty());
        for trouble in troubles {
            let line = trouble.line.map(|line| format!(":{line}")).unwrap_or_default();
            complain(&format!("{path}{line}: {}", trouble.message));
        }
        match &file.result {
            Examination::Rewritten(rewritten) => return Some(rewritten),
            Examination::Skipped { because } => {
                self.skipped += 1;
                if self.verbose {
                    tell(&format!("{path}: skipped: {}", sanitised(because)));
                }
            }
            Examination::Refused(_) | Examination::Failed { .. } | Examination::Unresolved(_) => {}
        }
        None
    }

    pub fn failed(&mut self, path: &Path, because: &str) {
        self.failed += 1;
        complain(&format!("{}: {because}", sanitised_path(path)));
    }

    pub fn unchanged(&self, file: &Examined) {
        if self.verbose {
            tell(&format!("{}: nothing to do", sanitised_path(&file.path)));
        }
    }

    pub fn changed(&mut self, file: &Examined, outcome: &Outcome) {
        self.changed += 1;
        let beside = outcome.companions();
        let beside = beside.iter().map(|companion| (companion.before.as_deref(), companion.after.as_slice()));
        for (before, after) in beside.chain([(Some(&*outcome.before), &*outcome.after)]) {
            let lines = lines_changed(before.unwrap_or_default(), after);
            self.lines_added += lines.added;
            self.lines_removed += lines.removed;
        }
        if !self.tells_changes {
            return;
        }
        let path = sanitised_path(&file.path);
        for change in changes_of(file, outcome) {
            let line = change.start.line;
            tell(&format!("{path}:{line}: {} {CYAN}({}){RESET}", sanitised(change.message), change.transform.id));
        }
    }

    /// Prints the last line and gives the verdict.
    pub fn finish(self, only_looked: bool, exit_zero: bool) -> Verdict {
        let verb = if only_looked { "would change" } else { "changed" };
        if !self.quiet {
            let files = if self.files == 0 { "no Dockerfile found".to_owned() } else { plural(self.files, "file") };
            let mut parts = vec![files, format!("{} {verb}", self.changed)];
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
            tell(&parts.join(" · "));
        }
        match (self.failed, self.changed) {
            (0, changed) if changed > 0 && only_looked && !exit_zero => Verdict::WouldChange,
            (0, _) => Verdict::Fine,
            _ => Verdict::Failed,
        }
    }
}
