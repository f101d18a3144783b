// Keeps notes, each in a file.
const fs = require("fs");
const path = require("path");

const folder = process.env.NOTES || "/notes";
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, "first"), "remember the milk\n");
for (const name of fs.readdirSync(folder)) {
  process.stdout.write(`${name}: ${fs.readFileSync(path.join(folder, name), "utf8")}`);
}
