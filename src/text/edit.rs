//! Edits of byte ranges, and sets of them that can be applied in one go.

use super::TextRange;

/// Replaces the bytes of `range` by `text`. An empty range inserts, an empty text deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub range: TextRange,
    pub text: Vec<u8>,
}

impl Edit {
    pub fn insert(offset: usize, text: impl Into<Vec<u8>>) -> Self {
        Self { range: TextRange::empty(offset), text: text.into() }
    }

    pub fn replace(range: TextRange, text: impl Into<Vec<u8>>) -> Self {
        Self { range, text: text.into() }
    }

    #[must_use]
    pub fn delete(range: TextRange) -> Self {
        Self { range, text: Vec::new() }
    }
}

/// Edits of one text that do not touch each other.
///
/// Invariant: sorted by range, and disjoint. Two insertions at the same offset count as touching, since their order would be a guess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditSet {
    edits: Vec<Edit>,
}

/// An edit was refused because it touches one that is already in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the edit of bytes {}..{} overlaps another", .0.start(), .0.end())]
pub struct Overlap(pub TextRange);

impl EditSet {
    /// Adds all of `edits`, or none of them.
    ///
    /// # Errors
    /// [`Overlap`] if one of them touches another or one that is here already.
    pub fn add(&mut self, edits: &[Edit]) -> Result<(), Overlap> {
        let mut new: Vec<&Edit> = edits.iter().collect();
        new.sort_by_key(|edit| edit.range);
        if let Some(pair) = new.windows(2).find(|pair| touches(pair[0].range, pair[1].range)) {
            return Err(Overlap(pair[1].range));
        }
        for edit in &new {
            let place = self.place_of(edit.range);
            let neighbours = &self.edits[place.saturating_sub(1)..(place + 1).min(self.edits.len())];
            if neighbours.iter().any(|other| touches(edit.range.min(other.range), edit.range.max(other.range))) {
                return Err(Overlap(edit.range));
            }
        }
        for edit in new {
            self.edits.insert(self.place_of(edit.range), edit.clone());
        }
        Ok(())
    }

    fn place_of(&self, range: TextRange) -> usize {
        self.edits.partition_point(|other| other.range < range)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The edits in the order of the text.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// `source` with every edit carried out; all bytes outside the edited ranges are kept.
    #[must_use]
    pub fn apply(&self, source: &[u8]) -> Vec<u8> {
        let added: usize = self.edits.iter().map(|edit| edit.text.len()).sum();
        let mut result = Vec::with_capacity(source.len() + added);
        let mut kept_to = 0;
        for edit in &self.edits {
            result.extend_from_slice(&source[kept_to..edit.range.start()]);
            result.extend_from_slice(&edit.text);
            kept_to = edit.range.end();
        }
        result.extend_from_slice(&source[kept_to..]);
        result
    }
}

fn touches(first: TextRange, second: TextRange) -> bool {
    first.end() > second.start() || (first == second && first.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(edits: &[Edit]) -> Result<EditSet, Overlap> {
        let mut set = EditSet::default();
        set.add(edits).map(|()| set)
    }

    #[test]
    fn edits_apply_in_the_order_of_the_text() {
        let edits = [Edit::insert(3, "!"), Edit::replace(TextRange::new(0, 1), "J")];
        assert_eq!(set(&edits).unwrap().apply(b"hi you"), b"Ji !you");
    }

    #[test]
    fn overlapping_edits_are_refused_and_nothing_is_added() {
        let mut edits = set(&[Edit::delete(TextRange::new(2, 4))]).unwrap();
        let before = edits.clone();
        let refused = edits.add(&[Edit::insert(0, "x"), Edit::insert(3, "y")]);
        assert_eq!(refused, Err(Overlap(TextRange::empty(3))));
        assert_eq!(edits, before);
    }

    #[test]
    fn two_insertions_at_one_place_are_refused() {
        assert!(set(&[Edit::insert(1, "a"), Edit::insert(1, "b")]).is_err());
    }
}
