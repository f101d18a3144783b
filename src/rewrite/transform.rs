//! What a transform is: a value with a name, a promise, a page, and a function from context to findings.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::facts::{Answer, Facts, Question};
use crate::semantics::Build;
use crate::surroundings::Surroundings;
use crate::syntax::{Dockerfile, Keyword};
use crate::text::{Edit, TextRange};

/// A source-to-source transform. It is pure: the same context gives the same findings.
pub struct Transform {
    /// Its name on the command line and in configuration: the file name, with dashes.
    pub id: &'static str,
    pub preserves: Preserves,
    /// Never run unless selected by name.
    pub opt_in: bool,
    /// Its page, Markdown: what `explain` prints, and the test of the transform.
    pub page: &'static str,
    /// Rules of hadolint and BuildKit that say the same. Who has switched one of them off at a place, has switched this off too.
    pub rules: &'static [&'static str],
    /// Instructions of the final stage whose meaning it changes on purpose.
    pub owns: &'static [Keyword],
    /// What of the built image it changes on purpose. Everything else stays as its promise says, which builds can prove.
    pub effects: &'static [Effect],
    /// Whether it changes most of an image where it fires, so that how far a file is from it is said unasked.
    pub is_deep: bool,
    /// Whether the catalogue of official images decides what it does.
    pub reads_catalogue: bool,
    /// Whether it asks registries, with these options.
    pub asks_registries: fn(&Options) -> bool,
    /// Whether it runs, though opt-in, because an option asks for what it does.
    pub is_asked_for: fn(&Options) -> bool,
    pub rewrite: fn(&Context<'_>) -> Findings,
}

impl Transform {
    /// A transform of which nothing special is to be said: a constant names what is its own, and takes the rest from here.
    pub const PLAIN: Self = Self {
        id: "",
        preserves: Preserves::Intent,
        opt_in: false,
        page: "",
        rules: &[],
        owns: &[],
        effects: &[],
        is_deep: false,
        reads_catalogue: false,
        asks_registries: |_| false,
        is_asked_for: |_| false,
        rewrite: |_| Findings::default(),
    };

    /// The first sentence of its page, on one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let paragraph = self.page.split("\n\n").nth(1).unwrap_or_default();
        let text = paragraph.lines().collect::<Vec<_>>().join(" ");
        text.split_once(". ").map_or(text.trim_end_matches('.'), |(sentence, _)| sentence).to_owned()
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}

/// What stays the same of the built image, strongest promise first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Preserves {
    /// The same bytes.
    Image,
    /// The same final file system and configuration; only layers, history and build cache differ.
    Filesystem,
    /// Gone are only package indexes and caches, or metadata that no process reads.
    Behavior,
    /// The image changes on purpose, with every precondition for it to keep working established.
    Intent,
}

impl Preserves {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Filesystem => "filesystem",
            Self::Behavior => "behavior",
            Self::Intent => "intent",
        }
    }

    /// What is promised, as half a sentence.
    #[must_use]
    pub fn promise(self) -> &'static str {
        match self {
            Self::Image => "the built image is the same",
            Self::Filesystem => "the final file system and configuration are the same",
            Self::Behavior => "only package indexes, caches or unread metadata differ",
            Self::Intent => "the image changes on purpose and keeps doing what it is for",
        }
    }
}

/// What of the built image a transform changes on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Files that may be gone, new, or others: a glob over absolute paths, where `~` stands for the home folder of each user.
    Files(&'static str),
    /// Whose files are, and what may be done with them.
    Owners,
    /// All of it: what is started, with all that this needs, is there, and does the same.
    Anything,
}

/// What a transform sees.
pub struct Context<'a> {
    pub file: &'a Dockerfile,
    pub build: &'a Build<'a>,
    pub facts: &'a Facts,
    pub options: &'a Options,
}

impl Context<'_> {
    /// What is known around the Dockerfile; `None` where nobody can look.
    #[must_use]
    pub fn surroundings(&self) -> Option<&Surroundings> {
        match self.facts.answer(Question::Surroundings) {
            Answer::Surroundings(surroundings) => Some(surroundings),
            _ => None,
        }
    }
}

/// Choices of the user that transforms read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub merge: Merge,
    pub pin: Pin,
    /// Whether digests that are written down are moved to what their tags are now.
    pub renew: bool,
}

/// How exactly base images are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// As the user names them.
    None,
    /// Tags that name no version get the line they mean: `python` is `python:3.14-trixie`. It is still rebuilt with fixes.
    #[default]
    Line,
    /// The same with the full version, if a registry proves that it is the same image.
    Exact,
    /// The line, and the digest behind it.
    Digest,
}

/// Which neighbouring RUNs are merged, of those that can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// Those where a smaller image or nothing is lost: a later command deletes, moves or re-labels what an earlier one made, several
    /// package manager runs, cheap commands.
    #[default]
    Profitable,
    /// All.
    All,
}

/// What a transform found in a text.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub rewrites: Vec<Rewrite>,
    pub declined: Vec<Declined>,
}

/// One change: all its edits and its companion, or nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// What it does, as a command: "Remove the apt lists in the layer that made them".
    pub title: String,
    /// May be none if there is a companion.
    pub edits: Vec<Edit>,
    /// Another file that belongs to the change.
    pub companion: Option<Companion>,
}

/// The content that a file beside the Dockerfile gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// Relative to the folder of the Dockerfile, with `/`.
    pub path: String,
    /// What it holds now; `None` if there is no such file.
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
    /// What in the Dockerfile it is about: what is shown, and where a comment switches it off.
    pub about: TextRange,
}

impl Companion {
    /// Both changes of one file in one, where each only puts lines behind what is there.
    #[must_use]
    pub fn with(&self, other: &Self) -> Option<Self> {
        if self.path != other.path || self.before != other.before {
            return None;
        }
        let before = self.before.as_deref().unwrap_or_default();
        let (one, two) = (self.after.strip_prefix(before)?, other.after.strip_prefix(before)?);
        let lines = |added: &[u8]| added.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
        let (one, two) = (lines(one), lines(two));
        // The same, whichever comes first.
        let is_first = (two.len(), &one) <= (one.len(), &two);
        let (first, second) = if is_first { (one, two) } else { (two, one) };
        let more: Vec<_> = second.iter().filter(|line| !first.contains(line)).cloned().collect();
        let after = [before.to_vec(), first.concat(), more.concat()].concat();
        Some(Self { after, about: if is_first { self.about } else { other.about }, ..self.clone() })
    }
}

/// A place that a transform looked at and left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    pub range: TextRange,
    /// The blocking fact, as a sentence without a full stop, lower case.
    pub because: String,
    /// Whether it is for the user to act upon, and so is said unasked.
    pub is_advice: bool,
}

/// What stands in the way of a change: a place, and the fact as [`Declined`] has it.
pub type Obstacle = (TextRange, String);

/// All that stands in the way of a change, in the order in which it is found: what is independent of each other, each said once.
#[derive(Clone, Debug, Default)]
pub struct Obstacles {
    all: Vec<Obstacle>,
    said: HashSet<String>,
}

impl Obstacles {
    pub fn add(&mut self, obstacles: impl IntoIterator<Item = Obstacle>) {
        for obstacle in obstacles {
            if self.said.insert(obstacle.1.clone()) {
                self.all.push(obstacle);
            }
        }
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        self.add(others.all);
    }

    /// What was found, or else the obstacle to it, which is noted.
    pub fn note<T, O: Into<Self>>(&mut self, found: Result<T, O>) -> Option<T> {
        found.map_err(|obstacles| self.add(obstacles.into().all)).ok()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// `value`, if nothing stands in the way.
    ///
    /// # Errors
    /// All that does.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Obstacle> for Obstacles {
    fn from(obstacle: Obstacle) -> Self {
        let mut obstacles = Self::default();
        obstacles.add([obstacle]);
        obstacles
    }
}

impl Findings {
    /// Leaves a change alone for all of `obstacles`.
    pub fn decline_all(&mut self, obstacles: Obstacles) {
        obstacles.all.into_iter().for_each(|(range, because)| self.decline(range, because));
    }

    pub fn rewrite(&mut self, title: impl Into<String>, edits: Vec<Edit>) {
        self.rewrites.push(Rewrite { title: title.into(), edits, companion: None });
    }

    /// A change of the Dockerfile, and of another file with it.
    pub fn rewrite_with(&mut self, title: impl Into<String>, edits: Vec<Edit>, companion: Option<Companion>) {
        self.rewrites.push(Rewrite { title: title.into(), edits, companion });
    }

    /// A change of another file alone.
    pub fn companion(&mut self, title: impl Into<String>, companion: Companion) {
        self.rewrites.push(Rewrite { title: title.into(), edits: Vec::new(), companion: Some(companion) });
    }

    pub fn decline(&mut self, range: TextRange, because: impl Into<String>) {
        self.declined.push(Declined { range, because: because.into(), is_advice: false });
    }

    /// Says something that only the user can act upon.
    pub fn advise(&mut self, range: TextRange, fact: impl Into<String>) {
        self.declined.push(Declined { range, because: fact.into(), is_advice: true });
    }
}
