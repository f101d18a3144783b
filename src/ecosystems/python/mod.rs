//! Programs in Python.

mod asked;
mod code;
mod locks;
mod manifests;
mod opens;
mod requirement;
mod slim;
mod split;
mod types;

use super::{Ecosystem, Made, Slim, Variant};
use crate::bases::around::Kept;
use crate::known::{Table, table};
use crate::programs::Language;
use crate::rewrite::Context;

const FACTS: Table = table!("facts.txt");

pub(super) const ECOSYSTEM: Ecosystem = Ecosystem {
    name: "Python",
    image: "python",
    facts: FACTS,
    language: &LANGUAGE,
    made: Made::Packed,
    is_built: split::is_built,
    kept: Kept::AllButLost("python"),
    split: |_, _| &split::SPLIT,
    slim: Some(Slim::Variant(Variant { installed: slim::installed, files: files })),
    manifests: Some(manifests::wants),
};

/// What files of the build context may need of a larger image.
fn files(cx: &Context<'_>, paths: &[String]) -> Option<String> {
    crate::programs::files::native(paths).or_else(|| types::obstacle(cx, paths))
}

const LANGUAGE: Language = Language {
    is_code: code::is_code,
    is_source: code::is_code,
    names_files: true,
    needs: code::needs,
    writes: |_| None,
};
