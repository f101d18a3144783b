//! What an image is built from apart from what it runs on: stages that build, and stages that are shipped.

mod go;
mod java;
mod node;
mod python;
mod skeleton;
mod split_build;

super::phase! { "stages":
    split_build,
}
