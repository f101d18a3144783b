//! Facts about the world that a transform can ask for. It gets what is known; what is not is noted as a question for the caller.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Something only the world knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// What stands at this path of the build context; the path is as written in the Dockerfile.
    ContextEntry(String),
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
}

/// What is known so far.
#[derive(Debug, Default)]
pub struct Facts {
    known: BTreeMap<Question, Answer>,
    asked: RefCell<BTreeSet<Question>>,
}

impl Facts {
    #[must_use]
    pub fn new(known: BTreeMap<Question, Answer>) -> Self {
        Self { known, asked: RefCell::default() }
    }

    /// The answer, or [`Answer::Unknown`] with the question noted.
    #[must_use]
    pub fn answer(&self, question: Question) -> Answer {
        match self.known.get(&question) {
            Some(answer) => answer.clone(),
            None => {
                self.asked.borrow_mut().insert(question);
                Answer::Unknown
            }
        }
    }

    /// The questions nobody has answered since the last call.
    pub(super) fn take_questions(&mut self) -> BTreeSet<Question> {
        self.asked.take()
    }

    pub(super) fn learn(&mut self, answers: BTreeMap<Question, Answer>) {
        self.known.extend(answers);
    }
}

/// Answers questions about the world, all of a round together.
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
