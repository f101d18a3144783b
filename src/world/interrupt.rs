//! Ctrl-C, and other requests to end: what runs is stopped, and what was made is taken away before the process ends.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody wants the process to end.
static WANTED: AtomicBool = AtomicBool::new(false);

/// From here on a request to end (SIGINT, SIGTERM, SIGHUP) is only noted; who waits for something looks at [`is_wanted`].
///
/// # Errors
/// If the system has no way to note it.
pub fn note() -> Result<(), String> {
    static NOTED: OnceLock<Result<(), String>> = OnceLock::new();
    NOTED
        .get_or_init(|| {
            ctrlc::set_handler(|| WANTED.store(true, Ordering::SeqCst))
                .map_err(|error| format!("could not listen for Ctrl-C: {error}"))
        })
        .clone()
}

/// Whether the process was asked to end.
#[must_use]
pub fn is_wanted() -> bool {
    WANTED.load(Ordering::SeqCst)
}
