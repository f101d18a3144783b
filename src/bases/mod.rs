//! What base images are to a stage, by the catalogue and by what is known of them: the line that a tag means, images with less beside the same, users.

pub(crate) mod accounts;
pub(crate) mod around;
pub(crate) mod bare;
pub(crate) mod lines;
pub(crate) mod lost;
pub(crate) mod siblings;

use crate::known::{Table, table};

/// What is known of base images as far as only they are concerned.
static FACTS: Table = table!("facts.txt");
