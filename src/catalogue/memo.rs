//! What was found in the text of a catalogue, so that it is looked for once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How much is remembered; then it starts anew. Many more files than a company has name fewer images, and any number of files is to need the same memory.
const FOUND_MAX: usize = 1 << 16;

/// Parts of the text by what they were found for. Files of one run ask for the same few images.
#[derive(Debug, Default)]
pub(super) struct Memo {
    found: Mutex<HashMap<String, Option<(usize, usize)>>>,
}

impl Memo {
    /// The part of `text` that `find` finds for `key`; for the same key it is always asked for in the same text.
    pub fn find<'t>(
        &self,
        text: &'t str,
        key: String,
        find: impl FnOnce(&'t str) -> Option<&'t str>,
    ) -> Option<&'t str> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        let place = known.unwrap_or_else(|| {
            let place = find(text).map(|part| {
                let start = part.as_ptr().addr() - text.as_ptr().addr();
                (start, start + part.len())
            });
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            if found.len() >= FOUND_MAX {
                found.clear();
            }
            found.insert(key, place);
            place
        });
        place.map(|(start, end)| &text[start..end])
    }
}

/// A copy finds anew.
impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}
