//! How commands are spread over layers.

mod merge_installs;
mod merge_runs;

super::phase! { "layers":
    merge_installs,
    merge_runs,
}
