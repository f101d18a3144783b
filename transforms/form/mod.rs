//! How instructions are written.

mod maintainer_to_label;

super::phase!("form": maintainer_to_label);
