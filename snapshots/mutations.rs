//! A million damaged Dockerfiles: no panic, and none that takes longer than a second.

mod material;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dockeropt::rewrite::{Chain, Facts, Merge, Options};
use dockeropt::transforms;
use material::damage::{Numbers, PIECES};
use material::say;
use rayon::prelude::*;

const MUTATIONS: usize = 1_000_000;

/// Longer files are cut to this many bytes, so that a million fit into some minutes.
const FILE_BYTES_MAX: usize = 1_500;

const LONGEST: Duration = Duration::from_secs(1);

fn mutated(numbers: &mut Numbers, text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(text.len() + 1);
        let end = (at + numbers.below(12)).min(text.len());
        match numbers.below(4) {
            0 => drop(text.drain(at..end)),
            1 => drop(text.splice(at..at, PIECES[numbers.below(PIECES.len())].iter().copied())),
            2 => {
                let piece = text[at..end].to_vec();
                let to = numbers.below(text.len() + 1);
                drop(text.splice(to..to, piece));
            }
            _ => {
                if let Some(byte) = text.get_mut(at) {
                    *byte = u8::try_from(numbers.below(256)).unwrap();
                }
            }
        }
    }
    text
}

#[test]
fn a_million_mutations_run_without_a_panic_and_each_within_a_second() {
    let Some(folder) = material::folder_or_skip("a million mutations") else { return };
    let texts: Vec<Vec<u8>> = material::corpus(&folder)
        .into_iter()
        .map(|file| file.text[..file.text.len().min(FILE_BYTES_MAX)].to_vec())
        .collect();
    let transforms = transforms::all().map(|(_, transform)| transform).collect();
    let chain = Chain { transforms, options: Options { merge: Merge::All, ..Options::default() } };
    let (changed, slowest, taken_back) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    (0..MUTATIONS).into_par_iter().for_each(|seed| {
        let mut numbers = Numbers::of(seed);
        let text = mutated(&mut numbers, &texts[seed % texts.len()]);
        let started = Instant::now();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| chain.run(&text, &Facts::default())));
        let outcome = outcome.unwrap_or_else(|_| panic!("panic on\n{}", String::from_utf8_lossy(&text)));
        let outcome = outcome.unwrap_or_else(|diverged| panic!("{diverged}\n{}", String::from_utf8_lossy(&text)));
        taken_back.fetch_add(outcome.unstable.len(), Ordering::Relaxed);
        slowest.fetch_max(usize::try_from(started.elapsed().as_micros()).unwrap(), Ordering::Relaxed);
        changed.fetch_add(usize::from(outcome.is_changed()), Ordering::Relaxed);
    });
    let slowest = Duration::from_micros(slowest.into_inner() as u64);
    let (changed, taken_back) = (changed.into_inner(), taken_back.into_inner());
    say(&format!(
        "mutations: {MUTATIONS}, {changed} rewritten, {taken_back} steps taken back by a check, no panic, slowest {slowest:?}"
    ));
    assert!(slowest < LONGEST, "one took {slowest:?}");
}
