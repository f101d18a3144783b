//! Programs in Java and the other languages of its machine.

use super::FACTS;
use crate::programs::{Needs, Source};

/// Code, and settings that a program goes by.
pub(super) fn is_code(path: &str) -> bool {
    is_source(path)
        || (path.contains("src/")
            && is_own(path)
            && FACTS.of("ending of settings").any(|ending| path.ends_with(ending)))
}

pub(super) fn is_source(path: &str) -> bool {
    is_own(path) && FACTS.of("ending of code").any(|ending| path.ends_with(ending))
}

/// Whether a file is not of tests, nor what a wrapper of a build tool is made of.
fn is_own(path: &str) -> bool {
    let path = format!("/{path}");
    !FACTS.of("folder of others").any(|folder| path.contains(&format!("/{folder}")))
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    Needs::by_signs(sources, FACTS)
}
