//! `dockeropt map`: a line for each line, in order, in the same memory however many there are; by itself, and under the engines of `examples/scale`.

#[path = "map/engines.rs"]
mod engines;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "cli/harness.rs"]
mod harness;
mod material;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use dockeropt::catalogue::Catalogue;
use dockeropt::rewrite::{Chain, Facts, Options, Silent};
use dockeropt::transforms;
use harness::{AFTER, BEFORE, Folder};
use serde_json::{Value, json};

/// The rows that `dockeropt map` with `arguments` answers `input` with.
fn rows(arguments: &str, input: impl AsRef<[u8]>) -> Vec<Value> {
    let output = Folder::new(&[]).run_with(&format!("map {arguments}"), input, &[]);
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.out.is_ascii());
    output.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One line a file of the corpus, as `map` takes it.
fn corpus_lines(corpus: &[material::CorpusFile]) -> String {
    let mut lines = String::new();
    for file in corpus {
        if let Ok(text) = std::str::from_utf8(&file.text) {
            let _ = writeln!(
                lines,
                "{}",
                json!({ "id": file.id, "path": format!("{}/Dockerfile", file.id), "text": text })
            );
        }
    }
    lines
}

#[test]
fn a_line_says_what_would_change_and_hands_through_the_rest() {
    let line =
        json!({ "id": 7, "path": "a/Dockerfile", "text": BEFORE, "repository": { "stars": 3 }, "status": "theirs" });
    let [row] = &rows("", format!("{line}\n"))[..] else { panic!("not one row") };
    let findings = &row["findings"];
    assert_eq!(findings[0]["id"], "env-equals");
    assert_eq!(findings.as_array().unwrap().len(), 1);
    let expected = json!({
        "id": 7, "path": "a/Dockerfile", "repository": { "stars": 3 }, "changed": true, "status": "changed", "reason": null, "text": AFTER,
        "diff": "--- a/a/Dockerfile\n+++ b/a/Dockerfile\n@@ -1,2 +1,2 @@\n FROM a\n-ENV A b\n+ENV A=b\n",
        "findings": findings, "advice": row["advice"], "declined": row["declined"], "problems": [],
    });
    assert_eq!(row, &expected);
}

#[test]
fn what_is_handed_through_stays_byte_by_byte() {
    let line = r#"{"id":12345678901234567890123,"text":"FROM a\n","rate":1.10e5,"name":"\u00fc"}"#;
    let output = Folder::new(&[]).run_with("map --quiet", line, &[]);
    let text = output.text();
    for part in [r#""id":12345678901234567890123"#, r#""rate":1.10e5"#, r#""name":"\u00fc""#] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(output.err, "");
}

#[test]
fn a_bad_line_is_answered_by_its_reason_and_the_next_one_as_ever() {
    let good = json!({ "id": "good", "text": BEFORE }).to_string();
    let long = json!({ "id": "long", "text": "FROM a\n".repeat(100) }).to_string();
    let bad: &[(&[u8], &str)] = &[
        (b"FROM a", "no JSON object"),
        (b"", "no JSON object"),
        (b"[1]", "no JSON object"),
        (b"{\"id\": 1}", "`text` is missing"),
        (b"{\"id\": 1, \"text\": null}", "`text` is no string of characters"),
        (b"{\"id\": 1, \"text\": \"\\ud800\"}", "`text` is no string of characters"),
        (b"{\"id\": 1, \"path\": 3, \"text\": \"\"}", "`path` is no string of characters"),
        (b"{\"id\": 1, \"text\": \"\xff\"}", "no JSON object"),
        (long.as_bytes(), "it is too long; --max-line-size sets the limit"),
    ];
    let mut input = Vec::new();
    for (line, _) in bad {
        input.extend([line, b"\n" as &[u8], good.as_bytes(), b"\r\n"].concat());
    }
    let rows = rows("--max-line-size 200", &input);
    assert_eq!(rows.len(), 2 * bad.len());
    for (index, (_, because)) in bad.iter().enumerate() {
        let (row, next) = (&rows[2 * index], &rows[2 * index + 1]);
        let reason = row["reason"].as_str().unwrap();
        assert!(reason.starts_with(&format!("line {}: {because}", 2 * index + 1)), "{reason}");
        assert_eq!((&row["status"], &row["changed"], &row["text"]), (&json!("failed"), &json!(false), &Value::Null));
        assert_eq!((&next["id"], &next["text"]), (&json!("good"), &json!(AFTER)));
        let keys =
            |row: &Value| row.as_object().unwrap().keys().filter(|key| *key != "id").cloned().collect::<Vec<_>>();
        assert_eq!(keys(row), keys(next));
    }
    assert_eq!(rows[6]["id"], 1, "what can be read of a bad line is handed through");
}

#[test]
fn a_text_that_buildkit_refuses_and_a_template_come_back_as_they_were() {
    let lines = [("Dockerfile", "FROM a\nRUNN x\n"), ("Dockerfile.j2", BEFORE), ("Dockerfile", "")];
    let lines: String = lines.map(|(path, text)| format!("{}\n", json!({ "path": path, "text": text }))).concat();
    let rows = rows("", &lines);
    let seen: Vec<_> =
        rows.iter().map(|row| (row["status"].as_str().unwrap(), row["text"].as_str().unwrap())).collect();
    assert_eq!(seen, [("refused", "FROM a\nRUNN x\n"), ("skipped", BEFORE), ("refused", "")]);
    assert_eq!(rows[0]["problems"][0]["line"], 2);
}

#[test]
fn nothing_of_the_folder_or_of_a_registry_is_asked() {
    let folder =
        Folder::new(&[("dockeropt.toml", "ignore = ['env-equals']\n"), ("other.toml", "ignore = ['env-equals']\n")]);
    let line = json!({ "path": "Dockerfile", "text": BEFORE }).to_string();
    let changed = |arguments: &str| folder.run_with(arguments, &line, &[]).text().contains("\"changed\":true");
    assert!(changed("map"), "the configuration of the folder it runs in is none of the text's");
    assert!(!changed("map --config other.toml"));
    let output = folder.run_with("map --pin digest", &line, &[]);
    output.fails_with("map asks no registries");
}

/// `dockeropt map` as a partner that is asked one line after the other.
struct Partner {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Partner {
    /// The partner, and what it is asked by.
    fn new() -> (Self, ChildStdin) {
        let mut command = harness::command(&std::env::temp_dir());
        let mut child = command.args(["map", "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (into, out) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        (Self { child, out }, into)
    }

    fn answer(&mut self) -> String {
        let mut answer = String::new();
        self.out.read_line(&mut answer).unwrap();
        answer
    }

    /// The most memory that it has needed so far, in kB (proc_pid_status(5)).
    #[cfg(target_os = "linux")]
    fn peak_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

#[test]
fn whoever_waits_for_an_answer_gets_it() {
    let (mut partner, mut into) = Partner::new();
    for id in 0..3 {
        writeln!(into, "{}", json!({ "id": id, "text": BEFORE })).unwrap();
        let row: Value = serde_json::from_str(&partner.answer()).unwrap();
        assert_eq!((&row["id"], &row["text"]), (&json!(id), &json!(AFTER)));
    }
    drop(into);
    assert!(partner.child.wait().unwrap().success());
}

#[test]
fn every_file_of_the_corpus_is_answered_as_the_chain_has_it_and_in_order() {
    let Some(folder) = material::folder_or_skip("map over the corpus") else { return };
    let corpus = material::corpus(&folder);
    let lines = corpus_lines(&corpus);
    let catalogue = std::sync::Arc::new(Catalogue::embedded());
    let defaults = transforms::all().map(|(_, transform)| transform).filter(|transform| !transform.opt_in);
    let chain = Chain { transforms: defaults.collect(), options: Options::default() };
    let rows = rows("--jobs 2", &lines);
    let files: Vec<_> = corpus.iter().filter(|file| std::str::from_utf8(&file.text).is_ok()).collect();
    assert_eq!(rows.len(), files.len());
    for (row, file) in rows.iter().zip(files) {
        let mut facts = Facts::default();
        facts.catalogue = std::sync::Arc::clone(&catalogue);
        facts.today = Some(catalogue.date());
        let outcome = chain.settle(&file.text, facts, &mut Silent).unwrap();
        assert_eq!(row["id"], file.id);
        assert_eq!(row["text"].as_str().unwrap().as_bytes(), &*outcome.after, "{}", file.id);
        assert_eq!(row["changed"], outcome.before != outcome.after, "{}", file.id);
        assert_eq!(row["findings"].as_array().unwrap().len(), outcome.rewrites().count(), "{}", file.id);
    }
    // Shards share the lines among them, and each keeps their order.
    let mut shards: Vec<_> =
        (1..=3).map(|index| self::rows(&format!("--shard {index}/3"), &lines).into_iter()).collect();
    let dealt: Vec<_> = (0..rows.len()).map(|line| shards[line % 3].next().unwrap()).collect();
    assert_eq!(dealt, rows);
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_lines() {
    let Some(folder) = material::folder_or_skip("memory of map") else { return };
    let corpus = material::corpus(&folder);
    let lines = corpus_lines(&corpus);
    let count = lines.lines().count();
    let (mut partner, mut into) = Partner::new();
    let mut peaks = Vec::new();
    for _ in 0..5 {
        std::thread::scope(|scope| {
            scope.spawn(|| into.write_all(lines.as_bytes()).unwrap());
            (0..count).for_each(|_| drop(partner.answer()));
        });
        peaks.push(partner.peak_kb());
    }
    drop(into);
    assert!(partner.child.wait().unwrap().success());
    material::say(&format!("map: peak memory after each {count} lines: {peaks:?} kB"));
    assert!(peaks[4] < peaks[0] + peaks[0] / 4, "memory grows: {peaks:?} kB");
}
