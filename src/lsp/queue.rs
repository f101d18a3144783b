//! What there is to do: requests in their order, and in between documents whose diagnostics are due.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gen_lsp_types::Uri;
use lsp_server::{Request, RequestId};

/// How long a document has to be left alone before it is looked at: whoever types fast is told once.
const QUIET: Duration = Duration::from_millis(4);

/// The longest time that somebody who never stops typing is told nothing.
const WAIT_MAX: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) enum Work {
    Answer(Request),
    /// Say what there is to say of a document, as it is by then.
    Diagnose(Uri),
}

/// The work of one who works, given by one who listens.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    requests: VecDeque<Request>,
    due: Vec<Due>,
    /// The request that is being answered, if its answer is still wanted.
    running: Option<RequestId>,
    is_closed: bool,
}

#[derive(Debug)]
struct Due {
    uri: Uri,
    first: Instant,
    last: Instant,
}

impl Due {
    fn at(&self) -> Instant {
        (self.last + QUIET).min(self.first + WAIT_MAX)
    }
}

impl Queue {
    pub fn ask(&self, request: Request) {
        self.state().requests.push_back(request);
        self.news.notify_one();
    }

    /// Notes that the document has changed.
    pub fn diagnose(&self, uri: Uri) {
        let now = Instant::now();
        let mut state = self.state();
        match state.due.iter_mut().find(|due| due.uri == uri) {
            Some(due) => due.last = now,
            None => state.due.push(Due { uri, first: now, last: now }),
        }
        self.news.notify_one();
    }

    /// Forgets a request. Whether it was still to be answered.
    pub fn cancel(&self, id: &RequestId) -> bool {
        let mut state = self.state();
        let waiting = state.requests.len();
        state.requests.retain(|request| request.id != *id);
        let was_running = state.running.as_ref() == Some(id);
        if was_running {
            state.running = None;
        }
        was_running || state.requests.len() < waiting
    }

    /// Lets [`Queue::take`] end.
    pub fn close(&self) {
        self.state().is_closed = true;
        self.news.notify_one();
    }

    /// Waits for something to do; `None` once the queue is closed.
    pub fn take(&self) -> Option<Work> {
        let mut state = self.state();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(request) = state.requests.pop_front() {
                state.running = Some(request.id.clone());
                return Some(Work::Answer(request));
            }
            let next = state.due.iter().enumerate().min_by_key(|(_, due)| due.at());
            state = match next.map(|(index, due)| (index, due.at().saturating_duration_since(Instant::now()))) {
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some((index, Duration::ZERO)) => return Some(Work::Diagnose(state.due.swap_remove(index).uri)),
                Some((_, time)) => self.news.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Whether the answer to the request that was taken last is still wanted. It is not asked again.
    pub fn finish(&self) -> bool {
        self.state().running.take().is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: i32) -> Request {
        Request::new(id.into(), String::new(), ())
    }

    #[test]
    fn requests_come_first_and_a_document_comes_once() {
        let queue = Queue::default();
        let uri = || Uri("file:///Dockerfile".to_owned());
        queue.diagnose(uri());
        queue.diagnose(uri());
        queue.ask(request(1));
        assert!(matches!(queue.take(), Some(Work::Answer(_))));
        assert!(queue.finish());
        assert!(matches!(queue.take(), Some(Work::Diagnose(due)) if due == uri()));
        queue.close();
        assert!(queue.take().is_none());
    }

    #[test]
    fn a_request_is_cancelled_while_it_waits_or_runs_and_not_afterwards() {
        let queue = Queue::default();
        (1..=2).for_each(|id| queue.ask(request(id)));
        assert!(queue.cancel(&2.into()));
        assert!(queue.take().is_some());
        assert!(queue.cancel(&1.into()));
        assert!(!queue.finish() && !queue.cancel(&1.into()) && !queue.cancel(&2.into()));
    }
}
