//! Programs in PHP.

use super::{Ecosystem, Made, runs};
use crate::bases::around::Kept;
use crate::known::Table;
use crate::programs::{Language, Needs};

const FACTS: Table = Table::new(include_str!("facts.txt"));

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "PHP",
    image: "php",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::AsWritten,
    is_built: |cx, reference| reference.official() == Some("php") && runs(cx, FACTS, "package manager"),
    kept: Kept::AllButLost("python"),
    runtime: |sole, _, _| {
        let because = "the program needs PHP and its extensions as they are, and Composer is a small part of the image";
        Err((sole.from, because.to_owned()))
    },
    slim: None,
};

const LANGUAGE: Language = Language {
    is_code: |_| false,
    is_source: |_| false,
    names_files: true,
    needs: |_, _| Needs::default(),
    writes: |_| None,
};
