//! What came of comparing two images: each difference was promised by a transform, or breaks what was promised.

use std::collections::BTreeMap;

use crate::rewrite::Transform;

/// Broken promises that are told one by one; more are counted.
pub const VIOLATIONS_MAX: usize = 20;

#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What breaks a promise, as sentences without a full stop.
    pub violations: Vec<String>,
    /// How many more there are.
    pub further: usize,
    /// Whether some of them may be chance, which further builds of the same can tell.
    pub is_doubtful: bool,
    /// Changes that are as promised, and by which transform.
    pub expected: Vec<(&'static str, String)>,
    /// Files that changed as promised, by the folder that the promise is about.
    pub files: BTreeMap<Place, Files>,
    /// What builds of the same file do not agree in either.
    pub noise: usize,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

/// Where files changed, and because of which transform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub transform: &'static str,
    /// A folder that holds them all.
    pub folder: String,
}

/// Files that changed, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub gone: usize,
    pub gone_bytes: u64,
    pub new: usize,
    pub new_bytes: u64,
    pub changed: usize,
}

impl Judgement {
    pub fn is_kept(&self) -> bool {
        self.violations.is_empty()
    }

    pub(super) fn violate(&mut self, what: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(what);
        } else {
            self.further += 1;
        }
    }

    /// Adds a violation that may be chance.
    pub(super) fn doubt(&mut self, what: String) {
        self.violate(what);
        self.is_doubtful = true;
    }

    pub(super) fn expect(&mut self, transform: &'static Transform, what: String) {
        self.expected.push((transform.id, what));
    }
}
