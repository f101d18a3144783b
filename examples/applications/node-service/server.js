// Shouts back. It serves, asks itself, and ends.
const express = require("express");

const app = express();
app.use(express.json());
app.post("/shout", (request, response) => response.json({ answer: request.body.text.toUpperCase() }));

const server = app.listen(0, "127.0.0.1", async () => {
  const address = `http://127.0.0.1:${server.address().port}/shout`;
  const body = JSON.stringify({ text: "hello" });
  const answer = await fetch(address, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  console.log(answer.status, await answer.text(), "uid", process.getuid());
  server.close();
  server.closeAllConnections();
});
