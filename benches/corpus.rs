//! Thousands of real Dockerfiles, in memory, offline, with one thread: each floor by itself, and the whole chain. Not timed by a
//! test, since a machine has other things to do; the ratios of one run say more than its times.

#[path = "../snapshots/material/mod.rs"]
mod material;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dockeropt::catalogue::Catalogue;
use dockeropt::rewrite::{Chain, Facts, Options, Silent};
use dockeropt::semantics::Build;
use dockeropt::syntax::Dockerfile;
use dockeropt::text::diff::unified;
use dockeropt::transforms;

/// As the program does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Each figure is the best of so many passes over all files, and of as many as fit into this time: a machine has slow moments that are longer than five
/// passes of the parser.
const PASSES_MIN: usize = 5;

/// See `PASSES_MIN`.
const TIME_MIN: Duration = Duration::from_secs(3);

struct Corpus {
    texts: Vec<Vec<u8>>,
    bytes: usize,
}

impl Corpus {
    /// The shortest time in which `work` was done for all files.
    fn time(&self, work: impl Fn(&[u8])) -> Duration {
        let (begin, mut best) = (Instant::now(), Duration::MAX);
        for pass in 1.. {
            let start = Instant::now();
            self.texts.iter().for_each(|text| work(text));
            best = best.min(start.elapsed());
            if pass >= PASSES_MIN && begin.elapsed() >= TIME_MIN {
                break;
            }
        }
        best
    }

    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    fn tell(&self, what: &str, time: Duration, parse: Duration) {
        let seconds = time.as_secs_f64();
        let (megabytes, files) = (self.bytes as f64 / 1e6 / seconds, self.texts.len() as f64 / seconds);
        let ratio = seconds / parse.as_secs_f64();
        println!("| {what} | {:.0} ms | {megabytes:.1} | {files:.0} | {ratio:.1} |", seconds * 1e3);
    }
}

fn main() {
    let Some(folder) = material::folder_or_skip("the corpus") else { return };
    let texts: Vec<_> = material::corpus(&folder).into_iter().map(|file| file.text).collect();
    let corpus = Corpus { bytes: texts.iter().map(Vec::len).sum(), texts };
    let chain = Chain {
        transforms: transforms::all().map(|(_, transform)| transform).filter(|each| !each.opt_in).collect(),
        options: Options::default(),
    };
    let catalogue = Arc::new(Catalogue::embedded());
    let settle = |text: &[u8]| {
        let mut facts = Facts::default();
        facts.catalogue = Arc::clone(&catalogue);
        chain.settle(text, facts, &mut Silent)
    };

    println!("{} files, {:.1} KB each\n", corpus.texts.len(), corpus.bytes as f64 / 1e3 / corpus.texts.len() as f64);
    println!("| | all files | MB/s | files/s | times parse |\n| --- | --- | --- | --- | --- |");
    let parse = corpus.time(|text| drop(black_box(Dockerfile::parse(text))));
    corpus.tell("parse", parse, parse);
    let build = corpus.time(|text| drop(black_box(Build::of(&Dockerfile::parse(text)))));
    corpus.tell("parse, and read what it builds", build, parse);
    let whole = corpus.time(|text| drop(black_box(settle(text))));
    corpus.tell("the whole chain", whole, parse);
    let afters: Vec<_> = corpus
        .texts
        .iter()
        .map(|text| settle(text).map_or_else(|_| text.as_slice().into(), |outcome| outcome.after))
        .collect();
    let start = Instant::now();
    for (before, after) in corpus.texts.iter().zip(&afters) {
        black_box(unified(b"Dockerfile", before, after));
    }
    corpus.tell("diff of what changed", start.elapsed(), parse);
}
