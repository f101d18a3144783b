// Drives the server with the protocol library that VS Code itself uses: open, change, code action, formatting, goodbye.

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const protocol = require("vscode-languageserver-protocol/node");

// As the library of VS Code does for a server over standard input and output.
const server = spawn(process.env.DOCKEROPT, ["lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = protocol.createProtocolConnection(
  new protocol.StreamMessageReader(server.stdout),
  new protocol.StreamMessageWriter(server.stdin),
);

function applied(text, edits) {
  const lines = text.split("\n");
  const offset = ({ line, character }) => lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce((text, { range, newText }) => text.slice(0, offset(range.start)) + newText + text.slice(offset(range.end)), text);
}

async function main() {
  const file = path.resolve("Dockerfile");
  const uri = pathToFileURL(file).href;
  let text = fs.readFileSync(file, "utf8");
  const pushed = [];
  connection.onNotification(protocol.PublishDiagnosticsNotification.type, (params) => pushed.push(params));
  connection.listen();

  const { capabilities } = await connection.sendRequest(protocol.InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(process.cwd()).href,
    capabilities: { textDocument: { diagnostic: {} }, workspace: { workspaceEdit: { documentChanges: true } } },
  });
  assert.equal(capabilities.positionEncoding, "utf-16");
  await connection.sendNotification(protocol.InitializedNotification.type, {});
  await connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "dockerfile", version: 1, text },
  });

  const end = { line: 2, character: 7 };
  await connection.sendNotification(protocol.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [{ range: { start: end, end }, text: "\nENV C d" }],
  });
  text = text.replace("ENV A b", "ENV A b\nENV C d");

  const report = await connection.sendRequest(protocol.DocumentDiagnosticRequest.type, { textDocument: { uri } });
  assert(report.items.some(({ code, range }) => code === "env-equals" && range.start.line === 3), JSON.stringify(report));

  const place = { start: { line: 3, character: 0 }, end: { line: 3, character: 0 } };
  const actions = await connection.sendRequest(protocol.CodeActionRequest.type, {
    textDocument: { uri },
    range: place,
    context: { diagnostics: report.items, only: [protocol.CodeActionKind.QuickFix] },
  });
  const fix = actions.find(({ isPreferred }) => isPreferred);
  const [change] = fix.edit.documentChanges;
  assert.equal(change.textDocument.version, 2);
  assert(applied(text, change.edits).includes("\nENV A b\nENV C=d\n"), JSON.stringify(change));

  const formatting = { textDocument: { uri }, options: { tabSize: 4, insertSpaces: true } };
  const edits = await connection.sendRequest(protocol.DocumentFormattingRequest.type, formatting);
  fs.writeFileSync("after", applied(text, edits));
  assert.deepEqual(pushed, []);

  await connection.sendRequest(protocol.ShutdownRequest.type);
  await connection.sendNotification(protocol.ExitNotification.type);
  await new Promise((resolve) => server.once("exit", (code) => resolve(assert.equal(code, 0))));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    server.kill();
    process.exit(1);
  },
);
