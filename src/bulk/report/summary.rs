//! What all rows say together.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::Counts;
use super::super::row::Row;

/// Most different reasons that are told apart. What comes later counts as one.
const REASONS_MAX: usize = 2_000;

/// What reasons beyond that are called.
const OTHER: &str = "other reasons";

#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    pub repositories: u64,
    pub outcomes: Counts,
    pub files: u64,
    pub files_changed: u64,
    /// Dockerfiles that BuildKit would refuse, or with which something went wrong.
    pub files_failed: u64,
    pub lines_added: u64,
    pub lines_removed: u64,
    /// The bytes of all images that were built, before and after.
    pub image_bytes: Option<[u64; 2]>,
    pub images: u64,
    pub transforms: BTreeMap<String, Tally>,
    /// Places left alone, by reason without the names in it.
    pub declined: BTreeMap<String, Tally>,
    /// Repositories of which something was refused or failed, by reason without the names in it.
    pub failures: BTreeMap<String, u64>,
}

/// How often, and in how many repositories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    pub places: u64,
    pub repositories: u64,
}

impl Summary {
    pub fn add(&mut self, row: &Row) {
        self.repositories += 1;
        *self.outcomes.entry(row.outcome).or_default() += 1;
        self.files += row.files;
        self.files_changed += row.files_changed;
        self.files_failed += row.files_failed;
        self.lines_added += row.lines_added;
        self.lines_removed += row.lines_removed;
        if let Some(bytes) = row.image_bytes {
            let sum = self.image_bytes.get_or_insert_default();
            sum[0] += bytes[0];
            sum[1] += bytes[1];
            self.images += 1;
        }
        for (transform, places) in &row.changes {
            add(&mut self.transforms, transform.clone(), *places);
        }
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        for declined in &row.declined {
            *reasons.entry(without_names(&declined.because)).or_default() += declined.places;
        }
        for (reason, places) in reasons {
            let reason = known(&self.declined, reason);
            add(&mut self.declined, reason, places);
        }
        if let Some(because) = &row.because {
            let reason = known(&self.failures, without_names(because));
            *self.failures.entry(reason).or_default() += 1;
        }
    }
}

fn add(tallies: &mut BTreeMap<String, Tally>, name: String, places: u64) {
    let tally = tallies.entry(name).or_default();
    tally.places += places;
    tally.repositories += 1;
}

fn known<T>(reasons: &BTreeMap<String, T>, reason: String) -> String {
    if reasons.len() < REASONS_MAX || reasons.contains_key(&reason) { reason } else { OTHER.to_owned() }
}

/// The text with `…` for what stands in backticks, so that the same reason is the same text, cut where it is long.
fn without_names(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let text = if parts.len().is_multiple_of(2) {
        text.to_owned()
    } else {
        parts.iter().enumerate().map(|(index, part)| if index % 2 == 0 { part } else { "…" }).collect()
    };
    text.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_reason_is_the_same_text() {
        assert_eq!(without_names("`a` is read by `b`"), without_names("`c d` is read by `e`"));
        assert_eq!(without_names("one ` alone"), "one ` alone");
    }
}
