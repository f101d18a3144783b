//! Programs in Ruby.

mod code;
mod manifests;
mod split;

use super::{Ecosystem, Made, runs};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "Ruby",
    image: "ruby",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::AsWritten,
    is_built: |cx, reference| reference.official() == Some("ruby") && runs(cx, FACTS, "package manager"),
    kept: Kept::AllButLost("ruby"),
    split: |_, _| &split::SPLIT,
    slim: None,
    manifests: Some(manifests::wants),
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: code::is_code,
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};
