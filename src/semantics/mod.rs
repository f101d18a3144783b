//! What a Dockerfile builds: stages, the process each RUN starts, its commands, the package managers among them, and the layers that result.

mod build;
pub mod cleanups;
pub mod commands;
pub mod comments;
mod failure;
mod gain;
pub mod images;
pub mod installs;
pub mod later_use;
pub mod layers;
pub mod packages;
mod paths;
mod placement;
mod process;
mod references;
mod run;
mod same;
mod scope;
mod scripts;
mod stages;
mod takers;

pub use build::Build;
pub use gain::{Gain, gain};
pub use paths::{is_within, joined};
pub use placement::Placement;
pub use process::Shell;
pub use references::{Argument, ImageUse, Named, Place, Role};
pub use run::{Mount, MountKind, Run, Script, Scripts};
pub use stages::{Base, STAGES_MAX, Stage};
pub use takers::Takers;
