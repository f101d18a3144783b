//! A progress bar for work that takes long enough to wonder about.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::{sanitised_path, tell};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// Counts work that is done, by many threads if need be, and shows it on standard error if that is a terminal.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: OnceLock<()>,
}

impl Progress {
    /// Expects `total` steps, each of them one `unit`, such as `files`.
    #[must_use]
    pub fn new(total: usize, unit: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        let template = format!("{{wide_bar}} {{pos}}/{{len}} {unit}, {{per_sec}}, {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self { bar, started: Instant::now(), shown: OnceLock::new() }
    }

    /// The same for work among other work that has a bar already: it is never shown.
    #[must_use]
    pub fn hidden(total: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        Self { bar, started: Instant::now(), shown: OnceLock::from(()) }
    }

    /// One step is done.
    pub fn advance(&self) {
        self.bar.inc(1);
        if self.started.elapsed() > PATIENCE {
            self.show();
        }
    }

    /// Does `work`, and shows the bar also if it takes long to its first step.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let (done, is_done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    self.show();
                }
            });
            let result = work();
            drop(done);
            result
        })
    }

    fn show(&self) {
        // The target draws nothing where standard error is no terminal.
        self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        self.bar.tick();
    }

    /// Prints with `print` while the bar is out of the way.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How often a line says how far the work is, where no bar does.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Most names of what is worked on that are shown beside the bar.
const NAMES_MAX: usize = 3;

/// How far work on thousands of things is: a bar with what is worked on and how often each outcome came; where there is no terminal, a line now and then.
pub struct Board {
    bar: ProgressBar,
    is_quiet: bool,
    state: Mutex<State>,
}

struct State {
    working: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
    started: Instant,
    told: Instant,
}

impl Board {
    /// Expects `total` repositories.
    #[must_use]
    pub fn new(total: usize, is_quiet: bool) -> Self {
        let target = if is_quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        let template = "{wide_bar} {pos}/{len} repositories, {per_sec}, {eta} left\n{wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let now = Instant::now();
        let state = State { working: Vec::new(), counts: BTreeMap::new(), started: now, told: now };
        Self { bar, is_quiet, state: Mutex::new(state) }
    }

    /// The thing called `name` is worked on.
    pub fn begin(&self, name: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.working.push(name.to_owned());
        self.show(&state);
    }

    /// It is done. `because` says what went wrong, and is told; other outcomes are told to those who want to hear it all.
    pub fn end(&self, name: &str, outcome: &'static str, because: Option<&str>, is_verbose: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = state.working.iter().position(|working| working == name) {
            state.working.remove(index);
        }
        *state.counts.entry(outcome).or_default() += 1;
        self.bar.inc(1);
        if because.is_some() || is_verbose {
            let because = because.map(|because| format!(": {because}")).unwrap_or_default();
            let line = sanitised_path(Path::new(&format!("{name}: {outcome}{because}")));
            self.bar.suspend(|| tell(&line));
        }
        if self.bar.is_hidden() && !self.is_quiet && state.told.elapsed() >= LINE_EVERY {
            state.told = Instant::now();
            tell(&state.line(self.bar.position(), self.bar.length().unwrap_or_default()));
        }
        self.show(&state);
    }

    fn show(&self, state: &State) {
        let names: Vec<&str> = state.working.iter().take(NAMES_MAX).map(String::as_str).collect();
        let more = if state.working.len() > NAMES_MAX { ", …" } else { "" };
        let line = format!("{} · {}{more}", state.outcomes(), names.join(", "));
        self.bar.set_message(sanitised_path(Path::new(&line)));
    }

    /// All is done, or nothing more will be.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl State {
    fn outcomes(&self) -> String {
        let counts: Vec<String> = self.counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        counts.join(" · ")
    }

    fn line(&self, done: u64, total: u64) -> String {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let rate = done as f64 / seconds;
        let left = (total.saturating_sub(done) as f64 / rate.max(0.001)) as u64;
        let left = format!("{}:{:02}:{:02}", left / 3600, left / 60 % 60, left % 60);
        format!("{done}/{total} repositories · {} · {rate:.1}/s · {left} left", self.outcomes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_threads_count_together_and_short_work_shows_nothing() {
        let progress = Progress::new(64, "files");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..16).for_each(|_| progress.advance()));
            }
        });
        assert_eq!(progress.bar.position(), 64);
        assert!(progress.bar.is_hidden());
    }
}
