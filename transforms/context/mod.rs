//! What the build gets of its context.

mod copies;
mod git_traces;
mod write_dockerignore;

super::phase! { "context":
    write_dockerignore,
}
