//! Reads Dockerfiles and improves them by a chain of source-to-source transforms.
//!
//! The pure floors, from `text` up to `transforms`, touch nothing outside the process and are there without the feature `cli` too.

mod bases;
#[cfg(feature = "cli")]
mod bulk;
pub mod catalogue;
#[cfg(feature = "cli")]
pub mod cli;
mod ecosystems;
#[cfg(feature = "cli")]
mod examine;
#[cfg(feature = "cli")]
pub mod image;
mod known;
#[cfg(feature = "cli")]
mod lsp;
mod programs;
pub mod rewrite;
pub mod semantics;
pub mod surroundings;
pub mod syntax;
pub mod text;
#[cfg(test)]
mod tidy;
#[cfg(feature = "cli")]
pub mod verify;
#[cfg(feature = "cli")]
pub mod world;

#[path = "../transforms/mod.rs"]
pub mod transforms;
