//! Everything outside the process: files, git and image registries.

pub mod files;
pub mod git;
pub mod registry;
