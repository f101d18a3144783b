// Keeps a file in a repository, and says how often it was changed.
const fs = require("fs");
const os = require("os");
const path = require("path");
const { simpleGit } = require("simple-git");

(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "history-"));
  const git = simpleGit(folder, { config: ["user.name=Ada", "user.email=ada@example.org"] });
  await git.init();
  for (const word of ["one", "two"]) {
    fs.writeFileSync(path.join(folder, "word"), word);
    await git.add("word");
    await git.commit(word);
  }
  console.log((await git.log()).all.map((commit) => commit.message).join(" "));
})();
