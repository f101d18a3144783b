//! Programs in Rust.

mod code;
mod split;

use super::{Ecosystem, Made};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "Rust",
    image: "rust",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::AsWritten,
    is_built: |_, reference| reference.official() == Some("rust"),
    kept: Kept::Nothing,
    split: |_, _| &split::SPLIT,
    slim: None,
    manifests: None,
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: |path| code::is_code(path) && path != "Cargo.toml",
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};
