//! What image registries have under a name: digests, platforms and versions, asked for with as few requests as can be.
//!
//! [`Resolver`] is the door. Behind it: where to ask (`mirrors`), who asks (`credentials`, `auth`), how (`client`), what the answer
//! says (`manifest`), and what is known from before (`cache`). A file keeps the name that its author wrote; nothing here renames.

mod auth;
mod bulk;
mod cache;
mod client;
mod credentials;
mod environment;
mod error;
mod helper;
mod hosts;
mod manifest;
mod mirrors;
mod resolve;
mod version;
mod wire;

pub use environment::Environment;
pub use error::{Because, RegistryError};
pub use hosts::Hosts;
pub use manifest::Platform;
pub use resolve::{Image, Resolver, Settings, TIMEOUT_DEFAULT};
