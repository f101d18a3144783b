//! What was found in the text of a catalogue, so that it is looked for once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How much is remembered; then it starts anew. Many more files than a company has name fewer images, and any number of files is to need the same memory.
const FOUND_MAX: usize = 1 << 16;

/// Parts of the text by what they were found for. Files of one run ask for the same few images.
#[derive(Debug, Default)]
pub(super) struct Memo {
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    places: HashMap<String, Option<(usize, usize)>>,
    /// Where keys are put together.
    key: String,
}

impl Memo {
    /// The part of `text` that `find` finds for `key`, whose words hold no blanks; for the same key it is always asked for in the same text.
    pub fn find<'t>(
        &self,
        text: &'t str,
        key: &[&str],
        find: impl FnOnce(&'t str) -> Option<&'t str>,
    ) -> Option<&'t str> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).place(key);
        let place = known.unwrap_or_else(|| {
            let place = find(text).map(|part| {
                let start = part.as_ptr().addr() - text.as_ptr().addr();
                (start, start + part.len())
            });
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            if found.places.len() >= FOUND_MAX {
                found.places.clear();
            }
            found.places.insert(key.join(" "), place);
            place
        });
        place.map(|(start, end)| &text[start..end])
    }
}

impl Found {
    fn place(&mut self, key: &[&str]) -> Option<Option<(usize, usize)>> {
        self.key.clear();
        for (index, word) in key.iter().enumerate() {
            self.key.push_str(if index == 0 { "" } else { " " });
            self.key.push_str(word);
        }
        self.places.get(&self.key).copied()
    }
}

/// A copy finds anew.
impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}
