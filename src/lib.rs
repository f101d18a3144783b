//! Reads Dockerfiles and improves them by a chain of source-to-source transforms.

pub mod text;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod world;
