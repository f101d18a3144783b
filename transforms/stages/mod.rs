//! What an image is built from apart from what it runs on: stages that build, and stages that are shipped.

mod c;
mod dotnet;
mod drop_unused_stage;
mod go;
mod gradle;
mod java;
mod node;
mod python;
mod ruby;
mod rust;
mod site;
mod skeleton;
mod split_build;

super::phase! { "stages":
    drop_unused_stage,
    split_build,
}
