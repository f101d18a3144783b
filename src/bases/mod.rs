//! What base images are to a stage, by the catalogue and by what is known of them: the line that a tag means, images with less beside the same, users.

pub(crate) mod accounts;
pub(crate) mod around;
pub(crate) mod bare;
pub(crate) mod lines;
pub(crate) mod lost;
pub(crate) mod siblings;

use crate::known::{Table, table};

/// The command that installs packages of Debian in a layer of its own, with those that are recommended or without.
pub(crate) fn installed_by_apt(names: &str, is_generous: bool) -> String {
    let lean = if is_generous { "" } else { "--no-install-recommends " };
    format!("apt-get update && apt-get install -y {lean}{names} && rm -rf /var/lib/apt/lists/*")
}

/// What is known of base images as far as only they are concerned.
static FACTS: Table = table!("facts.txt");
