//! The chain: one transform after the other, again and again until nothing changes, every step checked.

use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::check;
use super::facts::{Facts, Oracle};
use super::places::PlaceMap;
use super::suppress::Suppressions;
use super::transform::{Companion, Context, Declined, Findings, Options, Preserves, Rewrite, Transform};
use crate::semantics::{Build, STAGES_MAX, Scripts};
use crate::syntax::{Dockerfile, Problem};
use crate::text::{Edit, EditSet, TextRange};

/// How often the whole chain runs at most.
pub const PASSES_MAX: usize = 20;

/// How often the world is asked at most.
pub const ROUNDS_MAX: usize = 6;

/// Transforms in the order in which they run.
#[derive(Clone, Debug)]
pub struct Chain {
    pub transforms: Vec<&'static Transform>,
    pub options: Options,
}

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
    /// What the transforms left alone in the end.
    pub declined: Vec<Placed<Declined>>,
    /// Steps that were taken back because a check failed. Each is a fault of the transform.
    pub unstable: Vec<Unstable>,
}

/// The rewrites of one transform, applied together.
#[derive(Clone, Debug)]
pub struct Step {
    pub transform: &'static Transform,
    pub rewrites: Vec<Placed<Rewrite>>,
    /// Shared with the step before it.
    pub before: Arc<[u8]>,
    pub after: Arc<[u8]>,
    places: PlaceMap,
}

/// Something a transform said, and where in the original text it is about.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    pub transform: &'static Transform,
    /// In the text that the chain was given.
    pub range: TextRange,
    pub value: T,
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

/// A step that was taken back.
#[derive(Clone, Debug)]
pub struct Unstable {
    pub transform: &'static Transform,
    pub title: String,
    pub because: String,
}

/// The chain finds no end: transforms undo each other.
#[derive(Debug, thiserror::Error)]
#[error("no end after {PASSES_MAX} passes; still changing the text: {}", .transforms.join(", "))]
pub struct Diverged {
    pub transforms: Vec<&'static str>,
}

impl Chain {
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
    fn run_again(
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
        if let Some(last) = outcome.steps.last() {
            outcome.after = Arc::clone(&last.after);
        }
        Ok(outcome)
    }

    /// Runs the chain, asks `oracle` what it wanted to know, and runs it again, until nothing new is asked.
    ///
    /// # Errors
    /// [`Diverged`] if the chain finds no end.
    pub fn settle(&self, source: &[u8], facts: &mut Facts, oracle: &mut dyn Oracle) -> Result<Outcome, Diverged> {
        let source = &source.into();
        let mut memo = Memo::default();
        let mut outcome = self.run_again(source, facts, &mut |_| true, &mut memo)?;
        for _ in 1..ROUNDS_MAX {
            let questions = facts.take_questions();
            if questions.is_empty() {
                break;
            }
            let answers = oracle.answer(questions.clone());
            let open: Vec<_> = questions.into_iter().filter(|question| !answers.contains_key(question)).collect();
            if !facts.learn(answers) {
                facts.leave_open(open);
                break;
            }
            outcome = self.run_again(source, facts, &mut |_| true, &mut memo)?;
        }
        Ok(outcome)
    }

    /// What those transforms leave alone in the original text that change an image on purpose and left it as it was, each by its index.
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
        let said = said_of(&mut memo.said, last, count);
        let left: Vec<_> =
            (0..count).filter(is_left).filter(|index| !said.findings(*index).declined.is_empty()).collect();
        let said = said_of(&mut memo.said, original.file, count);
        let decided = left.into_iter().map(|index| (index, self.findings(index, original, facts, said).clone()));
        // Who would have changed the original text is barred by what another did.
        decided
            .filter(|(_, findings)| findings.rewrites.is_empty())
            .map(|(index, findings)| (index, findings.declined))
            .collect()
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
struct Memo {
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

impl Outcome {
    fn unchanged(source: &Arc<[u8]>) -> Self {
        let (before, after) = (Arc::clone(source), Arc::clone(source));
        let (problems, steps, beside) = (Vec::new(), Vec::new(), Vec::new());
        Self { before, after, problems, steps, beside, declined: Vec::new(), unstable: Vec::new() }
    }

    /// Every rewrite that was applied.
    pub fn rewrites(&self) -> impl Iterator<Item = &Placed<Rewrite>> {
        self.steps.iter().flat_map(|step| &step.rewrites).chain(&self.beside)
    }

    /// The other files that belong to the change, each once: what was said of it last.
    #[must_use]
    pub fn companions(&self) -> Vec<&Companion> {
        let all = self.rewrites().filter_map(|placed| placed.value.companion.as_ref());
        let by_path: BTreeMap<_, _> = all.map(|companion| (companion.path.as_str(), companion)).collect();
        by_path.into_values().collect()
    }

    /// What the transforms said that they left alone in `file`, the final text, and what a comment in it switched off.
    fn left_alone<'s>(
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

    /// Whether no other transform has its say about the companion of `rewrite`.
    fn is_free(&self, rewrite: &Rewrite, transform: &Transform) -> bool {
        let path = |rewrite: &Rewrite| rewrite.companion.as_ref().map(|companion| companion.path.clone());
        let Some(companion) = path(rewrite) else { return true };
        let is_same = |other: &Placed<Rewrite>| path(&other.value).as_ref() == Some(&companion);
        !self.rewrites().any(|other| is_same(other) && other.transform.id != transform.id)
    }

    /// Notes a step that failed its check; the same one fails again in every pass, and is noted once.
    fn take_back(&mut self, unstable: Unstable) {
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

    /// Whether all of `range` of the text after all steps so far was inserted by one of them.
    fn is_written(&self, range: TextRange) -> bool {
        let mut range = range;
        self.steps.iter().rev().any(|step| {
            let is_inserted = step.places.is_inserted(range);
            let (start, end) = (step.places.back(range.start(), false), step.places.back(range.end(), true));
            range = TextRange::new(start.min(end), start.max(end));
            is_inserted
        })
    }

    /// Where `range` of the text after all steps so far stands in the original.
    fn original_range(&self, range: TextRange) -> TextRange {
        let back =
            |offset, is_end| self.steps.iter().rev().fold(offset, |offset, step| step.places.back(offset, is_end));
        let (start, end) = (back(range.start(), false), back(range.end(), true));
        TextRange::new(start.min(end), start.max(end))
    }
}
