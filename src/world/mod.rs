//! Everything outside the process: files, git, the clock, the stored catalogue, the lock file, registries.

pub mod catalogue;
pub mod clock;
pub mod files;
pub mod git;
pub mod lock;
pub mod registry;
