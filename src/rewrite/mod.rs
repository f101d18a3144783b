//! The engine: runs a chain of transforms over a text until nothing changes, checks every step, and names no transform.

mod chain;
mod check;
mod config;
mod facts;
mod outcome;
mod places;
pub mod scanners;
mod settle;
mod suppress;
mod transform;

pub use chain::{Accept, Chain, Diverged, PASSES_MAX, Proposal};
pub use config::{Config, ConfigError, Override};
pub use facts::{Answer, ExactTag, Facts, IgnoreFiles, Oracle, Question, Silent};
pub use outcome::{Outcome, Placed, Step, Unstable, companions_of};
pub use settle::{ROUNDS_MAX, Settling};
pub use transform::{
    Companion, Context, Declined, Effect, Findings, Merge, Obstacle, Obstacles, Options, Pin, Preserves, Rewrite,
    Transform,
};
