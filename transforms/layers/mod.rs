//! How commands are spread over layers.

mod merge_runs;

super::phase! { "layers":
    merge_runs,
}
