// Shows a page. It serves, asks itself, and ends.
declare const require: any, process: any, console: any, fetch: any;
const express = require("express");
const fs = require("fs");

const words = JSON.parse(fs.readFileSync(`locales/${process.env.LANGUAGE}.json`, "utf8"));
const app = express();
app.set("view engine", "ejs");
app.use(express.static("public"));
app.get("/", (_, response) => response.render("index", words));

const server = app.listen(0, "127.0.0.1", async () => {
  for (const path of ["/", "/style.css"]) {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
    console.log(answer.status, (await answer.text()).trim());
  }
  server.close();
  server.closeAllConnections();
});
