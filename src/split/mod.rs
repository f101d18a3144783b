//! How one stage becomes two: what of a build is shipped, and on which image. A module an ecosystem, over one skeleton.

pub(crate) mod around;
pub(crate) mod c;
pub(crate) mod dotnet;
pub(crate) mod go;
pub(crate) mod gradle;
mod jars;
pub(crate) mod java;
pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod ruby;
pub(crate) mod rust;
mod site;
mod skeleton;

pub(crate) use skeleton::{Runtime, Sole};
