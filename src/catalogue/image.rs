//! One image of the catalogue: what is built of it today, what was, and until when.

use jiff::civil::Date;

use super::facts::Distribution;
use super::memo::Memo;
use super::tag;
use crate::text::sorted::lines_of;

/// An image of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Image<'c> {
    name: &'c str,
    /// All lines about it.
    pub(super) lines: &'c str,
    pub(super) memo: &'c Memo,
}

/// One image that is rebuilt when what it is built from changes, for Linux. All its tags mean the same.
#[derive(Clone, Copy, Debug)]
pub struct Build<'c> {
    pub(super) image: Image<'c>,
    /// The most precise of its tags.
    pub exact: &'c str,
    pub distribution: Option<Distribution<'c>>,
    /// As Docker's library calls them: `amd64`, `arm32v7`. Commas between.
    architectures: &'c str,
    /// Blanks between, `*` before those that stand for images of other systems too.
    others: &'c str,
}

/// Tags that are no longer built, dropped together as the same image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired<'c> {
    /// The most precise tag of the image that they last meant.
    pub exact: &'c str,
    /// When they were dropped: not rebuilt since.
    pub date: Date,
    /// Blanks between.
    tags: &'c str,
}

/// When a release cycle is no longer maintained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndOfLife {
    On(Date),
    /// It is over, nobody knows since when.
    Over,
    /// It is not, and no date is known.
    Open,
}

/// A release cycle of what an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cycle<'c> {
    pub name: &'c str,
    /// A date, `true` or `false`.
    end: &'c str,
    /// In lower case: `trixie`.
    pub code_name: Option<&'c str>,
}

impl<'c> Image<'c> {
    /// The image that all of `lines` are about.
    pub(super) fn of(lines: &'c str, memo: &'c Memo) -> Option<Self> {
        Some(Self { name: lines.split_once(' ')?.0, lines, memo })
    }

    #[must_use]
    pub fn name(self) -> &'c str {
        self.name
    }

    /// Whether it is or was an official image, and not a registry or a folder.
    #[must_use]
    pub fn is_official(self) -> bool {
        ["build", "retired", "removed"].iter().any(|kind| self.values(kind).next().is_some())
    }

    /// What is built of it today.
    pub fn builds(self) -> impl Iterator<Item = Build<'c>> {
        self.values("build").filter_map(move |value| self.build(value))
    }

    /// The build that `tag` means.
    #[must_use]
    pub fn build_of(self, tag: &str) -> Option<Build<'c>> {
        let is_of = |value| self.build(value).is_some_and(|build| build.tags().any(|other| other == tag));
        self.build(self.value_with("build", tag, is_of)?)
    }

    /// What is known of a floating tag that is no longer built.
    #[must_use]
    pub fn retired(self, tag: &str) -> Option<Retired<'c>> {
        let is_of = |value| retired(value).is_some_and(|retired| retired.tags().any(|other| other == tag));
        retired(self.value_with("retired", tag, is_of)?)
    }

    /// All floating tags that are no longer built, by the image that they last meant.
    pub fn all_retired(self) -> impl Iterator<Item = Retired<'c>> {
        self.values("retired").filter_map(retired)
    }

    /// When it ceased to be an official image.
    #[must_use]
    pub fn removed(self) -> Option<Date> {
        self.values("removed").next()?.parse().ok()
    }

    /// The end of life of a release cycle of what the image is for: of `3.14` of Python.
    #[must_use]
    pub fn end_of_life(self, cycle: &str) -> Option<EndOfLife> {
        match self.cycles().find(|known| known.name == cycle)?.end {
            "true" => Some(EndOfLife::Over),
            "false" => Some(EndOfLife::Open),
            date => date.parse().ok().map(EndOfLife::On),
        }
    }

    /// The release cycle that a tag belongs to, by its version or its code name.
    #[must_use]
    pub fn cycle_of(self, tag: &str) -> Option<&'c str> {
        let version = tag::version(self.name, tag);
        let is_of = |cycle: &Cycle<'_>| match version {
            Some(version) => tag::is_within(version, cycle.name),
            None => tag.split('-').any(|word| word == cycle.name || Some(word) == cycle.code_name),
        };
        self.cycles().filter(is_of).max_by_key(|cycle| cycle.name.len()).map(|cycle| cycle.name)
    }

    /// Words of its exact tags that tell one variant from another: `alpine`, `slim`; sorted.
    #[must_use]
    pub fn variants(self) -> Vec<&'c str> {
        let mut variants: Vec<_> = self
            .builds()
            .filter(|build| !tag::is_moving(build.exact))
            .flat_map(|build| tag::variants(self.name, build.exact))
            .collect();
        variants.sort_unstable();
        variants.dedup();
        variants
    }

    /// Names of environment variables in it that hold a version.
    pub fn version_variables(self) -> impl Iterator<Item = &'c str> {
        self.values("env")
    }

    pub(super) fn cycles(self) -> impl Iterator<Item = Cycle<'c>> {
        self.values("eol").filter_map(|value| {
            let mut words = value.split(' ');
            let (name, end, code_name) = (words.next()?, words.next()?, words.next());
            Some(Cycle { name, end, code_name })
        })
    }

    /// What stands behind image and kind in each line of this kind.
    pub(super) fn values(self, kind: &str) -> impl Iterator<Item = &'c str> {
        let start = self.name.len() + 1;
        let skip = start + kind.len() + 1;
        let lines = self.memo.find(self.lines, &[self.name, kind], |lines| Some(lines_of(lines, start, kind, b' ')));
        lines.unwrap_or_default().lines().map(move |line| &line[skip..])
    }

    /// The first value of this kind that holds `tag` and that `is_of` takes.
    fn value_with(self, kind: &str, tag: &str, is_of: impl Fn(&'c str) -> bool) -> Option<&'c str> {
        self.memo.find(self.lines, &[self.name, kind, tag], |_| {
            self.values(kind).find(|value| value.contains(tag) && is_of(value))
        })
    }

    fn build(self, value: &'c str) -> Option<Build<'c>> {
        let mut words = value.splitn(4, ' ');
        let (exact, distribution, architectures) = (words.next()?, words.next()?, words.next()?);
        let distribution = Distribution::of(distribution);
        Some(Build { image: self, exact, distribution, architectures, others: words.next().unwrap_or_default() })
    }
}

impl<'c> Build<'c> {
    /// All its tags, the exact one first.
    pub fn tags(self) -> impl Iterator<Item = &'c str> {
        let others = self.others.split_ascii_whitespace();
        std::iter::once(self.exact).chain(others.map(|tag| tag.strip_prefix('*').unwrap_or(tag)))
    }

    /// Whether the tag stands for images of other systems too, or of the same with other distributions.
    #[must_use]
    pub fn is_shared(self, tag: &str) -> bool {
        self.others.split_ascii_whitespace().any(|other| other.strip_prefix('*') == Some(tag))
    }

    /// The processors it is built for, as Docker's library calls them: `amd64`, `arm32v7`.
    pub fn architectures(self) -> impl Iterator<Item = &'c str> {
        self.architectures.split(',')
    }
}

impl<'c> Retired<'c> {
    /// The tags that were dropped on that day as this image.
    pub fn tags(self) -> impl Iterator<Item = &'c str> {
        self.tags.split(' ')
    }
}

fn retired(value: &str) -> Option<Retired<'_>> {
    let mut words = value.splitn(3, ' ');
    let (exact, date, tags) = (words.next()?, words.next()?, words.next()?);
    Some(Retired { exact, date: date.parse().ok()?, tags })
}
