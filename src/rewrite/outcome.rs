//! What came of a chain: the text before and after, every step, and what was left alone, each with its place in the original text.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::facts::Question;
use super::places::PlaceMap;
use super::suppress::Suppressions;
use super::transform::{Companion, Declined, Findings, Rewrite, Transform};
use crate::syntax::{Dockerfile, Problem};
use crate::text::{Edit, TextRange};

/// What a chain made of a text.
#[derive(Debug)]
pub struct Outcome {
    /// Shared with the first step, as `after` is with the last: thousands of outcomes may wait to be printed.
    pub before: Arc<[u8]>,
    pub after: Arc<[u8]>,
    /// Why BuildKit refuses the text, if it does.
    pub problems: Vec<Problem>,
    /// Every change, in order. Empty if the text stays as it is.
    pub steps: Vec<Step>,
    /// Changes of other files alone, for the text as it is in the end.
    pub beside: Vec<Placed<Rewrite>>,
    /// The other files that belong to the change, as they are in the end.
    pub(super) companions: Vec<Companion>,
    /// What the transforms left alone in the end.
    pub declined: Vec<Placed<Declined>>,
    /// Steps that were taken back because a check failed. Each is a fault of the transform.
    pub unstable: Vec<Unstable>,
    /// What the chain still wanted to know when it was run anew as often as it may be.
    pub unanswered: BTreeSet<Question>,
}

/// The rewrites of one transform, applied together.
#[derive(Clone, Debug)]
pub struct Step {
    pub transform: &'static Transform,
    pub rewrites: Vec<Placed<Rewrite>>,
    /// Shared with the step before it.
    pub before: Arc<[u8]>,
    pub after: Arc<[u8]>,
    pub(super) places: PlaceMap,
}

/// Something a transform said, and where in the original text it is about.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    pub transform: &'static Transform,
    /// In the text that the chain was given.
    pub range: TextRange,
    pub value: T,
}

/// A step that was taken back.
#[derive(Clone, Debug)]
pub struct Unstable {
    pub transform: &'static Transform,
    pub title: String,
    pub because: String,
}

/// What `rewrites` say of other files: of each once, all together, or else what was said last.
pub fn companions_of<'o>(rewrites: impl Iterator<Item = &'o Placed<Rewrite>>) -> Vec<Companion> {
    let mut by_path: BTreeMap<String, Companion> = BTreeMap::new();
    for companion in rewrites.filter_map(|placed| placed.value.companion.as_ref()) {
        let joined = by_path.get(&companion.path).and_then(|other| other.with(companion));
        by_path.insert(companion.path.clone(), joined.unwrap_or_else(|| companion.clone()));
    }
    by_path.into_values().collect()
}

impl Outcome {
    /// That nothing has become of `source`.
    #[must_use]
    pub fn unchanged(source: &Arc<[u8]>) -> Self {
        let (before, after) = (Arc::clone(source), Arc::clone(source));
        let (problems, steps, beside) = (Vec::new(), Vec::new(), Vec::new());
        let (declined, unstable, unanswered, companions) = (Vec::new(), Vec::new(), BTreeSet::new(), Vec::new());
        Self { before, after, problems, steps, beside, companions, declined, unstable, unanswered }
    }

    /// Every rewrite that was applied.
    pub fn rewrites(&self) -> impl Iterator<Item = &Placed<Rewrite>> {
        self.steps.iter().flat_map(|step| &step.rewrites).chain(&self.beside)
    }

    /// The other files that belong to the change, each once.
    #[must_use]
    pub fn companions(&self) -> Vec<&Companion> {
        self.companions.iter().collect()
    }

    /// Puts together what was said of each of the other files.
    pub(super) fn join_companions(&mut self) {
        self.companions = companions_of(self.rewrites());
    }

    /// What the transforms said that they left alone in `file`, the final text, and what a comment in it switched off.
    pub(super) fn left_alone<'s>(
        &self,
        said: impl Iterator<Item = (&'static Transform, &'s Findings)>,
        switched_off: &[(&'static Transform, Declined)],
        file: &Dockerfile,
    ) -> Vec<Placed<Declined>> {
        let suppressions = LazyCell::new(|| Suppressions::of(file));
        let is_wanted = |transform: &Transform, left: &Declined| {
            !left.is_advice || suppressions.line_that_stops(transform, &[Edit::delete(left.range)], file).is_none()
        };
        let mut all = Vec::new();
        for (transform, findings) in said {
            let left = findings.declined.iter().filter(|left| is_wanted(transform, left));
            let stopped = switched_off.iter().filter(|(other, _)| other.id == transform.id).map(|(_, left)| left);
            // A place between two others can be declined on both sides for the same reason, which is said once.
            let mut once = BTreeSet::new();
            let is_alone = findings.declined.len() + switched_off.len() < 2;
            let is_the_users = |left: &&Declined| left.is_advice || !self.is_written(left.range);
            let left = left.filter(is_the_users);
            for left in left.chain(stopped).filter(|left| is_alone || once.insert((left.range, &left.because))) {
                all.push(Placed { transform, range: self.original_range(left.range), value: left.clone() });
            }
        }
        all
    }

    /// Whether what another transform says of the companion of `rewrite` goes together with it.
    pub(super) fn is_free(&self, rewrite: &Rewrite, transform: &Transform) -> bool {
        let Some(companion) = &rewrite.companion else { return true };
        let others = self.rewrites().filter(|other| other.transform.id != transform.id);
        let mut others = others.filter_map(|other| other.value.companion.as_ref());
        others.all(|other| other.path != companion.path || companion.with(other).is_some())
    }

    /// Notes a step that failed its check; the same one fails again in every pass, and is noted once.
    pub(super) fn take_back(&mut self, unstable: Unstable) {
        let known = |other: &Unstable| other.transform.id == unstable.transform.id && other.because == unstable.because;
        if !self.unstable.iter().any(known) {
            self.unstable.push(unstable);
        }
    }

    /// Whether the text, or a file beside it, is to be another.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.before != self.after || !self.companions().is_empty()
    }

    /// What of the original text was replaced: sorted, and apart from each other.
    pub(super) fn edited(&self) -> Vec<TextRange> {
        let replaced = |(index, step): (usize, &Step)| {
            let before = &self.steps[..index];
            step.places.replaced().map(|replaced| back_through(before, replaced)).collect::<Vec<_>>()
        };
        let mut edited: Vec<_> = self.steps.iter().enumerate().flat_map(replaced).collect();
        edited.sort_unstable();
        edited.dedup_by(|next, last| {
            let overlaps = next.start() < last.end();
            if overlaps {
                *last = last.cover(*next);
            }
            overlaps
        });
        edited
    }

    /// Whether all of `range` of the text after all steps so far was inserted by one of them.
    pub(super) fn is_written(&self, range: TextRange) -> bool {
        self.some_step(range, PlaceMap::is_inserted)
    }

    /// Whether one of the steps so far inserted something in `range` of the text after all of them.
    pub(super) fn holds_written(&self, range: TextRange) -> bool {
        self.some_step(range, PlaceMap::holds_inserted)
    }

    /// Whether `is_so` of a step and of where `range` of the text after all steps so far stood after that one.
    fn some_step(&self, range: TextRange, is_so: fn(&PlaceMap, TextRange) -> bool) -> bool {
        let mut range = range;
        self.steps.iter().rev().any(|step| {
            let found = is_so(&step.places, range);
            range = back_through(std::slice::from_ref(step), range);
            found
        })
    }

    /// Where `range` of the text after all steps so far stands in the original.
    pub(super) fn original_range(&self, range: TextRange) -> TextRange {
        back_through(&self.steps, range)
    }
}

/// Where `range` of the text after `steps` stood before them.
fn back_through(steps: &[Step], range: TextRange) -> TextRange {
    let back = |offset, is_end| steps.iter().rev().fold(offset, |offset, step| step.places.back(offset, is_end));
    let (start, end) = (back(range.start(), false), back(range.end(), true));
    TextRange::new(start.min(end), start.max(end))
}
