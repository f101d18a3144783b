//! Programs for .NET.

mod code;
mod manifests;
mod split;

use super::{Ecosystem, Made};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: ".NET",
    image: "",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::Compiled,
    is_built: |_, reference| split::is_sdk(reference),
    kept: Kept::Shell(&["dotnet"]),
    split: |_, _| &split::SPLIT,
    slim: None,
    manifests: Some(manifests::wants),
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: code::is_source,
    names_files: false,
    needs: code::needs,
    writes: code::writes,
};
