//! Everything outside the process: files, build contexts, git, the clock, the stored catalogue, the lock file, registries.

pub mod catalogue;
pub mod clock;
pub mod context;
pub mod files;
pub mod git;
pub mod lock;
pub mod registry;
