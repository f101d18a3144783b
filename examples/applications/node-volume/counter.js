// Counts visits in a file. It serves, asks itself three times, and ends.
const fs = require("fs");
const http = require("http");

const file = `${process.env.DATA}/count`;
const server = http.createServer((request, response) => {
  const count = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) + 1 : 1;
  fs.writeFileSync(file, String(count));
  response.end(`visit ${count}`);
});

server.listen(0, "127.0.0.1", async () => {
  for (let visit = 0; visit < 3; visit++) {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
    console.log(answer.status, await answer.text());
  }
  server.close();
  server.closeAllConnections();
});
