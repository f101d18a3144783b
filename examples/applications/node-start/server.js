// Counts letters. It serves, asks itself, and ends.
const http = require("http");

const server = http.createServer((request, response) => response.end(String(request.url.length - 1)));
server.listen(8080, "127.0.0.1", async () => {
  const answer = await fetch("http://127.0.0.1:8080/letters");
  console.log(answer.status, await answer.text(), process.env.NODE_ENV);
  server.close();
  server.closeAllConnections();
});
