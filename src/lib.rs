//! Reads Dockerfiles and improves them by a chain of source-to-source transforms.

pub mod syntax;
pub mod text;
