//! Registries are asked over real HTTP: servers of this process that answer as a test says, and the registries of the image lab.

#[path = "registry/asking.rs"]
mod asking;
#[path = "registry/lab.rs"]
mod lab;
#[path = "registry/logins.rs"]
mod logins;
mod material;
#[path = "registry/place.rs"]
mod place;
#[path = "registry/processes.rs"]
mod processes;
#[path = "registry/server.rs"]
mod server;
#[path = "registry/versions.rs"]
mod versions;
