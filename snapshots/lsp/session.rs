//! An editor session from the first to the last word, as a user would see it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::editor::{Editor, able, applied, carried_out, uri};

const TEXT: &str = "\
FROM python:3.9
MAINTAINER Zoë 🐍 <zoe@example.org>
# dockeropt: ignore=merge-runs
RUN apt-get update && apt-get install -y git
RUN pip install flask
ADD app.py /srv/
CMD python /srv/app.py
";

/// How much of a hover is held: the rest are pages, which may change.
const HOVER_LINES: usize = 19;

#[test]
fn a_session() {
    let folder = tempfile::tempdir().unwrap();
    let uri = uri(&folder.path().join("Dockerfile"));
    let (mut editor, can) = Editor::start_with(folder.path(), able(), Value::Null);
    let mut told = format!("can: {}\n", serde_json::to_string_pretty(&can["capabilities"]).unwrap());

    editor.open(&uri, TEXT);
    writeln!(told, "\nopened:\n{TEXT}").unwrap();
    told.push_str(&diagnostics(&editor.pushed(1)));

    for [line, character] in [[0, 6], [2, 22], [3, 44]] {
        let place = json!({ "line": line, "character": character });
        let hover = editor.request("textDocument/hover", json!({ "textDocument": { "uri": uri }, "position": place }));
        let shown = hover["contents"]["value"].as_str().unwrap();
        let shown = shown.lines().take(HOVER_LINES).fold(String::new(), |shown, line| shown + line + "\n");
        writeln!(told, "\nhover at {}:\n{}", shown_place(&place), indented(&shown)).unwrap();
    }

    told.push_str("\noffered for everything:\n");
    for action in editor.actions(&uri, [0, 7], None) {
        let preferred = if action["isPreferred"] == true { ", preferred" } else { "" };
        writeln!(told, "  {} [{}{preferred}]", action["title"].as_str().unwrap(), action["kind"].as_str().unwrap())
            .unwrap();
        let (after, _) = carried_out(&action["edit"], &uri, TEXT);
        told.push_str(&indented(&difference(TEXT, &after)));
    }

    let edits = editor.formatting(&uri);
    writeln!(told, "\nformatted by {} edits:\n{}", edits.as_array().unwrap().len(), applied(TEXT, &edits)).unwrap();

    editor.change(&uri, 2, [[3, 0], [4, 0]], "# dockeropt: ignore=pip\n");
    let place = json!({ "line": 3, "character": 23 });
    let completion =
        editor.request("textDocument/completion", json!({ "textDocument": { "uri": uri }, "position": place }));
    told.push_str("completed behind `# dockeropt: ignore=pip`:\n");
    for item in completion.as_array().unwrap() {
        writeln!(told, "  {}: {}", item["label"].as_str().unwrap(), item["detail"].as_str().unwrap()).unwrap();
    }

    editor.change(&uri, 3, [[6, 0], [6, 4]], "CDM");
    writeln!(told, "\nrefused:\n{}", diagnostics(&editor.pushed(3))).unwrap();
    writeln!(told, "formatted: {}", editor.formatting(&uri)).unwrap();
    let kinds = editor.actions(&uri, [0, 7], None).len();
    writeln!(told, "offered: {kinds}").unwrap();

    editor.close(&uri);
    writeln!(told, "closed: {}", editor.pushed(3)).unwrap();
    assert!(editor.end().success());
    crate::assert_snapshot("session", &told.replace(&uri, "URI"));
}

fn diagnostics(all: &Value) -> String {
    let mut told = String::from("diagnostics:\n");
    for one in all.as_array().unwrap() {
        let severity = ["", "error", "warning", "information", "hint"];
        let severity = severity[usize::try_from(one["severity"].as_u64().unwrap()).unwrap()];
        let [start, end] = ["start", "end"].map(|key| shown_place(&one["range"][key]));
        let (code, message) = (one["code"].as_str().unwrap_or("-"), one["message"].as_str().unwrap());
        writeln!(told, "  {start}-{end} {severity} {code}: {message}").unwrap();
    }
    told
}

/// As the protocol counts: from 0, in UTF-16.
fn shown_place(position: &Value) -> String {
    format!("{}:{}", position["line"], position["character"])
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

/// Lines that go and lines that come.
fn difference(before: &str, after: &str) -> String {
    let diff = dockeropt::text::diff::unified(b"-", before.as_bytes(), after.as_bytes());
    let diff = String::from_utf8(diff).unwrap();
    let changed = diff.lines().skip(3).filter(|line| line.starts_with(['-', '+']));
    changed.map(|line| format!("{line}\n")).collect()
}
