//! Images that nobody builds for their own repository.

use super::FACTS;

/// Whether the image `name` is of one of them.
pub(super) fn is_foreign(name: &str) -> bool {
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    FACTS.of("images of others").any(|start| name.starts_with(start))
}
