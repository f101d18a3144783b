//! Everything outside the process: files, git, the clock, and the catalogue that is stored.

pub mod catalogue;
pub mod clock;
pub mod files;
pub mod git;
pub mod lock;
