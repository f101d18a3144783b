// Says how long a minute is.
const ms = require("ms");

console.log(ms("1m"));
