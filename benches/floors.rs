//! What each floor costs, over the examples of this repository.

use std::path::Path;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use dockeropt::rewrite::{Chain, Context, Facts, Options, Silent};
use dockeropt::semantics::Build;
use dockeropt::syntax::Dockerfile;
use dockeropt::text::diff::unified;
use dockeropt::transforms;

/// As the program does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// The Dockerfiles of the examples.
fn examples() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["examples", "examples/applications"].map(|folder| root.join(folder));
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("the examples are here"));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path().join("Dockerfile")));
    let mut paths: Vec<_> = paths.filter(|path| path.is_file()).collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

/// Does `work` for each example in turn.
fn over_examples(bencher: Bencher<'_, '_>, work: impl Fn(&[u8])) {
    let examples = examples();
    let bytes: usize = examples.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| examples.iter().for_each(|text| work(text)));
}

fn default_chain() -> Chain {
    let transforms = transforms::all().map(|(_, transform)| transform).filter(|transform| !transform.opt_in);
    Chain { transforms: transforms.collect(), options: Options::default() }
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    over_examples(bencher, |text| drop(black_box(Dockerfile::parse(text))));
}

#[divan::bench]
fn parse_and_read_what_it_builds(bencher: Bencher<'_, '_>) {
    over_examples(bencher, |text| drop(black_box(Build::of(&Dockerfile::parse(text)))));
}

#[divan::bench(args = ["pip-no-cache", "merge-runs", "non-root-user"])]
fn one_transform(bencher: Bencher<'_, '_>, id: &str) {
    let transform = transforms::named(id).expect("there is such a transform");
    let files: Vec<_> = examples().into_iter().map(Dockerfile::parse).collect();
    let builds: Vec<_> = files.iter().filter(|file| file.problems().is_empty()).map(Build::of).collect();
    let (facts, options) = (Facts::default(), Options::default());
    bencher.bench_local(|| {
        for build in &builds {
            black_box((transform.rewrite)(&Context { file: build.file, build, facts: &facts, options: &options }));
        }
    });
}

#[divan::bench]
fn whole_chain(bencher: Bencher<'_, '_>) {
    let chain = default_chain();
    over_examples(bencher, |text| drop(black_box(chain.settle(text, Facts::default(), &mut Silent))));
}

#[divan::bench]
fn diff(bencher: Bencher<'_, '_>) {
    let chain = default_chain();
    let settled = |text: Vec<u8>| chain.settle(&text, Facts::default(), &mut Silent).ok();
    let outcomes: Vec<_> = examples().into_iter().filter_map(settled).collect();
    bencher.bench_local(|| {
        for outcome in &outcomes {
            black_box(unified(b"Dockerfile", &outcome.before, &outcome.after));
        }
    });
}
