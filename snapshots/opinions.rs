//! Second opinions on reading: another parser where it is fit to judge, and one token replaced at its place.

mod material;

use dockeropt::syntax::{Arguments, Dockerfile, Keyword};
use dockeropt::text::{Edit, EditSet, TextRange};
use material::say;
use rayon::prelude::*;

#[test]
fn another_parser_sees_the_same_instructions_at_the_same_lines() {
    let Some(folder) = material::folder_or_skip("a second opinion") else { return };
    let corpus = material::corpus(&folder);
    // It knows no heredocs and no escape directive, and takes a blank line in a continuation for its end, an escaped backslash for a continuation.
    let (mut compared, mut differing) = (0, Vec::<String>::new());
    for file in &corpus {
        let Ok(text) = std::str::from_utf8(&file.text) else { continue };
        let ours = Dockerfile::parse(text);
        let fit = ours.problems().is_empty()
            && !text.contains("\\\\\n")
            && !text.contains("<<")
            && !text.to_ascii_lowercase().contains("escape")
            && !has_blank_continuation(&ours)
            && !has_hash_in_arguments(&ours);
        let Some(theirs) = fit.then(|| dockerfile_parser::Dockerfile::parse(text).ok()).flatten() else { continue };
        compared += 1;
        let line = |offset: usize| 1 + text[..offset].matches('\n').count();
        let theirs: Vec<_> = theirs.instructions.iter().map(|instruction| line(instruction.span().start)).collect();
        let ours: Vec<_> = ours.instructions().map(|instruction| instruction.first_line).collect();
        if theirs != ours {
            differing.push(file.id.clone());
        }
    }
    say(&format!(
        "dockerfile-parser: fit to judge {compared} of {} files, {} with other instructions or lines",
        corpus.len(),
        differing.len()
    ));
    assert!(differing.is_empty(), "{differing:?}");
    assert!(compared > corpus.len() / 2);
}

/// Whether a continuation is followed by a line with nothing on it, which the other parser takes for the end.
fn has_blank_continuation(file: &Dockerfile) -> bool {
    file.instructions().any(|instruction| {
        file.slice(instruction.range)
            .trim_ascii_end()
            .split(|&byte| byte == b'\n')
            .any(|line| line.trim_ascii().is_empty())
    })
}

/// Whether an argument starts with a `#`, which the other parser takes for a comment that goes on in the next line.
fn has_hash_in_arguments(file: &Dockerfile) -> bool {
    file.instructions().any(|instruction| instruction.line.bytes().windows(2).any(|pair| pair == b" #"))
}

#[test]
fn a_token_replaced_at_its_place_changes_that_token_and_nothing_else() {
    let Some(folder) = material::folder_or_skip("one token replaced") else { return };
    let corpus = material::corpus(&folder);
    let counts: Vec<_> = corpus.par_iter().map(|file| (file, tokens_replaced(&file.text))).collect();
    let wrong: Vec<_> = counts
        .iter()
        .filter_map(|(file, result)| result.as_ref().err().map(|wrong| format!("{}: {wrong}", file.id)))
        .collect();
    let replaced: usize = counts.iter().filter_map(|(_, result)| result.as_ref().ok()).sum();
    say(&format!("one token replaced: {replaced} tokens in {} files, {} wrong", corpus.len(), wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Replaces each word and flag of each instruction in turn by another one.
fn tokens_replaced(text: &[u8]) -> Result<usize, String> {
    let file = Dockerfile::parse(text);
    if !file.problems().is_empty() {
        return Ok(0);
    }
    let before = lists(&file);
    let mut count = 0;
    for (index, instruction) in file.instructions().enumerate() {
        let mut targets: Vec<(usize, TextRange)> = Vec::new();
        if let (Keyword::Copy | Keyword::Add | Keyword::Expose | Keyword::Volume, Arguments::Words(words)) =
            (instruction.keyword(), instruction.arguments())
        {
            let plain = words.iter().enumerate().filter(|(_, word)| !word.text.starts_with("<<"));
            targets.extend(plain.map(|(at, word)| (at, word.range)));
        }
        if let Arguments::Pairs(pairs) = instruction.arguments() {
            targets.extend(
                pairs
                    .iter()
                    .enumerate()
                    .filter(|(_, pair)| !pair.value.range.is_empty())
                    .map(|(at, pair)| (at * 3 + 1, pair.value.range)),
            );
        }
        if let Arguments::Json(strings) = instruction.arguments() {
            targets.extend(strings.iter().enumerate().map(|(at, string)| (at, string.range)));
        }
        for (at, range) in targets {
            let is_json = instruction.arguments().is_json();
            let mut edits = EditSet::default();
            let replacement = if is_json { "\"zzz\"" } else { "zzz" };
            edits
                .add(&[Edit::replace(instruction.source_range(range), replacement)])
                .map_err(|overlap| overlap.to_string())?;
            let mut expected = before.clone();
            expected[index][at] = "zzz".to_owned();
            let after = lists(&Dockerfile::parse(edits.apply(text)));
            if after != expected {
                return Err(format!("line {}: argument {at}", instruction.first_line));
            }
            count += 1;
        }
    }
    Ok(count)
}

fn lists(file: &Dockerfile) -> Vec<Vec<String>> {
    let lists = file.instructions().map(|instruction| instruction.arguments().list());
    lists.map(|list| list.iter().map(|&text| text.to_owned()).collect()).collect()
}
