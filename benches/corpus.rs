//! What the chain does with thousands of real Dockerfiles, in memory, offline, with one thread.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dockeropt::rewrite::{Chain, Facts, Options, Outcome, Silent};
use dockeropt::semantics::Build;
use dockeropt::syntax::Dockerfile;
use dockeropt::text::diff;
use dockeropt::transforms;

fn main() {
    let files: Vec<Vec<u8>> = {
        let mut paths: Vec<_> = std::fs::read_dir("/work/shared/corpus/files").unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|p| std::fs::read(p).unwrap()).collect()
    };
    let transforms: Vec<_> = transforms::all().map(|(_, t)| t).filter(|t| !t.opt_in).collect();
    let chain = Chain { transforms, options: Options::default() };
    let bytes: usize = files.iter().map(Vec::len).sum();
    let rounds: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(3);
    let time = |name: &str, work: &dyn Fn(&[u8])| {
        let best = (0..rounds).map(|_| { let s = Instant::now(); files.iter().for_each(|f| work(f)); s.elapsed() }).min().unwrap();
        println!("{name:<10} {best:>10.2?} {:>8.1} MB/s {:>8.0} files/s", bytes as f64 / 1e6 / best.as_secs_f64(), files.len() as f64 / best.as_secs_f64());
    };
    let only = std::env::var("ONLY").unwrap_or_default();
    let catalogue = std::sync::Arc::new(dockeropt::catalogue::Catalogue::embedded());
    let facts = || { let mut f = Facts::default(); f.catalogue = catalogue.clone(); f };
    if only.is_empty() || only == "parse" {
    time("parse", &|f| drop(Dockerfile::parse(f)));
    time("build", &|f| { let file = Dockerfile::parse(f); std::hint::black_box(Build::of(&file)); });
    }
    if only.is_empty() || only == "run" {
    time("run", &|f| drop(chain.run(f, &facts())));
    }
    if only.is_empty() || only == "settle" {
    time("settle", &|f| drop(chain.settle(f, &mut facts(), &mut Silent)));
    }
    if only == "each" {
        for t in chain.transforms.clone() {
            let s = Instant::now();
            for _ in 0..rounds { for f in &files { let file = Dockerfile::parse(f.as_slice()); if !file.problems().is_empty() {continue}; let b = Build::of(&file);
              std::hint::black_box((t.rewrite)(&dockeropt::rewrite::Context{file:&file, build:&b, facts:&facts(), options:&chain.options})); } }
            println!("{} {:?}", t.id, s.elapsed()/rounds as u32);
        }
    }
    let steps: usize = files.iter().map(|f| chain.settle(f, &mut facts(), &mut Silent).map_or(0, |o| o.steps.len())).sum();
    println!("{steps} steps");
}
