//! A progress bar for work that takes long enough to wonder about.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

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
        set_style(&bar, &format!("{{wide_bar}} {{pos}}/{{len}} {unit}{{pace}}"));
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

/// How often the bar is drawn anew while nothing ends.
const TICK: Duration = Duration::from_millis(500);

/// Most names of what is worked on that are shown beside the bar.
const NAMES_MAX: usize = 3;

/// How much the user wants to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Only what went wrong.
    Errors,
    /// Also how far the work is.
    Progress,
    /// Also what came of each thing.
    Everything,
}

/// How far work on thousands of things is: a bar with what is worked on and how often each outcome came; where there is no terminal, a line now and then.
pub struct Board {
    bar: ProgressBar,
    voice: Voice,
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
    pub fn new(total: usize, voice: Voice) -> Self {
        let target = if voice == Voice::Errors { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        set_style(&bar, "{wide_bar} {pos}/{len} repositories{pace}\n{wide_msg}");
        let now = Instant::now();
        let state = State { working: Vec::new(), counts: BTreeMap::new(), started: now, told: now };
        Self { bar, voice, state: Mutex::new(state) }
    }

    /// Does `work`, and shows all the while how far it is.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let (done, is_done) = mpsc::channel::<()>();
        let result = thread::scope(|scope| {
            scope.spawn(move || {
                while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    self.tick();
                }
            });
            let result = work();
            drop(done);
            result
        });
        self.bar.finish_and_clear();
        result
    }

    /// The thing called `name` is worked on.
    pub fn begin(&self, name: &str) {
        let mut state = self.state();
        state.working.push(name.to_owned());
        self.show(&state);
    }

    /// It is done. `because` says what went wrong, and is told; outcomes without one are told to those who want to hear everything.
    pub fn end(&self, name: &str, outcome: &'static str, because: Option<&str>) {
        let mut state = self.state();
        if let Some(index) = state.working.iter().position(|working| working == name) {
            state.working.remove(index);
        }
        *state.counts.entry(outcome).or_default() += 1;
        self.bar.inc(1);
        if because.is_some() || self.voice == Voice::Everything {
            let because = because.map(|because| format!(": {because}")).unwrap_or_default();
            let line = sanitised_path(Path::new(&format!("{name}: {outcome}{because}")));
            self.bar.suspend(|| tell(&line));
        }
        self.show(&state);
    }

    fn tick(&self) {
        let mut state = self.state();
        if !self.bar.is_hidden() {
            self.bar.tick();
        } else if self.voice != Voice::Errors && state.told.elapsed() >= LINE_EVERY {
            state.told = Instant::now();
            let line = state.line(self.bar.position(), self.bar.length().unwrap_or_default());
            tell(&sanitised_path(Path::new(&line)));
        }
    }

    fn show(&self, state: &State) {
        let line: Vec<String> = state.outcomes().chain(state.names()).collect();
        self.bar.set_message(sanitised_path(Path::new(&line.join(" · "))));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn outcomes(&self) -> impl Iterator<Item = String> {
        self.counts.iter().map(|(outcome, count)| format!("{count} {outcome}"))
    }

    /// What is worked on, if anything is.
    fn names(&self) -> Option<String> {
        let names: Vec<&str> = self.working.iter().take(NAMES_MAX).map(String::as_str).collect();
        let more = if self.working.len() > NAMES_MAX { ", …" } else { "" };
        (!names.is_empty()).then(|| format!("now {}{more}", names.join(", ")))
    }

    fn line(&self, done: u64, total: u64) -> String {
        let mut parts = vec![format!("{done}/{total} repositories")];
        parts.extend(self.outcomes());
        if done > 0 {
            let per_second = done as f64 / self.started.elapsed().as_secs_f64().max(0.001);
            let left = Duration::from_secs_f64(total.saturating_sub(done) as f64 / per_second);
            parts.push(rate(per_second));
            parts.push(format!("{:#} left", HumanDuration(left)));
        }
        parts.extend(self.names());
        parts.join(" · ")
    }
}

/// Gives the bar its form. `{pace}` says how fast the work goes and how long it will take, once that is known.
fn set_style(bar: &ProgressBar, template: &str) {
    let pace = |state: &ProgressState, out: &mut dyn fmt::Write| {
        if state.pos() > 0 {
            let _ = write!(out, ", {}, {:#} left", rate(state.per_sec()), HumanDuration(state.eta()));
        }
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key("pace", pace));
    }
}

/// How fast work goes, in digits that mean something.
fn rate(per_second: f64) -> String {
    if per_second >= 10.0 {
        format!("{per_second:.0}/s")
    } else if per_second >= 1.0 {
        format!("{per_second:.1}/s")
    } else {
        format!("{:.1}/min", per_second * 60.0)
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

    #[test]
    fn a_rate_is_read_at_a_glance() {
        let rates = [3873.3948, 12.04, 4.26, 0.0534].map(rate);
        assert_eq!(rates, ["3873/s", "12/s", "4.3/s", "3.2/min"]);
    }

    #[test]
    fn a_line_says_what_is_known_so_far() {
        let board = Board::new(4, Voice::Errors);
        board.begin("a");
        let line = |done| board.state().line(done, 4);
        assert_eq!(line(0), "0/4 repositories · now a");
        board.end("a", "changed", None);
        let line = line(1);
        assert!(line.starts_with("1/4 repositories · 1 changed · ") && line.ends_with(" left"), "{line}");
    }
}
