// Asks other programs. Their names are in a list.
const { execFileSync } = require("child_process");
const which = require("which");

const questions = { git: ["check-ref-format", "--branch", "main"], python3: ["-c", "print(6 * 7)"] };
for (const [program, words] of Object.entries(questions)) {
  const answer = execFileSync(which.sync(program), words, { encoding: "utf8" });
  console.log(program, answer.trim());
}
