//! What a Dockerfile builds: stages, the process each RUN starts, its commands, the package managers among them, and the layers that result.

mod build;
pub mod cleanups;
pub mod commands;
pub mod comments;
pub mod copies;
mod failure;
mod gain;
pub mod images;
pub mod later_use;
pub mod layers;
mod mounts;
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
mod values;
mod workdirs;

pub use build::Build;
pub use copies::{By, Copied, Origin, Source, SourceKind};
pub use gain::{Gain, gain};
pub use mounts::{Mount, MountKind};
pub use paths::{is_within, joined, rooted};
pub use placement::Placement;
pub use process::Shell;
pub use references::{Argument, ImageUse, Named, Place, Role};
pub use run::{Run, Script, Scripts};
pub use stages::{Base, STAGES_MAX, Stage};
pub use takers::Takers;
pub use values::{Value, is_written_out};
