//! A build context as the answer to what is asked of it.

use std::collections::{BTreeMap, BTreeSet};

use dockeropt::rewrite::{Answer, Oracle, Question};
use dockeropt::world::context::{BuildContext, Entry};

/// Answers from a folder.
pub struct Folder(pub BuildContext);

impl Oracle for Folder {
    fn answer(&mut self, questions: BTreeSet<Question>) -> BTreeMap<Question, Answer> {
        let answer = |question: &Question| match question {
            Question::ContextEntry(path) => match self.0.entry(path) {
                Entry::Absent => Answer::Absent,
                Entry::Directory => Answer::Directory,
                Entry::File { start } => Answer::File { start },
                Entry::Other => Answer::Unknown,
            },
            Question::ContextFile(path) => self.0.text(path).map_or(Answer::Absent, Answer::Text),
            Question::ContextFiles => self.0.files().map_or(Answer::Unknown, Answer::Paths),
            _ => Answer::Unknown,
        };
        questions.into_iter().map(|question| (question.clone(), answer(&question))).collect()
    }
}
