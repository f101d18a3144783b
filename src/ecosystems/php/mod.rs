//! Programs in PHP, with packages that Composer brings.

mod code;
mod manifests;
mod split;

use super::{Ecosystem, Made, runs};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "PHP",
    image: "php",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::AsWritten,
    is_built: |cx, reference| reference.official() == Some("php") && runs(cx, FACTS, "package manager"),
    // The image that is shipped is the same without what Composer needs.
    kept: Kept::AllBut(&FACTS, "package of a build"),
    split: |_, _| &split::SPLIT,
    slim: None,
    manifests: Some(manifests::wants),
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: |path| path.ends_with(".php"),
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};
