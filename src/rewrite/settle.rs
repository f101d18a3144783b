//! A chain on its way over one text: it runs, learns what it wanted to know, and runs again, until it asks nothing new. It can pause, for whoever asks for many
//! texts together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::chain::{Chain, Diverged, Memo};
use super::facts::{Answer, Facts, Oracle, Question};
use super::outcome::Outcome;

/// How often a chain runs anew with what it has learnt, at most.
pub const ROUNDS_MAX: usize = 10;

/// A chain over one text, with what it has learnt so far.
pub struct Settling {
    pub chain: Chain,
    pub facts: Facts,
    source: Arc<[u8]>,
    /// Of the last run.
    outcome: Result<Outcome, Diverged>,
    rounds: usize,
    /// What was asked and not answered yet.
    open: BTreeSet<Question>,
    /// What was asked in the last round that there may be.
    unanswered: BTreeSet<Question>,
}

impl Chain {
    /// Runs the chain, asks `oracle` what it wanted to know, and runs it again, until nothing new is asked. What `oracle` leaves open stays so.
    ///
    /// # Errors
    /// [`Diverged`] if the chain finds no end.
    pub fn settle(&self, source: &[u8], facts: Facts, oracle: &mut dyn Oracle) -> Result<Outcome, Diverged> {
        Settling::start(self.clone(), source, facts, oracle).end().0
    }
}

impl Settling {
    /// Runs `chain` over `source`, and anew with what `oracle` answers, until it asks nothing that `oracle` does not leave out.
    #[must_use]
    pub fn start(chain: Chain, source: &[u8], facts: Facts, oracle: &mut dyn Oracle) -> Self {
        let source = source.into();
        let mut memo = Memo::default();
        let outcome = chain.run_again(&source, &facts, &mut |_| true, &mut memo);
        let (open, unanswered) = (BTreeSet::new(), BTreeSet::new());
        let mut settling = Self { chain, facts, source, outcome, rounds: 0, open, unanswered };
        settling.ask(oracle, &mut memo);
        settling
    }

    /// The text that it was given.
    #[must_use]
    pub fn source(&self) -> Arc<[u8]> {
        Arc::clone(&self.source)
    }

    /// What the chain still wants to know; nothing, once it is settled.
    #[must_use]
    pub fn open(&self) -> &BTreeSet<Question> {
        &self.open
    }

    /// Goes on with `answers` to what was open; what is not among them, nobody can tell.
    pub fn resume(&mut self, answers: BTreeMap<Question, Answer>, oracle: &mut dyn Oracle) {
        let mut all: BTreeMap<_, _> =
            std::mem::take(&mut self.open).into_iter().map(|question| (question, Answer::Unknown)).collect();
        all.extend(answers);
        let mut memo = Memo::default();
        if self.learn(all, &mut memo) {
            self.ask(oracle, &mut memo);
        }
    }

    /// The last outcome.
    ///
    /// # Errors
    /// [`Diverged`] if the chain finds no end.
    pub fn end(self) -> (Result<Outcome, Diverged>, Facts) {
        let outcome = self.outcome.map(|outcome| Outcome { unanswered: self.unanswered, ..outcome });
        (outcome, self.facts)
    }

    /// Asks `oracle` until nothing is news.
    fn ask(&mut self, oracle: &mut dyn Oracle, memo: &mut Memo) {
        loop {
            let questions = self.facts.take_questions();
            if questions.is_empty() {
                return;
            }
            if self.rounds == ROUNDS_MAX {
                self.unanswered = questions;
                return;
            }
            let answers = oracle.answer(questions.clone());
            let open = questions.into_iter().filter(|question| !answers.contains_key(question)).collect();
            if !self.learn(answers, memo) {
                self.open = open;
                return;
            }
        }
    }

    /// Adds `answers` to what is known, and runs the chain anew. Whether they were news, without which it is not run.
    fn learn(&mut self, answers: BTreeMap<Question, Answer>, memo: &mut Memo) -> bool {
        let is_news = self.facts.learn(answers);
        if is_news {
            self.rounds += 1;
            self.outcome = self.chain.run_again(&self.source, &self.facts, &mut |_| true, memo);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::{Context, Findings, Options, Transform};

    /// Never has enough: wants to know the next thing as soon as it knows one.
    fn curious(cx: &Context<'_>) -> Findings {
        (0..).find(|number| *cx.facts.answer(Question::ContextEntry(format!("{number:02}"))) == Answer::Unknown);
        Findings::default()
    }

    static CURIOUS: Transform = Transform { id: "curious", rewrite: curious, ..Transform::PLAIN };

    /// Knows that there is nothing, of so many of the things that it is asked for.
    struct Nothing(usize);

    impl Oracle for Nothing {
        fn answer(&mut self, questions: BTreeSet<Question>) -> BTreeMap<Question, Answer> {
            let answered = questions.len().min(self.0);
            self.0 -= answered;
            questions.into_iter().take(answered).map(|question| (question, Answer::Absent)).collect()
        }
    }

    fn chain() -> Chain {
        Chain { transforms: vec![&CURIOUS], options: Options::default() }
    }

    #[test]
    fn who_asks_without_end_is_told_of() {
        let outcome = chain().settle(b"FROM a\n", Facts::default(), &mut Nothing(usize::MAX)).unwrap();
        assert_eq!(outcome.unanswered, BTreeSet::from([Question::ContextEntry(format!("{ROUNDS_MAX:02}"))]));
    }

    #[test]
    fn what_is_left_open_is_answered_later() {
        let mut settling = Settling::start(chain(), b"FROM a\n", Facts::default(), &mut Nothing(2));
        let third = Question::ContextEntry("02".to_owned());
        assert_eq!(settling.open(), &BTreeSet::from([third.clone()]));
        settling.resume(BTreeMap::from([(third, Answer::Absent)]), &mut Nothing(0));
        assert_eq!(settling.open(), &BTreeSet::from([Question::ContextEntry("03".to_owned())]));
        settling.resume(BTreeMap::new(), &mut Nothing(0));
        assert!(settling.open().is_empty());
        assert!(settling.end().0.unwrap().unanswered.is_empty());
    }
}
