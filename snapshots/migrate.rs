//! One chain over thousands of repositories: what is promised of `dockeropt migrate`, shown on farms of real ones.

#![cfg(unix)]

#[path = "migrate/branches.rs"]
mod branches;
#[path = "migrate/clones.rs"]
mod clones;
#[path = "migrate/farm.rs"]
mod farm;
#[path = "cli/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
#[path = "migrate/hostile.rs"]
mod hostile;
#[path = "migrate/lists.rs"]
mod lists;
mod material;
#[path = "migrate/page.rs"]
mod page;
#[path = "migrate/progress.rs"]
mod progress;
#[path = "migrate/refused.rs"]
mod refused;
#[path = "migrate/registries.rs"]
mod registries;
#[path = "migrate/requests.rs"]
mod requests;
#[path = "registry/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;
#[path = "migrate/thousand.rs"]
mod thousand;
#[path = "migrate/verified.rs"]
mod verified;
