//! Many images at once: as fast as one machine may ask, and no faster than one registry is fine with.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::client::lock;
use super::error::RegistryError;
use super::resolve::{Image, Resolver};
use crate::syntax::ImageReference;

/// Questions at the same time.
const THREADS_MAX: usize = 16;

/// Questions to one registry at the same time.
const THREADS_PER_REGISTRY_MAX: usize = 6;

/// What is to be asked, and who is being asked.
struct Queue<'a> {
    waiting: VecDeque<&'a ImageReference>,
    asked: HashMap<&'a str, usize>,
}

impl Resolver {
    /// The images of all `references`, by canonical reference. Each is looked for once; `done` is called after each, by any thread. A
    /// registry that allows no more requests three times in a row is not asked for the rest.
    pub fn images(
        &self,
        references: &[ImageReference],
        done: &(dyn Fn() + Sync),
    ) -> BTreeMap<String, Result<Image, RegistryError>> {
        let distinct: BTreeMap<_, _> = references.iter().map(|reference| (reference.canonical(), reference)).collect();
        let queue = Queue { waiting: distinct.values().copied().collect(), asked: HashMap::new() };
        let threads = THREADS_MAX.min(queue.waiting.len());
        let (queue, freed) = (Mutex::new(queue), Condvar::new());
        let images = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(reference) = next(&queue, &freed) {
                        let image = self.image(reference);
                        lock(&images).insert(reference.canonical(), image);
                        release(&queue, &freed, reference);
                        done();
                    }
                });
            }
        });
        images.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next reference whose registry is not asked enough already; `None` when there is nothing left.
fn next<'a>(queue: &Mutex<Queue<'a>>, freed: &Condvar) -> Option<&'a ImageReference> {
    let mut queue = lock(queue);
    loop {
        if queue.waiting.is_empty() {
            return None;
        }
        let asked = |registry: &str| queue.asked.get(registry).copied().unwrap_or_default();
        let free = queue.waiting.iter().position(|reference| asked(&reference.registry) < THREADS_PER_REGISTRY_MAX);
        if let Some(reference) = free.and_then(|index| queue.waiting.remove(index)) {
            *queue.asked.entry(&reference.registry).or_default() += 1;
            return Some(reference);
        }
        queue = freed.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}

fn release<'a>(queue: &Mutex<Queue<'a>>, freed: &Condvar, reference: &'a ImageReference) {
    if let Some(count) = lock(queue).asked.get_mut(reference.registry.as_str()) {
        *count -= 1;
    }
    freed.notify_all();
}
