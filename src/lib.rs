//! Reads Dockerfiles and improves them by a chain of source-to-source transforms.

pub mod rewrite;
pub mod semantics;
pub mod syntax;
pub mod text;

#[path = "../transforms/mod.rs"]
pub mod transforms;
