//! What the build gets of its context.

mod write_dockerignore;

super::phase! { "context":
    write_dockerignore,
}
