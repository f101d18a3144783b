//! Programs in Java, built with Maven or Gradle.

mod code;
mod gradle;
mod jars;
mod manifests;
mod slim;
mod split;

use super::{Ecosystem, Made, Slim};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "Java",
    image: "eclipse-temurin",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::Compiled,
    is_built: split::is_built,
    kept: Kept::Shell(&["java"]),
    split: |sole, reference| match split::is_by_gradle(sole.cx, reference) {
        true => &gradle::SPLIT,
        false => &split::SPLIT,
    },
    slim: Some(Slim::Other(slim::smaller)),
    manifests: Some(manifests::wants),
};

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: code::is_source,
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};
