//! Everything outside the process: files and git.

pub mod files;
pub mod git;
pub mod lock;
