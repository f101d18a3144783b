//! A progress bar for work that takes long enough to wonder about.

use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
