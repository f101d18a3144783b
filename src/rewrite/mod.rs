//! The engine: runs a chain of transforms over a text until nothing changes, checks every step, and names no transform.

mod chain;
mod check;
mod config;
mod facts;
mod places;
pub mod scanners;
mod suppress;
mod transform;

pub use chain::{Accept, Chain, Diverged, Outcome, PASSES_MAX, Placed, Proposal, ROUNDS_MAX, Step, Unstable};
pub use config::{Config, ConfigError, Override};
pub use facts::{Answer, ExactTag, Facts, IgnoreFiles, Oracle, Question, Silent};
pub use transform::{
    Companion, Context, Declined, Effect, Findings, Merge, Obstacle, Obstacles, Options, Pin, Preserves, Rewrite,
    Transform,
};
