//! Everything outside the process: files, build contexts, git, the clock, the terminal, the stored catalogue, the lock file, registries, programs
//! and container engines.

pub mod catalogue;
pub mod clock;
pub mod context;
pub mod engine;
pub mod files;
pub mod git;
pub mod interrupt;
pub mod lock;
pub mod programs;
pub mod progress;
pub mod registry;
pub mod terminal;

use crate::known::{Table, table};

/// What is known of names of files, of git and of registries.
static FACTS: Table = table!("facts.txt");
