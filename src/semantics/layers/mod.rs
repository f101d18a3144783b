//! When RUNs can be one, so that the same commands see the same state, and the edit that makes them one.

mod container;
mod edit;
mod form;
mod programs;
mod shell_state;

use super::build::Build;
use super::run::{Run, Script};
use crate::text::TextRange;
pub(super) use container::Leavings;
pub use edit::Joint;
use form::Form;

/// Longest script that is put together, in bytes: as much as is still read as shell text. Linux hands a process single arguments of less than 128 KiB
/// (`MAX_ARG_STRLEN`).
const SCRIPT_BYTES_MAX: usize = 64 * 1024 - 1024;

/// Why two RUNs must stay apart, with the place of it in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub range: TextRange,
    pub because: String,
}

impl Obstacle {
    fn new(range: TextRange, because: impl Into<String>) -> Self {
        Self { range, because: because.into() }
    }
}

/// How `second` can be joined to its neighbours `before`, which are joined already.
///
/// Sound for every hazard of running two scripts in one shell: what the first one leaves behind in the shell or in the container, how failures
/// travel, what the text of one does to the other.
///
/// # Errors
/// The first [`Obstacle`].
pub fn joined<'r>(build: &'r Build<'_>, before: &[&'r Run<'_>], second: &'r Run<'_>) -> Result<Joint<'r>, Obstacle> {
    let Some(first) = before.last() else {
        return Err(Obstacle::new(second.instruction.range, "no RUN stands before it"));
    };
    let second_script = readable(second)?;
    let mut script_bytes = second_script.text.bytes().len();
    let mut form = None;
    for (index, earlier) in before.iter().enumerate() {
        let script = readable(earlier)?;
        container::same_for_both(build, earlier, second)?;
        let (this, chain) = form::of(earlier, script, second, second_script)?;
        shell_state::stays_as_new(earlier, script, &this, chain)?;
        if index == 0 {
            shell_state::is_not_read(second)?;
        }
        // The others have been the first of two when they were joined.
        if index + 1 == before.len() {
            container::stays_as_new(build, earlier, script)?;
        }
        script_bytes += script.text.bytes().len();
        form = Some(this);
    }
    programs::stay_the_same(before, second)?;
    if script_bytes > SCRIPT_BYTES_MAX {
        return Err(Obstacle::new(second.instruction.range, "the script would be too long"));
    }
    edit::join(build.file, (before, first), (second, second_script), form.unwrap_or(Form::Chain))
}

fn readable<'r>(run: &'r Run<'_>) -> Result<&'r Script, Obstacle> {
    let range = run.instruction.range;
    let script = run.script.as_ref().map_err(|because| Obstacle::new(range, because.clone()))?;
    if !run.instruction.heredocs.is_empty() {
        return Err(Obstacle::new(range, "it has a heredoc"));
    }
    if let Some(comment) = script.tree().comments.first() {
        return Err(Obstacle::new(script.text.source_range(*comment), "the shell comment would swallow what follows"));
    }
    if script.text.bytes().ends_with(b"\\") {
        return Err(Obstacle::new(range, "the backslash at its end would reach what follows"));
    }
    if script.tree().body.items.is_empty() {
        return Err(Obstacle::new(range, "it is empty"));
    }
    Ok(script)
}
