//! Commands that only empty caches: they need nothing from each other, so that they have an order of their own.

use crate::known::SIGNS;

/// Whether `command`, as written, maybe with `sudo` in front, only empties a cache.
#[must_use]
pub fn is_cleanup(command: &str) -> bool {
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    const { SIGNS.expect("start of a command that only empties a cache") }.start(command).is_some()
        && !command.contains(['|', ';', '&', '>'])
}
