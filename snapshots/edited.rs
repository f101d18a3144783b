//! What edits leave as it is, is taken over from the text before them. It must be what reading all of the text anew gives.

mod material;

use std::fmt::Write;

use dockeropt::semantics::{Build, ImageUse, Run, Scripts};
use dockeropt::syntax::{Dockerfile, ItemKind, LogicalText};
use dockeropt::text::{Edit, EditSet, TextRange};
use material::CorpusFile;
use material::damage::{Numbers, PIECES};
use rayon::prelude::*;

/// Chains of edits for each file, one edited text after the other.
const CHAINS: usize = 6;
const LENGTH: usize = 4;

#[test]
fn a_text_after_edits_is_as_if_it_were_read_anew() {
    let Some(folder) = material::folder_or_skip("edits of every file") else { return };
    let files = material::corpus(&folder);
    (0..files.len() * CHAINS).into_par_iter().for_each(|seed| edit_again_and_again(&files[seed % files.len()], seed));
}

fn edit_again_and_again(CorpusFile { id, text }: &CorpusFile, seed: usize) {
    let mut numbers = Numbers::of(seed);
    let mut scripts = Scripts::default();
    let mut files = vec![Dockerfile::parse(text.as_slice())];
    for _ in 0..LENGTH {
        let before = &files[files.len() - 1];
        let after = before.edited(&edits(&mut numbers, before.source()));
        let anew = Dockerfile::parse(after.source());
        let context = || format!("{id}:\n{}\nbecomes\n{}", lossy(before.source()), lossy(after.source()));
        assert_eq!(said_of(&after), said_of(&anew), "{}", context());
        if before.problems().is_empty() && after.problems().is_empty() {
            let known = Build::reading(before, &mut scripts, None);
            let build = Build::reading(&after, &mut scripts, Some(&known));
            assert_eq!(built_of(&build), built_of(&Build::of(&anew)), "{}", context());
        }
        files.push(after);
    }
}

fn lossy(text: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// Some edits anywhere in `text`: deletions, insertions and both.
fn edits(numbers: &mut Numbers, text: &[u8]) -> EditSet {
    let mut edits = EditSet::default();
    for _ in 0..=numbers.below(3) {
        let start = numbers.below(text.len() + 1);
        // Lines as a whole are what transforms take away.
        let end = match numbers.below(4) {
            0 => start,
            1 => text[start..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |line| start + line + 1),
            _ => (start + numbers.below(12)).min(text.len()),
        };
        let piece = if numbers.below(3) == 0 { &[][..] } else { PIECES[numbers.below(PIECES.len())] };
        let _ = edits.add(&[Edit::replace(TextRange::new(start, end), piece)]);
    }
    edits
}

/// Everything that a file says, and where.
fn said_of(file: &Dockerfile) -> String {
    let mut said = format!("{:?} {:?} {:?}\n", file.escape(), file.newline(), file.problems());
    for item in file.items() {
        match &item.kind {
            ItemKind::Instruction(one) => writeln!(
                said,
                "{:?} {:?} {:?} {}-{} {:?} {}",
                item.range,
                one.range,
                one.statement,
                one.first_line,
                one.last_line,
                one.heredocs,
                places(&one.line)
            ),
            other => writeln!(said, "{:?} {other:?}", item.range),
        }
        .unwrap();
    }
    said
}

/// The bytes of a text, and where each stands.
fn places(text: &LogicalText) -> String {
    let places = (0..text.bytes().len()).map(|at| text.source_range(TextRange::new(at, at + 1)).start());
    format!("{:?} at {:?}", lossy(text.bytes()), places.collect::<Vec<_>>())
}

/// Every RUN, and every image that is named.
fn built_of(build: &Build<'_>) -> Vec<String> {
    build.runs.iter().map(run).chain(build.image_uses().iter().map(image)).collect()
}

fn image(image: &ImageUse<'_>) -> String {
    let ImageUse { place, instruction, stage, text, range, named } = image;
    format!("{place:?} {:?} {stage} {text} {range:?} {named:?}", instruction.range)
}

fn run(run: &Run<'_>) -> String {
    let script =
        run.script.as_ref().map(|script| format!("{} {:?} {}", places(&script.text), script.tree(), script.is_heredoc));
    let Run { stage, position, shell, user, directory, mounts, .. } = run;
    format!("{stage} {position} {shell:?} {user:?} {directory:?} {mounts:?} {script:?}")
}
