//! What holds in every session: settings, positions, versions, cancelling, files beside the document.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::editor::{Editor, able, applied, carried_out, fixed, uri};

/// A change that is safe, and one that is not.
const SAFE: &str = "FROM a\nENV A b\n";
const FIXED: &str = "FROM a\nENV A=b\n";
const BOTH: &str = "FROM a\nENV A b\nADD b.txt /c/\n";

struct Desk {
    folder: TempDir,
    editor: Editor,
    uri: String,
}

impl Desk {
    fn new(files: &[(&str, &str)], capabilities: Value, settings: Value, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(path, text)| fs::write(folder.path().join(path), text).unwrap());
        let (mut editor, _) = Editor::start_with(folder.path(), capabilities, settings);
        let uri = uri(&folder.path().join("Dockerfile"));
        editor.open(&uri, text);
        Self { folder, editor, uri }
    }

    fn plain(text: &str) -> Self {
        Self::new(&[], able(), Value::Null, text)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn formatted(&mut self, text: &str) -> String {
        applied(text, &self.editor.formatting(&self.uri))
    }

    /// The codes of all but the hints.
    fn codes(diagnostics: &Value) -> Vec<&str> {
        let all = diagnostics.as_array().unwrap().iter().filter(|one| one["severity"] != 4);
        all.map(|one| one["code"].as_str().unwrap_or("-")).collect()
    }

    /// The action of this kind for the whole document, if it is offered.
    fn action(&mut self, kind: &str) -> Option<Value> {
        let actions = self.editor.actions(&self.uri, [0, 9999], Some(kind));
        actions.into_iter().find(|action| action["kind"] == kind)
    }
}

#[test]
fn formatting_is_what_fix_does_with_standard_input_and_nothing_else() {
    let mut desk = Desk::plain(BOTH);
    let expected = fixed(desk.folder.path(), &["--safe"], BOTH);
    assert_eq!(desk.formatted(BOTH), expected);
    assert_ne!(expected, BOTH);
}

#[test]
fn edits_touch_what_changes_and_nothing_beside_it() {
    let mut desk = Desk::plain("FROM a\r\n# ü𝄞\r\nENV A b\r\n\r\nENV C d");
    let edits = desk.editor.formatting(&desk.uri);
    let range =
        |line: u32| json!({ "start": { "line": line, "character": 5 }, "end": { "line": line, "character": 6 } });
    assert_eq!(edits, json!([{ "range": range(2), "newText": "=" }, { "range": range(4), "newText": "=" }]));
}

#[test]
fn columns_are_counted_as_agreed() {
    let text = "FROM a\nRUN echo 𝄞 && pip install x\n";
    for (encoding, column) in [("utf-8", 29), ("utf-16", 27)] {
        let capabilities = json!({ "general": { "positionEncodings": [encoding] } });
        let mut desk = Desk::new(&[], capabilities, Value::Null, text);
        let edits = desk.editor.formatting(&desk.uri);
        let place = json!({ "line": 1, "character": column });
        let edit = json!([{ "range": { "start": place, "end": place }, "newText": "--no-cache-dir " }]);
        assert_eq!(edits, edit, "{encoding}");
        desk.editor.change(&desk.uri, 2, [[1, column], [1, column]], "y ");
        assert_eq!(desk.editor.formatting(&desk.uri), edit, "{encoding}");
    }
}

#[test]
fn a_range_is_formatted_alone() {
    let text = "FROM a\nENV A b\nENV C d\n";
    let mut desk = Desk::plain(text);
    let mut formatted = |start: [u32; 2], end: [u32; 2]| {
        let [start, end] = [start, end].map(|[line, character]| json!({ "line": line, "character": character }));
        let params = json!({
            "textDocument": { "uri": desk.uri }, "range": { "start": start, "end": end },
            "options": { "tabSize": 4, "insertSpaces": true },
        });
        applied(text, &desk.editor.request("textDocument/rangeFormatting", params))
    };
    assert_eq!(formatted([1, 3], [1, 3]), "FROM a\nENV A=b\nENV C d\n");
    assert_eq!(formatted([1, 0], [2, 0]), "FROM a\nENV A=b\nENV C d\n");
    assert_eq!(formatted([0, 0], [9, 0]), "FROM a\nENV A=b\nENV C=d\n");
    assert_eq!(formatted([0, 0], [0, 6]), text);
}

#[test]
fn many_changes_are_answered_once_for_the_last_version() {
    let mut desk = Desk::plain("FROM a\n");
    for version in 2..=200 {
        desk.editor.change(&desk.uri, version, [[1, 0], [1, 0]], "ENV A b\n");
    }
    desk.editor.pushed(200);
    desk.editor.close(&desk.uri);
    desk.editor.pushed(200);
    let mut desk = Desk::plain(SAFE);
    desk.editor.pushed(1);
    let mut answers = 0;
    (2..=200).for_each(|version| desk.editor.change(&desk.uri, version, [[0, 6], [0, 6]], "a"));
    while desk.editor.notification("textDocument/publishDiagnostics")["version"] != 200 {
        answers += 1;
    }
    assert!(answers < 100, "{answers} answers to 199 changes");
}

#[test]
fn a_request_is_answered_for_the_text_as_it_is_by_then() {
    let mut desk = Desk::plain("FROM a\n");
    desk.editor.change(&desk.uri, 2, [[1, 0], [1, 0]], "ENV A b\n");
    assert_eq!(desk.formatted(SAFE), FIXED);
}

#[test]
fn what_is_cancelled_is_answered_at_once() {
    let mut text = String::from("FROM debian\n");
    (0..2000).for_each(|number| text.push_str(&format!("RUN apt-get install -y a{number}\n")));
    let mut desk = Desk::plain(&text);
    let everything = json!({
        "textDocument": { "uri": desk.uri }, "context": { "diagnostics": [] },
        "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 3000, "character": 0 } },
    });
    let long = desk.editor.ask("textDocument/codeAction", everything.clone());
    let waiting = desk.editor.ask("textDocument/codeAction", everything);
    let start = Instant::now();
    for id in [waiting, long] {
        desk.editor.notify("$/cancelRequest", json!({ "id": id }));
        assert_eq!(desk.editor.answer(id).unwrap_err().code, -32800);
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    desk.editor.notify("$/cancelRequest", json!({ "id": 4711 }));
    desk.editor.close(&desk.uri);
}

#[test]
fn the_copy_on_disk_is_never_read() {
    let mut desk = Desk::new(&[("Dockerfile", BOTH)], able(), Value::Null, SAFE);
    assert_eq!(Desk::codes(&desk.editor.pushed(1)), ["env-equals"]);
    assert_eq!(desk.formatted(SAFE), FIXED);
    assert_eq!(fs::read_to_string(desk.path("Dockerfile")).unwrap(), BOTH);
}

#[test]
fn a_text_that_was_never_saved_is_served_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::start(folder.path(), able());
    editor.open("untitled:Untitled-1", SAFE);
    assert_eq!(applied(SAFE, &editor.formatting("untitled:Untitled-1")), FIXED);
}

#[test]
fn a_refused_text_gives_diagnostics_and_no_edits() {
    let text = "FROM a\nENV A b\nRUNN x\n";
    let mut desk = Desk::plain(text);
    let diagnostics = desk.editor.pushed(1);
    assert_eq!(diagnostics[0]["severity"], 1);
    assert!(diagnostics[0]["message"].as_str().unwrap().contains("unknown instruction: RUNN"));
    assert_eq!(desk.editor.formatting(&desk.uri), Value::Null);
    assert_eq!(desk.editor.actions(&desk.uri, [0, 3], None), [Value::Null; 0]);
}

#[test]
fn a_configuration_counts_as_it_is_on_disk_now() {
    let mut desk = Desk::new(&[("dockeropt.toml", "ignore = ['env-equals']\n")], able(), Value::Null, SAFE);
    assert_eq!(Desk::codes(&desk.editor.pushed(1)), [""; 0]);
    assert_eq!(desk.formatted(SAFE), SAFE);
    fs::write(desk.path("dockeropt.toml"), "").unwrap();
    assert_eq!(desk.formatted(SAFE), FIXED);
    desk.editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(Desk::codes(&desk.editor.pushed(1)), ["env-equals"]);

    fs::write(desk.path("dockeropt.toml"), "\nsaef = true\n").unwrap();
    desk.editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    let diagnostics = desk.editor.pushed(1);
    let message = diagnostics[0]["message"].as_str().unwrap();
    assert!(message.ends_with("dockeropt.toml:2: unknown key `saef`, did you mean `safe`?"), "{message}");
    assert_eq!(desk.formatted(SAFE), SAFE);
    fs::write(desk.path("dockeropt.toml"), "exclude = ['*']\n").unwrap();
    assert_eq!(desk.formatted(SAFE), SAFE);
}

#[test]
fn the_settings_of_the_editor_count_and_can_change() {
    let mut desk = Desk::new(&[], able(), json!({ "ignore": ["env-equals"] }), SAFE);
    assert_eq!(Desk::codes(&desk.editor.pushed(1)), [""; 0]);
    desk.editor.notify("workspace/didChangeConfiguration", json!({ "settings": { "dockeropt": {} } }));
    assert_eq!(Desk::codes(&desk.editor.pushed(1)), ["env-equals"]);
    desk.editor.notify("workspace/didChangeConfiguration", json!({ "settings": { "dockeropt": { "safe": 3 } } }));
    let told = desk.editor.notification("window/logMessage");
    assert!(told["message"].as_str().unwrap().contains("settings: invalid type"), "{told}");
    assert_eq!(desk.formatted(SAFE), FIXED);
}

#[test]
fn an_editor_that_can_be_asked_is_asked_for_settings_and_for_watching() {
    let mut capabilities = able();
    capabilities["workspace"]["configuration"] = json!(true);
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
    let mut desk = Desk::new(&[], capabilities, Value::Null, SAFE);
    let watched = desk.editor.serve("client/registerCapability", Value::Null);
    assert!(watched.to_string().contains("**/dockeropt.toml"), "{watched}");
    desk.editor.serve("workspace/configuration", json!([{ "ignore": ["env-equals"] }]));
    desk.editor.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    desk.editor.serve("workspace/configuration", json!([{ "ignore": ["env-equals"], "declined": false }]));
    desk.editor.change(&desk.uri, 2, [[0, 6], [0, 6]], "b");
    assert_eq!(Desk::codes(&desk.editor.pushed(2)), [""; 0]);
}

#[test]
fn an_editor_that_asks_for_diagnostics_is_not_told_unasked() {
    let mut capabilities = able();
    capabilities["textDocument"]["diagnostic"] = json!({});
    capabilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    let mut desk = Desk::new(&[], capabilities, Value::Null, SAFE);
    let report = desk.editor.request("textDocument/diagnostic", json!({ "textDocument": { "uri": desk.uri } }));
    assert_eq!((&report["kind"], Desk::codes(&report["items"])), (&json!("full"), vec!["env-equals"]));
    desk.editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    desk.editor.serve("workspace/diagnostic/refresh", Value::Null);
    let closed = json!({ "textDocument": { "uri": "file:///closed/Dockerfile" } });
    assert_eq!(desk.editor.request("textDocument/diagnostic", closed)["items"], json!([]));
}

#[test]
fn what_is_safe_comes_by_the_general_name_and_the_rest_by_its_own() {
    let mut desk = Desk::plain(BOTH);
    let kinds = |actions: Vec<Value>| actions.iter().map(|action| action["kind"].clone()).collect::<Vec<_>>();
    let [safe, all] = ["source.fixAll.dockeropt", "source.fixAll.dockeropt.all"];
    for only in ["source.fixAll", safe] {
        assert_eq!(kinds(desk.editor.actions(&desk.uri, [0, 0], Some(only))), [safe], "{only}");
    }
    assert_eq!(kinds(desk.editor.actions(&desk.uri, [0, 0], Some(all))), [all]);
    let edit = desk.action(all).unwrap();
    let (text, _) = carried_out(&edit["edit"], &desk.uri, BOTH);
    assert_eq!(text, "FROM a\nENV A=b\nCOPY b.txt /c/\n");
}

#[test]
fn safe_fixes_are_preferred_and_others_say_what_they_do() {
    let mut desk = Desk::plain(BOTH);
    let actions = desk.editor.actions(&desk.uri, [1, 3], Some("quickfix"));
    let told = |index: usize| (actions[index]["title"].as_str().unwrap(), &actions[index]["isPreferred"]);
    assert!(actions.len() == 4, "{actions:#?}");
    assert!(told(1).0.ends_with("(add-to-copy, changes the image)") && told(1).1.is_null(), "{:?}", told(1));
    assert!(told(0).0.ends_with("(env-equals)") && told(0).1 == true, "{:?}", told(0));
    assert_eq!(told(2).0, "All of add-to-copy in this file");
    let first_line = desk.editor.actions(&desk.uri, [0, 0], Some("quickfix"));
    assert_eq!(first_line, [Value::Null; 0]);
}

/// A folder whose Dockerfile gets a `.dockerignore`.
fn with_git(folder: &Path) -> &'static str {
    fs::create_dir(folder.join(".git")).unwrap();
    fs::write(folder.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(folder.join("app.sh"), "echo hello\n").unwrap();
    "FROM debian:bookworm-slim\nCOPY . /srv\nCMD [\"sh\", \"/srv/app.sh\"]\n"
}

#[test]
fn a_file_beside_the_document_is_made_by_editors_that_can() {
    let kind = "source.fixAll.dockeropt.all";
    let mut desk = Desk::plain("");
    let text = with_git(desk.folder.path());
    desk.editor.change(&desk.uri, 2, [[0, 0], [0, 0]], text);
    desk.editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    let action = desk.action(kind).expect("there is something to do");
    let (_, others) = carried_out(&action["edit"], &desk.uri, text);
    assert_eq!(others.len(), 1, "{action:#}");
    assert_eq!(others[0].0, desk.path(".dockerignore"));
    assert!(others[0].1.contains(".git"), "{}", others[0].1);

    let mut unable = able();
    unable["workspace"]["workspaceEdit"]["resourceOperations"] = json!([]);
    let mut desk = Desk::new(&[], unable, Value::Null, "");
    with_git(desk.folder.path());
    desk.editor.change(&desk.uri, 2, [[0, 0], [0, 0]], text);
    for action in desk.editor.actions(&desk.uri, [0, 9], None) {
        assert!(!action.to_string().contains("dockerignore"), "{action:#}");
    }
}

#[test]
fn the_server_does_not_stumble_over_what_it_does_not_know() {
    let mut desk = Desk::plain(SAFE);
    desk.editor.notify("$/setTrace", json!({ "value": "off" }));
    desk.editor.notify("textDocument/didChange", json!({ "nonsense": true }));
    let id = desk.editor.ask("textDocument/rename", json!({}));
    assert_eq!(desk.editor.answer(id).unwrap_err().code, -32601);
    let id = desk.editor.ask("textDocument/hover", json!({ "nonsense": true }));
    assert_eq!(desk.editor.answer(id).unwrap_err().code, -32602);
    let id = desk.editor.ask(
        "textDocument/formatting",
        json!({
            "textDocument": { "uri": "file:///closed" }, "options": { "tabSize": 1, "insertSpaces": true },
        }),
    );
    assert_eq!(desk.editor.answer(id).unwrap_err().code, -32602);
    assert_eq!(desk.formatted(SAFE), FIXED);
    assert!(desk.editor.end().success());
}

#[test]
fn an_editor_that_is_gone_takes_the_server_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = crate::editor::program(folder.path()).arg("lsp").stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("standard input ended before the client said hello"), "{said}");
}
