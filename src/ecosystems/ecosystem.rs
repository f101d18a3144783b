//! What is told of an ecosystem: how its code is read, how its programs are built and started, and what of a build is shipped.

use std::fmt;

use super::Sole;
use super::manifests::Reader;
use super::split::Split;
use crate::bases::around::Kept;
use crate::known::Table;
use crate::programs::Language;
use crate::rewrite::{Context, Obstacles};
use crate::semantics::ImageUse;
use crate::semantics::commands::Command;
use crate::semantics::installs::Install;
use crate::syntax::ImageReference;

/// What programs are written in and built with.
pub(crate) struct Ecosystem {
    /// What people call it.
    pub name: &'static str,
    /// The official image that its programs are built on first of all.
    pub image: &'static str,
    pub facts: Table,
    pub language: &'static Language,
    pub made: Made,
    /// Whether the file builds a program on an image.
    pub is_built: fn(&Context<'_>, &ImageReference) -> bool,
    /// What the image that is shipped has of the programs of the one that builds.
    pub kept: Kept,
    /// How a build is split.
    pub split: fn(&Sole<'_>, &ImageReference) -> &'static Split,
    /// How its official image is exchanged for the small variant.
    pub slim: Option<Slim>,
    /// What its installs read before the code has to be there.
    pub manifests: Option<Reader>,
}

/// How what a container starts is made of the code that people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// It is that code, or is compiled of it where the file says so.
    AsWritten,
    /// A compiler makes it, here or somewhere else.
    Compiled,
    /// It is that code, or a bundle of it, as the name of its folder says.
    Bundled,
    /// It is that code, or a wheel of it.
    Packed,
}

/// Which image takes the place of the official one where less is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slim {
    /// Its small variant.
    Variant(Variant),
    /// Another one, by name, for a stage; `None` where it has nothing to leave out. Commands that are run in the stage are looked at elsewhere.
    Other(fn(&Context<'_>, usize, &ImageUse<'_>, &ImageReference) -> Result<Option<String>, Obstacles>),
}

/// What has to be known to take the small variant of an official image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    /// The packages of the distribution with what the small variant lacks and an install on the official image needs.
    pub installed: fn(&Context<'_>, &Command<'_>, &Install, &ImageReference) -> Result<Vec<String>, String>,
    /// What else the files at these paths may need of the larger image.
    pub files: fn(&Context<'_>, &[String]) -> Option<String>,
}

impl fmt::Debug for Ecosystem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Ecosystem {
    /// Whether an image is one that its programs are built or run on.
    #[cfg(test)]
    pub fn has_image(&self, reference: &ImageReference) -> bool {
        let in_full = format!("{}/{}", reference.registry, reference.repository);
        let name = reference.official().unwrap_or(&in_full);
        name == self.image || self.facts.has("image", name)
    }

    /// Whether `program` starts programs of it, by its name alone.
    pub fn is_started_by(&self, program: &str) -> bool {
        self.facts.has("starter", program) || self.is_served_by(program)
    }

    /// Whether `program` is a server that starts programs of it.
    pub fn is_served_by(&self, program: &str) -> bool {
        self.facts.has("server", program)
    }

    /// Whether `program` with `verb`, its first word that is no option, builds a program of it.
    pub fn is_built_by(&self, program: &str, verb: &str) -> bool {
        let installs = if verb.is_empty() { ("installer", program) } else { ("installing verb", verb) };
        let is_said = !self.facts.has("built by verb", program) || self.facts.has("building verb", verb);
        self.facts.has("builder", program) && !self.facts.has(installs.0, installs.1) && is_said
    }
}
