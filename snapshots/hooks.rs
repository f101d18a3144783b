//! The ways into hooks, pipelines and packages: each is gone as its users go it, by the tools they use, without a network.

#![cfg(unix)]

#[path = "hooks/action.rs"]
mod action;
#[path = "hooks/examples.rs"]
mod examples;
#[path = "hooks/generated.rs"]
mod generated;
#[path = "hooks/gitlab.rs"]
mod gitlab;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "cli/harness.rs"]
mod harness;
#[path = "hooks/image.rs"]
mod image;
mod material;
#[path = "hooks/pre_commit.rs"]
mod pre_commit;
#[path = "hooks/reports.rs"]
mod reports;
#[path = "hooks/tools.rs"]
mod tools;
#[path = "hooks/wheel.rs"]
mod wheel;
