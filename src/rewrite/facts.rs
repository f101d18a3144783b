//! Facts about the world that a transform can ask for. It gets what is known; what is not is noted as a question for the caller.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

use crate::catalogue::Catalogue;
use crate::surroundings::Surroundings;

/// Something only the world knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// What stands at this path of the build context; the path is as written in the Dockerfile.
    ContextEntry(String),
    /// The text of the file at this path of the build context.
    ContextFile(String),
    /// The paths of all files of the build context, as the build gets it: without what `.dockerignore` leaves out.
    ContextFiles,
    /// How large the build context is, and what of it is at these paths or called so; names behind `**/` count wherever they stand.
    ContextBytes(Vec<String>),
    /// Which files say what the build context leaves out, and who else reads them.
    IgnoreFiles,
    /// Who builds the Dockerfile, and who runs its image.
    Surroundings,
    /// What a registry has under this reference, in full: `docker.io/library/python:3.14-trixie`.
    Image(String),
    /// The same for a reference that has a digest already, if the user wants it moved to what the tag is now.
    Renewal(String),
    /// The tag with the full version that is the same image as a reference.
    ExactTag(ExactTag),
}

/// Which image is sought under a tag with its full version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExactTag {
    /// The reference in full.
    pub reference: String,
    /// The platform whose image has to be the same, such as `linux/amd64`.
    pub platform: String,
    /// A tag that was the same image once, and may still be.
    pub candidate: Option<String>,
}

impl Question {
    /// Whether registries answer it, the same for every Dockerfile.
    #[must_use]
    pub fn is_of_registries(&self) -> bool {
        matches!(self, Self::Image(_) | Self::Renewal(_) | Self::ExactTag(_))
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContextEntry(path) | Self::ContextFile(path) => write!(formatter, "`{path}` in the build context"),
            Self::ContextFiles => formatter.write_str("the files of the build context"),
            Self::ContextBytes(_) => formatter.write_str("the size of the build context"),
            Self::IgnoreFiles => formatter.write_str("the files that say what the build context leaves out"),
            Self::Surroundings => formatter.write_str("who builds the Dockerfile and runs its image"),
            Self::Image(reference) | Self::Renewal(reference) => write!(formatter, "the image `{reference}`"),
            Self::ExactTag(tag) => write!(formatter, "the full version of `{}`", tag.reference),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody can tell.
    Unknown,
    /// There is nothing.
    Absent,
    Directory,
    /// A file, with its first bytes (at least 512 if it has that many).
    File {
        start: Vec<u8>,
    },
    Text(Vec<u8>),
    /// Relative to the context, with `/`, sorted. Shared by all Dockerfiles of one context.
    Paths(Arc<Vec<String>>),
    /// All bytes of the build context, and those of what was asked about.
    Bytes {
        all: u64,
        of_these: u64,
    },
    IgnoreFiles(IgnoreFiles),
    Surroundings(Arc<Surroundings>),
    /// What a registry has.
    Image {
        /// Of the index, or of the manifest where there is but one platform.
        digest: String,
        /// Such as `linux/arm64/v8`; empty if the registry does not tell.
        platforms: Vec<String>,
    },
    Tag(String),
    /// The world was asked, and this is why it gives no answer: a sentence that names what was asked about.
    Refused(String),
}

/// The files that say what a build context leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreFiles {
    /// The name of the Dockerfile in its folder.
    pub dockerfile: String,
    /// Whether that folder is the build context.
    pub is_in_context: bool,
    /// The text of the file for this Dockerfile alone, `NAME.dockerignore` beside it. It counts instead of the other.
    pub own: Option<Vec<u8>>,
    /// The text of `.dockerignore` in the context.
    pub common: Option<Vec<u8>>,
    /// Other Dockerfiles in the context, also where it is left out.
    pub others: Vec<String>,
    /// Why a file cannot be changed, or why the context may be another folder.
    pub doubt: Option<String>,
}

/// What is known so far.
#[derive(Debug)]
pub struct Facts {
    /// What is known of official images.
    pub catalogue: Arc<Catalogue>,
    /// The day of the run; `None` where nobody can tell.
    pub today: Option<Date>,
    /// Sorted by question. There are few, and of each of thousands of files, so that they take no more room than they need.
    known: Vec<(Question, Answer)>,
    asked: RefCell<BTreeSet<Question>>,
    /// How often something was asked that is not known.
    misses: Cell<usize>,
}

impl Default for Facts {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl Facts {
    /// The answers `known`, and the catalogue that comes with the program.
    #[must_use]
    pub fn new(known: BTreeMap<Question, Answer>) -> Self {
        Self {
            catalogue: Arc::new(Catalogue::embedded()),
            today: None,
            known: known.into_iter().collect(),
            asked: RefCell::default(),
            misses: Cell::default(),
        }
    }

    /// How many days old the catalogue is.
    #[must_use]
    pub fn catalogue_age_days(&self) -> Option<i32> {
        self.today.map(|today| (today - self.catalogue.date()).get_days())
    }

    /// The answer, or [`Answer::Unknown`] with the question noted.
    #[must_use]
    pub fn answer(&self, question: Question) -> &Answer {
        if let Ok(place) = self.known.binary_search_by(|(known, _)| known.cmp(&question)) {
            return &self.known[place].1;
        }
        self.asked.borrow_mut().insert(question);
        self.misses.set(self.misses.get() + 1);
        &Answer::Unknown
    }

    /// Notes all `questions` whose answers are not known, so that they are asked together.
    pub fn want(&self, questions: impl IntoIterator<Item = Question>) {
        for question in questions {
            let _ = self.answer(question);
        }
    }

    /// Why the world gave no answer, for each question that was asked in vain.
    pub fn refused(&self) -> impl Iterator<Item = (&Question, &str)> {
        self.known.iter().filter_map(|(question, answer)| match answer {
            Answer::Refused(because) => Some((question, because.as_str())),
            _ => None,
        })
    }

    /// The questions nobody has answered since the last call.
    pub fn take_questions(&mut self) -> BTreeSet<Question> {
        self.asked.take()
    }

    /// How often something was asked so far that was not known: what is said without such a question holds whatever is learnt.
    pub(super) fn misses(&self) -> usize {
        self.misses.get()
    }

    /// Adds answers to what is known. Whether a chain would now see anything else: what nobody can tell was unknown before too.
    pub fn learn(&mut self, answers: BTreeMap<Question, Answer>) -> bool {
        let is_news = answers.values().any(|answer| *answer != Answer::Unknown);
        let mut known: BTreeMap<_, _> = std::mem::take(&mut self.known).into_iter().collect();
        known.extend(answers);
        self.known = known.into_iter().collect();
        is_news
    }
}

/// Answers questions about the world, all of a round together. Those that it leaves out stay open.
pub trait Oracle {
    fn answer(&mut self, questions: BTreeSet<Question>) -> BTreeMap<Question, Answer>;
}

/// Knows nothing: for texts without a build context, and for editors that answer at once.
pub struct Silent;

impl Oracle for Silent {
    fn answer(&mut self, questions: BTreeSet<Question>) -> BTreeMap<Question, Answer> {
        questions.into_iter().map(|question| (question, Answer::Unknown)).collect()
    }
}
