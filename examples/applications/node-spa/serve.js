// Serves the folder `dist`, and the page for every other address. It serves, asks itself, and ends.
const http = require("http");
const handler = require("serve-handler");

const rewrites = [{ source: "**", destination: "/index.html" }];
const server = http.createServer((request, response) => handler(request, response, { public: "dist", rewrites }));

server.listen(0, "127.0.0.1", async () => {
  const address = `http://127.0.0.1:${server.address().port}`;
  for (const path of ["/", "/robots.txt", "/some/page"]) {
    const answer = await fetch(address + path);
    console.log(path, answer.status, answer.headers.get("content-type"), (await answer.text()).trim());
  }
  server.close();
  server.closeAllConnections();
});
