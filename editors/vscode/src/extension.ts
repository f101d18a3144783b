// Starts the language server of dockeropt, and keeps it at what the settings say.

import { access, constants } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

/** What dockeropt is for: the language, in files and in texts that were never saved. */
const DOCUMENTS = [
  { language: "dockerfile", scheme: "file" },
  { language: "dockerfile", scheme: "untitled" },
];

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("dockeropt", { log: true });
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("dockeropt.restart", () => restart(log)),
    vscode.commands.registerCommand("dockeropt.showLog", () => log.show()),
    vscode.commands.registerCommand("dockeropt.makeFormatter", () => makeFormatter(context.extension.id)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("dockeropt.path")) {
        void restart(log);
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => restart(log)),
  );
  await restart(log);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(log: vscode.LogOutputChannel): Promise<void> {
  await client?.stop();
  client = undefined;
  const command = await program();
  if (command === undefined) {
    await askForProgram();
    return;
  }
  const server: ServerOptions = { command, args: ["lsp"] };
  const options: LanguageClientOptions = {
    documentSelector: DOCUMENTS,
    outputChannel: log,
    initializationOptions: vscode.workspace.getConfiguration("dockeropt"),
    synchronize: { configurationSection: "dockeropt" },
  };
  const starting = new LanguageClient("dockeropt", "dockeropt", server, options);
  try {
    await starting.start();
    client = starting;
  } catch (error) {
    log.error(`${command}: ${String(error)}`);
    void vscode.window.showErrorMessage(`dockeropt: ${command} does not serve: ${String(error)}`);
  }
}

/** The program that the settings name, else the first one on PATH. */
async function program(): Promise<string | undefined> {
  const named = vscode.workspace.getConfiguration("dockeropt").get<string>("path", "").trim();
  if (named !== "") {
    return named.startsWith("~/") ? path.join(process.env.HOME ?? "", named.slice(2)) : named;
  }
  const suffix = process.platform === "win32" ? ".exe" : "";
  // A relative folder on PATH would be one of whatever project is open.
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(path.isAbsolute);
  for (const folder of folders) {
    const file = path.join(folder, `dockeropt${suffix}`);
    if (await isProgram(file)) {
      return file;
    }
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function askForProgram(): Promise<void> {
  const settings = "Open Settings";
  const because = "dockeropt is not on PATH: `cargo install dockeropt` installs it, or the setting dockeropt.path says where it is.";
  if ((await vscode.window.showWarningMessage(because, settings)) === settings) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "dockeropt.path");
  }
}

/** Others format Dockerfiles too, so the user decides. */
async function makeFormatter(id: string): Promise<void> {
  const editor = vscode.workspace.getConfiguration("editor", { languageId: "dockerfile" });
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await editor.update("defaultFormatter", id, target, true);
  await editor.update("formatOnSave", true, target, true);
  void vscode.window.showInformationMessage("dockeropt now formats Dockerfiles when they are saved.");
}
