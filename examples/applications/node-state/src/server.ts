// Remembers what it was told, and ends.
import { readFileSync, writeFileSync } from "fs";

const STATE = __dirname + "/state.json";

writeFileSync(STATE, JSON.stringify({ told: "hello" }));
console.log(JSON.parse(readFileSync(STATE, "utf8")).told);
