//! An editor of a few lines: starts the server, says what a user does, and applies edits by itself.

use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use lsp_server::{Message, Notification, Request, Response, ResponseError};
use serde_json::{Value, json};

/// 2026-08-21 in seconds, when the catalogue of images is of: later it warns of its age, and after a year it says nothing.
pub const CATALOGUE_DAY: &str = "1787270400";

/// How long an answer is waited for: far longer than it takes, since other programs may be at work.
const WAIT_MAX: Duration = Duration::from_secs(60);

pub struct Editor {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Message>,
    /// Heard while waiting for something else.
    heard: Vec<Message>,
    requests: i32,
}

/// The program, to be run in `folder`.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockeropt"));
    command.current_dir(folder).env("SOURCE_DATE_EPOCH", CATALOGUE_DAY).env("NO_COLOR", "1");
    command
}

/// What `dockeropt fix` makes of `text` with these arguments, by way of standard input.
#[track_caller]
pub fn fixed(folder: &Path, arguments: &[&str], text: &str) -> String {
    let mut child = program(folder)
        .arg("fix")
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// What an editor with everything can do.
pub fn able() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": { "codeAction": { "isPreferredSupport": true }, "hover": { "contentFormat": ["markdown"] } },
        "workspace": { "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create"] } },
    })
}

impl Editor {
    /// Starts the server in `folder` and shakes hands.
    pub fn start(folder: &Path, capabilities: Value) -> Self {
        Self::start_with(folder, capabilities, Value::Null).0
    }

    /// The same with settings; also what the server says it can do.
    pub fn start_with(folder: &Path, capabilities: Value, settings: Value) -> (Self, Value) {
        let mut command = program(folder);
        command.args(["lsp", "--stdio", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut editor = Self { child, input, messages, heard: Vec::new(), requests: 0 };
        let params = json!({
            "processId": std::process::id(), "rootUri": uri(folder), "capabilities": capabilities,
            "initializationOptions": settings,
        });
        let can = editor.request("initialize", params);
        editor.notify("initialized", json!({}));
        (editor, can)
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.say(&Notification::new(method.to_owned(), params).into());
    }

    fn say(&mut self, message: &Message) {
        message.write(&mut self.input).unwrap();
    }

    /// Asks, and waits for no answer. The number of the request.
    pub fn ask(&mut self, method: &str, params: Value) -> i32 {
        self.requests += 1;
        self.say(&Request::new(self.requests.into(), method.to_owned(), params).into());
        self.requests
    }

    pub fn answer(&mut self, id: i32) -> Result<Value, ResponseError> {
        let is_answer = |message: &Message| matches!(message, Message::Response(response) if response.id == id.into());
        let Message::Response(Response { response_result, .. }) = self.wait_for(is_answer) else { unreachable!() };
        response_result
    }

    #[track_caller]
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id).unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// Waits for a request of the server, and answers it.
    pub fn serve(&mut self, method: &str, answer: Value) -> Value {
        let is_request = |message: &Message| matches!(message, Message::Request(request) if request.method == method);
        let Message::Request(Request { id, params, .. }) = self.wait_for(is_request) else { unreachable!() };
        self.say(&Response::new_ok(id, answer).into());
        params
    }

    /// The next notification of this kind.
    pub fn notification(&mut self, method: &str) -> Value {
        let is_it = |message: &Message| matches!(message, Message::Notification(it) if it.method == method);
        let Message::Notification(Notification { params, .. }) = self.wait_for(is_it) else { unreachable!() };
        params
    }

    /// The diagnostics that are pushed for `version` of a document.
    pub fn pushed(&mut self, version: i32) -> Value {
        loop {
            let params = self.notification("textDocument/publishDiagnostics");
            if params["version"] == version {
                return params["diagnostics"].clone();
            }
        }
    }

    fn wait_for(&mut self, is_it: impl Fn(&Message) -> bool) -> Message {
        if let Some(index) = self.heard.iter().position(&is_it) {
            return self.heard.remove(index);
        }
        loop {
            let message = self.messages.recv_timeout(WAIT_MAX).expect("the server answers");
            if is_it(&message) {
                return message;
            }
            self.heard.push(message);
        }
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "dockerfile", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the range, as `[line, character]` each.
    pub fn change(&mut self, uri: &str, version: i32, range: [[u32; 2]; 2], text: &str) {
        let [start, end] = range.map(|[line, character]| json!({ "line": line, "character": character }));
        let change = json!({ "range": { "start": start, "end": end }, "text": text });
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// The code actions for some lines; all kinds, or only one.
    pub fn actions(&mut self, uri: &str, lines: [u32; 2], only: Option<&str>) -> Vec<Value> {
        let context = match only {
            Some(kind) => json!({ "diagnostics": [], "only": [kind] }),
            None => json!({ "diagnostics": [] }),
        };
        let [start, end] = lines.map(|line| json!({ "line": line, "character": 0 }));
        let params =
            json!({ "textDocument": { "uri": uri }, "range": { "start": start, "end": end }, "context": context });
        self.request("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// The edits that formatting wants.
    pub fn formatting(&mut self, uri: &str) -> Value {
        let options = json!({ "tabSize": 4, "insertSpaces": true });
        self.request("textDocument/formatting", json!({ "textDocument": { "uri": uri }, "options": options }))
    }

    /// Says goodbye, and waits for the end.
    pub fn end(mut self) -> std::process::ExitStatus {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.child.wait().unwrap()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text after `edits`, which may be `null`, with columns in UTF-16.
#[track_caller]
pub fn applied(text: &str, edits: &Value) -> String {
    let mut edits: Vec<_> = edits.as_array().into_iter().flatten().map(|edit| splice(text, edit)).collect();
    edits.sort_by_key(|(start, ..)| *start);
    let (mut out, mut kept) = (String::new(), 0);
    for (start, end, new) in edits {
        assert!(kept <= start && start <= end, "edits do not touch each other");
        out.push_str(&text[kept..start]);
        out.push_str(&new);
        kept = end;
    }
    out + &text[kept..]
}

fn splice(text: &str, edit: &Value) -> (usize, usize, String) {
    let offset = |position: &Value| {
        let [line, character] =
            ["line", "character"].map(|key| usize::try_from(position[key].as_u64().unwrap()).unwrap());
        let mut start = 0;
        for _ in 0..line {
            let rest = &text.as_bytes()[start..];
            let end = rest.iter().position(|byte| b"\r\n".contains(byte)).expect("the line is in the text");
            start += end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        }
        let mut units = 0;
        let within = text[start..].char_indices().find(|(_, character_here)| {
            let is_here = units >= character;
            units += character_here.len_utf16();
            is_here
        });
        within.map_or(text.len(), |(at, _)| start + at)
    };
    let range = &edit["range"];
    (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().unwrap().to_owned())
}

/// What a workspace edit makes of the document `uri`, and of other files: each with its text.
#[track_caller]
pub fn carried_out(edit: &Value, uri: &str, text: &str) -> (String, Vec<(PathBuf, String)>) {
    if let Some(changes) = edit["changes"].as_object() {
        assert_eq!(changes.keys().collect::<Vec<_>>(), [uri]);
        return (applied(text, &changes[uri]), Vec::new());
    }
    let (mut text, mut others): (String, Vec<(PathBuf, String)>) = (text.to_owned(), Vec::new());
    for change in edit["documentChanges"].as_array().unwrap() {
        let path = |uri: &Value| PathBuf::from(uri.as_str().unwrap().strip_prefix("file://").unwrap());
        if change["kind"] == "create" {
            others.push((path(&change["uri"]), String::new()));
        } else if change["textDocument"]["uri"] == uri {
            text = applied(&text, &change["edits"]);
        } else {
            let path = path(&change["textDocument"]["uri"]);
            let before = others.iter().position(|(other, _)| *other == path).map(|index| others.remove(index).1);
            let before = before.unwrap_or_else(|| std::fs::read_to_string(&path).unwrap());
            others.push((path, applied(&before, &change["edits"])));
        }
    }
    (text, others)
}
