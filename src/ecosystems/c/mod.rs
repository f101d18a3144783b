//! Programs in C and C++.

mod code;
mod split;

use super::{Ecosystem, Made};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "C and C++",
    image: "",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::AsWritten,
    is_built: |cx, reference| reference.official().is_some_and(|name| FACTS.has("image", name)) && split::is_built(cx),
    kept: Kept::Nothing,
    split: |_, _| &split::SPLIT,
    slim: None,
    manifests: None,
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: code::is_code,
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};
