// Installs the packaged extension into a real editor core, opens a Dockerfile in a browser, saves it, and looks at what is on disk.
//
//   npm run package && node test/in-code-server.mjs SCREENSHOTS
//
// It needs, and says what is missing:
// - `dockeropt`, `chromium` and `git` on PATH;
// - CODE_SERVER, the folder of the npm package `code-server` 4.100.3 with its native modules built: `npm install code-server --ignore-scripts`, the same in
//   its `lib/vscode`; `node-gyp rebuild` in `argon2`, and in `@vscode/spdlog`, `native-watchdog` and `node-pty` there; a link `node_modules.asar` to `node_modules`;
// - PLAYWRIGHT, the folder of the npm package `playwright-core`.

import assert from "node:assert";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const TEXT = `FROM debian:bookworm
MAINTAINER Ada Lovelace <ada@example.org>
ENV LANG C.UTF-8
RUN apt-get update && apt-get install -y git
RUN apt-get update && apt-get install -y curl
WORKDIR /srv
ADD app.sh /srv/
CMD ["sh", "/srv/app.sh"]
`;

const PORT = 18_080;
const own = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const vsix = path.join(own, "dockeropt.vsix");
const pictures = path.resolve(process.argv[2] ?? ".");

function needs(what, isHere) {
  if (!isHere) {
    console.error(`not run: ${what}`);
    process.exit(2);
  }
}
const isOnPath = (program) => spawnSync(program, ["--version"]).status === 0;
for (const program of ["dockeropt", "chromium", "git"]) {
  needs(`${program} is not on PATH`, isOnPath(program));
}
const { CODE_SERVER, PLAYWRIGHT } = process.env;
needs("CODE_SERVER is not the folder of code-server", CODE_SERVER && fs.existsSync(path.join(CODE_SERVER, "out/node/entry.js")));
needs("PLAYWRIGHT is not the folder of playwright-core", PLAYWRIGHT && fs.existsSync(PLAYWRIGHT));
needs("dockeropt.vsix is not here: npm run package", fs.existsSync(vsix));

const { chromium } = createRequire(import.meta.url)(PLAYWRIGHT);
const there = fs.mkdtempSync(path.join(os.tmpdir(), "dockeropt-"));
const folder = path.join(there, "project");
const file = path.join(folder, "Dockerfile");
const user = path.join(there, "user");
const program = execFileSync("sh", ["-c", "command -v dockeropt"], { encoding: "utf8" }).trim();
const settings = {
  // The server of the editor takes PATH from a login shell, which may not be this one.
  "dockeropt.path": program,
  "[dockerfile]": { "editor.defaultFormatter": "dockeropt.dockeropt", "editor.formatOnSave": true },
  "files.autoSave": "off",
  "workbench.startupEditor": "none",
  "security.workspace.trust.enabled": false,
};
fs.mkdirSync(folder);
fs.mkdirSync(path.join(user, "User"), { recursive: true });
fs.writeFileSync(path.join(user, "User/settings.json"), JSON.stringify(settings));
fs.writeFileSync(file, TEXT);
fs.writeFileSync(path.join(folder, "app.sh"), "echo hello\n");
const git = (...words) => execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...words], { cwd: folder });
git("init", "--quiet");
git("add", ".");
git("commit", "--quiet", "-m", "first");

const entry = path.join(CODE_SERVER, "out/node/entry.js");
const places = ["--config", path.join(there, "config.yaml"), "--user-data-dir", user, "--extensions-dir", path.join(there, "extensions")];
execFileSync(process.execPath, [entry, ...places, "--install-extension", vsix], { stdio: "inherit" });
const words = [entry, ...places, "--auth", "none", "--bind-addr", `127.0.0.1:${PORT}`, "--disable-telemetry", "--disable-update-check", folder];
const server = spawn(process.execPath, words, { stdio: "ignore" });

async function until(what, isSo) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isSo().catch(() => false)) {
      return;
    }
    await sleep(100);
  }
  throw new Error(`waited for a minute: ${what}`);
}

try {
  await until("code-server answers", async () => (await fetch(`http://127.0.0.1:${PORT}/healthz`)).ok);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
  const picture = (name) => page.screenshot({ path: path.join(pictures, `${name}.png`) });
  try {
    await page.goto(`http://127.0.0.1:${PORT}/?folder=${encodeURIComponent(folder)}`);
    await page.waitForSelector(".monaco-workbench", { timeout: 120_000 });
    await sleep(3_000);
    await page.dblclick('[aria-label^="Dockerfile"] .label-name');
    await page.waitForSelector(".squiggly-warning", { timeout: 60_000 });
    await picture("opened");

    // A change makes it worth saving. The cursor stays in its line.
    await page.click(".view-line >> nth=2");
    await page.keyboard.press("End");
    await page.keyboard.type(" ");
    await page.keyboard.press("Backspace");
    const start = Date.now();
    await page.keyboard.press("Control+S");
    const expected = execFileSync("dockeropt", ["fix", "--safe", "--stdin-filename", file, "-"], { input: TEXT, encoding: "utf8" });
    assert.notEqual(expected, TEXT);
    await until("the saved file is what `dockeropt fix --safe -` gives", async () => fs.readFileSync(file, "utf8") === expected);
    console.log(`saved as the command line does it, after ${Date.now() - start} ms`);
    await picture("saved");
    // The change as git sees it.
    await page.keyboard.press("Control+Shift+G");
    await page.click('.scm-view [aria-label^="Dockerfile"] .label-name', { timeout: 60_000 });
    await page.waitForSelector(".monaco-diff-editor", { timeout: 60_000 });
    await sleep(2_000);
    await picture("changes");
  } catch (error) {
    await picture("failed");
    throw error;
  } finally {
    await browser.close();
  }
} finally {
  server.kill();
  fs.rmSync(there, { recursive: true, force: true });
}
