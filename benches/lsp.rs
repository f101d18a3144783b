//! How long an editor waits, and what the server keeps: edits of the largest file of the corpus, one after the other, through the
//! built program. Not timed by a test, since a machine has other things to do.

#[path = "../snapshots/material/mod.rs"]
mod material;

use std::io::{BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use lsp_server::{Message, Notification, Request};
use serde_json::{Value, json};

/// Edits that are timed, each with its diagnostics and a formatting.
const TIMED: usize = 1_000;

/// Edits in all, after which memory is looked at again.
const ALL: usize = 10_000;

const URI: &str = "file:///nowhere/Dockerfile";

struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    version: i32,
}

impl Server {
    fn start(text: &str) -> std::io::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockeropt"));
        let mut child = command.arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("the server has no pipes"));
        };
        let mut server = Self { child, input, output: BufReader::new(output), version: 1 };
        server.ask("initialize", json!({ "capabilities": {} }))?;
        server.tell("initialized", json!({}))?;
        let document = json!({ "uri": URI, "languageId": "dockerfile", "version": 1, "text": text });
        server.tell("textDocument/didOpen", json!({ "textDocument": document }))?;
        server.hear("textDocument/publishDiagnostics")?;
        Ok(server)
    }

    fn tell(&mut self, method: &str, params: Value) -> std::io::Result<()> {
        Message::from(Notification::new(method.to_owned(), params)).write(&mut self.input)?;
        self.input.flush()
    }

    fn hear(&mut self, method: &str) -> std::io::Result<()> {
        while let Some(message) = Message::read(&mut self.output)? {
            if matches!(&message, Message::Notification(it) if it.method == method) {
                return Ok(());
            }
        }
        Err(std::io::Error::other("the server is gone"))
    }

    fn ask(&mut self, method: &str, params: Value) -> std::io::Result<()> {
        Message::from(Request::new(1.into(), method.to_owned(), params)).write(&mut self.input)?;
        while let Some(message) = Message::read(&mut self.output)? {
            if matches!(message, Message::Response(_)) {
                return Ok(());
            }
        }
        Err(std::io::Error::other("the server is gone"))
    }

    /// A key is pressed, or taken back, in the middle of the file.
    fn edit(&mut self, line: usize) -> std::io::Result<()> {
        self.version += 1;
        let [start, end, text] = if self.version % 2 == 0 { [0, 0, 1] } else { [0, 1, 0] };
        let [start, end] = [start, end].map(|character| json!({ "line": line, "character": character }));
        let change = json!({ "range": { "start": start, "end": end }, "text": " ".repeat(text) });
        let document = json!({ "uri": URI, "version": self.version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }))
    }

    /// What the process keeps in memory, in kilobytes.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
    }
}

fn main() -> std::io::Result<()> {
    let Some(folder) = material::folder_or_skip("the corpus") else { return Ok(()) };
    let texts = material::corpus(&folder).into_iter().filter_map(|file| String::from_utf8(file.text).ok());
    let is_taken = |text: &String| dockeropt::syntax::Dockerfile::parse(text.as_str()).problems().is_empty();
    let text = texts.filter(is_taken).max_by_key(String::len).unwrap_or_default();
    let line = text.lines().count() / 2;
    println!("{} bytes in {} lines\n", text.len(), text.lines().count());
    let mut server = Server::start(&text)?;
    let (mut diagnosed, mut formatted) = (Vec::new(), Vec::new());
    for _ in 0..TIMED {
        let start = Instant::now();
        server.edit(line)?;
        server.hear("textDocument/publishDiagnostics")?;
        diagnosed.push(start.elapsed());
        let start = Instant::now();
        let options = json!({ "tabSize": 4, "insertSpaces": true });
        server.ask("textDocument/formatting", json!({ "textDocument": { "uri": URI }, "options": options }))?;
        formatted.push(start.elapsed());
    }
    let early = server.memory();
    for _ in TIMED..ALL {
        server.edit(line)?;
        server.hear("textDocument/publishDiagnostics")?;
    }
    let late = server.memory();
    println!("| | median | p99 | longest |\n| --- | --- | --- | --- |");
    tell("from a change to its diagnostics", diagnosed);
    tell("from asking for formatting to the edits", formatted);
    println!("\nmemory after {TIMED} edits {early} KB, after {ALL} edits {late} KB");
    server.child.kill()
}

fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!("| {what} | {:.1} ms | {:.1} ms | {:.1} ms |", at(50), at(99), at(100));
}
