// Shrinks the picture that it is sent.
const { spawn } = require("node:child_process");
const express = require("express");

const app = express();

app.post("/thumbnail", (request, response) => {
  const convert = spawn("convert", ["-", "-thumbnail", "128x128", "png:-"]);
  request.pipe(convert.stdin);
  convert.stdout.pipe(response.type("png"));
});

app.listen(process.env.PORT);
