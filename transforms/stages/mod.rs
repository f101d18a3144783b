//! What an image is built from apart from what it runs on: stages that build, and stages that are shipped.

mod drop_unused_stage;
mod split_build;

super::phase! { "stages":
    drop_unused_stage,
    split_build,
}
