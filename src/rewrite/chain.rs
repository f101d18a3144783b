//! The chain: one transform after the other, again and again until nothing changes, every step checked.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use super::check;
use super::facts::Facts;
use super::outcome::{Outcome, Placed, Step, Unstable};
use super::places::PlaceMap;
use super::suppress::Suppressions;
use super::transform::{Context, Declined, Findings, Options, Preserves, Rewrite, Transform};
use crate::semantics::{Build, STAGES_MAX, Scripts};
use crate::syntax::Dockerfile;
use crate::text::{Edit, EditSet, TextRange};

/// How often the whole chain runs at most.
pub const PASSES_MAX: usize = 20;

/// Transforms in the order in which they run.
#[derive(Clone, Debug)]
pub struct Chain {
    pub transforms: Vec<&'static Transform>,
    pub options: Options,
}

/// A rewrite that would be applied to `file`.
pub struct Proposal<'a> {
    pub transform: &'static Transform,
    pub rewrite: &'a Rewrite,
    pub file: &'a Dockerfile,
    /// What it touches or is about, in the text that the chain was given.
    pub range: TextRange,
}

/// Decides whether a rewrite is applied.
pub type Accept<'a> = &'a mut dyn FnMut(&Proposal<'_>) -> bool;

/// The chain finds no end: transforms undo each other.
#[derive(Debug, thiserror::Error)]
#[error("no end after {PASSES_MAX} passes; still changing the text: {}", .transforms.join(", "))]
pub struct Diverged {
    pub transforms: Vec<&'static str>,
}

impl Chain {
    /// Whether one of its transforms asks registries.
    #[must_use]
    pub fn asks_registries(&self) -> bool {
        self.transforms.iter().any(|transform| (transform.asks_registries)(&self.options))
    }

    /// Runs the chain over `source`. A text that BuildKit refuses comes back as it is.
    ///
    /// # Errors
    /// [`Diverged`] if the chain finds no end.
    pub fn run(&self, source: &[u8], facts: &Facts) -> Result<Outcome, Diverged> {
        self.run_accepting(source, facts, &mut |_| true)
    }

    /// Runs the chain with only the rewrites that `accept` takes. It must give the same answer to the same proposal.
    ///
    /// # Errors
    /// [`Diverged`] if the chain finds no end.
    pub fn run_accepting(&self, source: &[u8], facts: &Facts, accept: Accept<'_>) -> Result<Outcome, Diverged> {
        self.run_again(&source.into(), facts, accept, &mut Memo::default())
    }

    /// Runs the chain. What `memo` has of an earlier run with fewer facts is not worked out again.
    pub(super) fn run_again(
        &self,
        source: &Arc<[u8]>,
        facts: &Facts,
        accept: Accept<'_>,
        memo: &mut Memo,
    ) -> Result<Outcome, Diverged> {
        let first = Text::of(Dockerfile::parse_shared(Arc::clone(source)));
        let mut outcome = Outcome::unchanged(source);
        if !first.file.problems().is_empty() {
            outcome.problems = first.file.problems().to_vec();
            return Ok(outcome);
        }
        let count = self.transforms.len();
        let (mut next, mut idle) = (0, 0);
        let mut switched_off = Vec::new();
        let mut texts = Texts { last: &first, scripts: &mut memo.scripts };
        let original = Build::reading(&first.file, texts.scripts, None);
        let mut changed_build: Option<Build<'_>> = None;
        while idle < count {
            if outcome.steps.len() >= PASSES_MAX * count {
                return Err(Diverged::of(&outcome.steps, count));
            }
            let build = changed_build.as_ref().unwrap_or(&original);
            let said = said_of(&mut memo.said, build.file, count);
            let changed = loop {
                let transform = self.transforms[next];
                let findings = self.findings(next, build, facts, said);
                next = (next + 1) % count;
                let changed =
                    Self::step(transform, build, findings, &mut outcome, &mut switched_off, accept, &mut texts);
                if changed.is_some() {
                    break changed;
                }
                idle += 1;
                if idle == count {
                    break None;
                }
            };
            if changed.is_some() {
                changed_build = changed;
                idle = 0;
                switched_off.clear();
            }
        }
        // Of what was left alone, what was said of the final text counts; but whoever decides about an image and left it alone is asked about the text that the
        // user wrote.
        let file = changed_build.as_ref().unwrap_or(&original).file;
        let decided =
            if changed_build.is_some() { self.decided(&original, &outcome, facts, memo, file) } else { Vec::new() };
        let said = said_of(&mut memo.said, file, count);
        let in_order = (next..count).chain(0..next).filter(|index| !decided.iter().any(|(other, _)| other == index));
        let in_order = in_order.map(|index| (self.transforms[index], said.findings(index)));
        outcome.declined = outcome.left_alone(in_order, &switched_off, file);
        let original = decided.into_iter().flat_map(|(index, declined)| {
            declined.into_iter().map(move |value| Placed {
                transform: self.transforms[index],
                range: value.range,
                value,
            })
        });
        outcome.declined.extend(original);
        outcome.join_companions();
        if let Some(last) = outcome.steps.last() {
            outcome.after = Arc::clone(&last.after);
        }
        Ok(outcome)
    }

    /// What those transforms leave alone that change an image on purpose and left it as it was, each by its index, where they speak of what others wrote in the
    /// final text: instead of that, what they say of the original.
    fn decided(
        &self,
        original: &Build<'_>,
        outcome: &Outcome,
        facts: &Facts,
        memo: &mut Memo,
        last: &Dockerfile,
    ) -> Vec<(usize, Vec<Declined>)> {
        let count = self.transforms.len();
        let is_left = |index: &usize| {
            let transform = self.transforms[*index];
            let has_fired = || outcome.rewrites().any(|placed| placed.transform.id == transform.id);
            transform.preserves == Preserves::Intent && !has_fired()
        };
        let edited = outcome.edited();
        // Sorted and apart, so that the last that starts before the end of a range is the one that may reach into it.
        let is_edited = |range: TextRange| {
            let last = edited.partition_point(|edited| edited.start() < range.end()).checked_sub(1);
            last.is_some_and(|last| range.start() < edited[last].end())
        };
        let is_ours =
            |left: &Declined| outcome.holds_written(left.range) || is_edited(outcome.original_range(left.range));
        let said = said_of(&mut memo.said, last, count);
        let of_us = |index: &usize| said.findings(*index).declined.iter().any(is_ours);
        let left: Vec<_> = (0..count).filter(is_left).filter(of_us).collect();
        let kept = |index: &usize| {
            let kept = said.findings(*index).declined.iter().filter(|left| !is_ours(left));
            let kept = kept.map(|left| Declined { range: outcome.original_range(left.range), ..left.clone() });
            (*index, kept.collect::<Vec<_>>())
        };
        let mut decided: Vec<_> = left.iter().map(kept).collect();
        let said = said_of(&mut memo.said, original.file, count);
        for (index, kept) in &mut decided {
            let Findings { rewrites, declined } = self.findings(*index, original, facts, said);
            // Who would have changed the original text is barred by what another did, and who speaks of what another has mended has no reason left.
            let is_open = |left: &&Declined| left.is_advice || !is_edited(left.range);
            let mut told: HashSet<_> = kept.iter().map(|left| left.because.clone()).collect();
            for left in declined.iter().filter(|_| rewrites.is_empty()).filter(is_open) {
                if told.insert(left.because.clone()) {
                    kept.push(left.clone());
                }
            }
        }
        decided.retain(|(_, kept)| !kept.is_empty());
        decided
    }

    /// What the transform at `index` finds, or found in the same text if it asked nothing then that nobody knew.
    fn findings<'s>(&self, index: usize, build: &Build<'_>, facts: &Facts, said: &'s mut Said) -> &'s Findings {
        if !said.is_certain[index] {
            let misses = facts.misses();
            let context = Context { file: build.file, build, facts, options: &self.options };
            let findings = too_many_stages(build).unwrap_or_else(|| (self.transforms[index].rewrite)(&context));
            said.learn(index, findings, facts.misses() == misses);
        }
        said.findings(index)
    }

    /// Lets one transform have its way with the file of `build`. What the changed file builds, if it changed anything.
    #[allow(clippy::too_many_arguments, reason = "one step needs all that the chain knows")]
    fn step<'t>(
        transform: &'static Transform,
        build: &Build<'_>,
        findings: &Findings,
        outcome: &mut Outcome,
        switched_off: &mut Vec<(&'static Transform, Declined)>,
        accept: Accept<'_>,
        texts: &mut Texts<'t, '_>,
    ) -> Option<Build<'t>> {
        let file = build.file;
        outcome.beside.retain(|other| other.transform.id != transform.id);
        if findings.rewrites.is_empty() {
            return None;
        }
        let suppressions = Suppressions::of(file);
        let mut edits = EditSet::default();
        let (mut taken, mut beside) = (Vec::new(), Vec::new());
        for rewrite in &findings.rewrites {
            let Some(range) = covered(rewrite).filter(|_| outcome.is_free(rewrite, transform)) else { continue };
            let touched = if rewrite.edits.is_empty() { &[Edit::delete(range)][..] } else { &rewrite.edits };
            if let Some(line) = suppressions.line_that_stops(transform, touched, file) {
                let because = format!("the comment on line {line} switches it off");
                switched_off.push((transform, Declined { range, because, is_advice: false }));
            } else if accept(&Proposal { transform, rewrite, file, range: outcome.original_range(range) })
                && edits.add(&rewrite.edits).is_ok()
            {
                if rewrite.edits.is_empty() {
                    let range = outcome.original_range(range);
                    beside.push(Placed { transform, range, value: rewrite.clone() });
                } else {
                    taken.push((range, rewrite));
                }
            }
        }
        outcome.beside.extend(beside);
        if taken.is_empty() {
            return None;
        }
        let after = file.edited(&edits);
        if after.source() == file.source() {
            return None;
        }
        let after = texts.read(after, build);
        if let Err(because) = check::step(transform, build, &edits, &after) {
            let title = taken.iter().map(|(_, rewrite)| rewrite.title.as_str()).collect::<Vec<_>>().join("; ");
            outcome.take_back(Unstable { transform, title, because });
            return None;
        }
        let rewrites = taken
            .into_iter()
            .map(|(range, rewrite)| Placed {
                transform,
                range: outcome.original_range(range),
                value: Rewrite::clone(rewrite),
            })
            .collect();
        let before = Arc::clone(outcome.steps.last().map_or(&outcome.before, |step| &step.after));
        let (text, places) = (after.file.shared_source(), PlaceMap::of(&edits));
        outcome.steps.push(Step { transform, rewrites, before, after: text, places });
        Some(after)
    }
}

/// What every transform says of a file with more than [`STAGES_MAX`] stages.
fn too_many_stages(build: &Build<'_>) -> Option<Findings> {
    let first_of_more = build.stages.get(STAGES_MAX)?;
    let mut findings = Findings::default();
    findings.decline(first_of_more.from.text_range(), format!("the file has more than {STAGES_MAX} stages"));
    Some(findings)
}

/// What the runs of a chain over one source have in common: the shell texts, and what transforms found.
#[derive(Default)]
pub(super) struct Memo {
    scripts: Scripts,
    /// For each text that there was.
    said: Vec<Said>,
}

/// What the transforms of a chain found in a text.
struct Said {
    text: Arc<[u8]>,
    /// By the index of the transform; those are missing that found nothing, as most do.
    found: Vec<(usize, Findings)>,
    /// For each transform, whether it would find the same again, since it is pure and asked nothing that nobody knew.
    is_certain: Box<[bool]>,
}

impl Said {
    fn findings(&self, index: usize) -> &Findings {
        static NOTHING: Findings = Findings { rewrites: Vec::new(), declined: Vec::new() };
        self.found.iter().find(|(known, _)| *known == index).map_or(&NOTHING, |(_, findings)| findings)
    }

    fn learn(&mut self, index: usize, findings: Findings, is_certain: bool) {
        self.is_certain[index] = is_certain;
        self.found.retain(|(known, _)| *known != index);
        if !findings.rewrites.is_empty() || !findings.declined.is_empty() {
            self.found.push((index, findings));
        }
    }
}

/// What `count` transforms said of the text of `file`. A run has few texts, so that they are compared, which is less work than to hash them.
fn said_of<'m>(said: &'m mut Vec<Said>, file: &Dockerfile, count: usize) -> &'m mut Said {
    let known = said.iter().position(|said| *said.text == *file.source());
    let index = known.unwrap_or_else(|| {
        let is_certain = vec![false; count].into();
        said.push(Said { text: file.shared_source(), found: Vec::new(), is_certain });
        said.len() - 1
    });
    &mut said[index]
}

/// A text of a run, and the one that was read after it.
struct Text {
    file: Dockerfile,
    next: OnceCell<Box<Text>>,
}

impl Text {
    fn of(file: Dockerfile) -> Self {
        Self { file, next: OnceCell::new() }
    }
}

/// The texts of a run: they stay, so that what a text builds is worked out once, for the check of the step and for the transforms behind it.
struct Texts<'t, 's> {
    last: &'t Text,
    scripts: &'s mut Scripts,
}

impl<'t> Texts<'t, '_> {
    /// Keeps `file`, and says what it builds, as far as possible by what `before` did.
    fn read(&mut self, file: Dockerfile, before: &Build<'_>) -> Build<'t> {
        self.last = self.last.next.get_or_init(|| Box::new(Text::of(file)));
        Build::reading(&self.last.file, self.scripts, Some(before))
    }
}

impl Diverged {
    fn of(steps: &[Step], recent: usize) -> Self {
        let mut transforms: Vec<_> = steps.iter().rev().take(recent).map(|step| step.transform.id).collect();
        transforms.sort_unstable();
        transforms.dedup();
        Self { transforms }
    }
}

/// From the first to the last byte that the rewrite touches, or what its companion is about.
fn covered(rewrite: &Rewrite) -> Option<TextRange> {
    let edits = rewrite.edits.iter().map(|edit| edit.range).reduce(TextRange::cover);
    edits.or_else(|| rewrite.companion.as_ref().map(|companion| companion.about))
}
