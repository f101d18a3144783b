//! Programs in Go.

mod code;
mod manifests;
mod split;

use super::{Ecosystem, Made};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "Go",
    image: "golang",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::AsWritten,
    is_built: |_, reference| reference.official() == Some("golang"),
    kept: Kept::Nothing,
    split: |_, _| &split::SPLIT,
    slim: None,
    manifests: Some(manifests::wants),
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: |path| code::is_code(path) && path != "go.mod",
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};
