//! The Dockerfile is read as BuildKit reads it: its own parser's answers are the bar, 0 differences.

mod material;

use std::collections::BTreeMap;

use dockeropt::syntax::Dockerfile;
use dockeropt::syntax::tree::Tree;
use material::say;
use serde_json::Value;

/// What differs between BuildKit's answer and ours for `text`.
fn differences(text: &[u8], buildkit: &Value) -> Vec<String> {
    let tree = serde_json::to_value(Tree::of(&Dockerfile::parse(text))).unwrap();
    let mut differences = Vec::new();
    let accepted = buildkit["parse"] == true && buildkit["instr"] == true;
    if tree["accepted"] != accepted {
        differences.push(format!("accepted: {} problems: {} buildkit: {buildkit}", tree["accepted"], tree["problems"]));
    }
    if buildkit["parse"] != true {
        return differences;
    }
    if buildkit["escape"] != tree["escape"] {
        differences.push(format!("escape: {} {}", buildkit["escape"], tree["escape"]));
    }
    let (theirs, ours) = (buildkit["nodes"].as_array().unwrap(), tree["nodes"].as_array().unwrap());
    if theirs.len() != ours.len() {
        differences.push(format!("{} instructions, ours {}", theirs.len(), ours.len()));
    }
    for (theirs, ours) in theirs.iter().zip(ours) {
        node_differences(theirs, ours, &mut differences);
    }
    differences
}

fn node_differences(theirs: &Value, ours: &Value, differences: &mut Vec<String>) {
    for field in ["cmd", "flags", "args", "json", "heredocs", "start", "end", "original"] {
        if theirs[field] != ours[field] {
            differences.push(format!("line {} {field}: {} ours {}", theirs["start"], theirs[field], ours[field]));
        }
    }
    if theirs["sub"].is_object() || ours["sub"].is_object() {
        node_differences(&theirs["sub"], &ours["sub"], differences);
    }
}

fn assert_none_differs(what: &str, answers: impl Iterator<Item = (String, Vec<u8>, Value)>) {
    let (mut count, mut differing) = (0, Vec::new());
    for (name, text, buildkit) in answers {
        count += 1;
        let differences = differences(&text, &buildkit);
        if !differences.is_empty() {
            differing.push(format!(
                "{name} {:?}\n  {}",
                String::from_utf8_lossy(&text[..text.len().min(200)]),
                differences.join("\n  ")
            ));
        }
    }
    say(&format!("{what}: {count} files, {} read differently from BuildKit", differing.len()));
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn hand_written_cases_are_read_as_buildkit_reads_them() {
    let Some(folder) = material::folder_or_skip("conformance cases") else { return };
    let cases = material::json_lines(&folder.join("conformance/cases.jsonl")).into_iter().map(|mut case| {
        let text = match (&case["text"], &case["base64"]) {
            (Value::String(text), _) => text.clone().into_bytes(),
            (_, Value::String(text)) => from_base64(text),
            _ => panic!("a case has a text"),
        };
        (case["category"].to_string(), text, case["buildkit"].take())
    });
    assert_none_differs("conformance cases", cases);
}

#[test]
fn every_corpus_file_is_read_as_buildkit_reads_it() {
    let Some(folder) = material::folder_or_skip("conformance of the corpus") else { return };
    let answers = material::json_lines(&folder.join("conformance/corpus.jsonl.gz"));
    let mut answers: BTreeMap<String, Value> = answers
        .into_iter()
        .map(|mut answer| (answer["id"].as_str().unwrap().to_owned(), answer["buildkit"].take()))
        .collect();
    let files = material::corpus(&folder).into_iter().map(|file| {
        let answer = answers.remove(&file.id).unwrap();
        (file.id, file.text, answer)
    });
    assert_none_differs("conformance of the corpus", files);
}

fn from_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for digit in text.bytes().filter_map(|c| ALPHABET.iter().position(|&known| known == c)) {
        bits = (bits << 6) | u32::try_from(digit).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xFF).unwrap());
        }
    }
    bytes
}
