// The three answers of tests/src/applications/http-visit.ts by express.
const express = require("express");

const application = express();
application.get("/hello", (_, response) => response.send("hello"));
application.post("/length", express.raw({ type: "*/*", limit: "16mb" }), (request, response) => {
  response.send(String(request.body.length));
});
application.get("/bytes", (request, response) => {
  const count = Number(request.query.count);
  response.send(Buffer.from(Uint8Array.from({ length: count }, (_, index) => index % 251)));
});
application.listen(8000, () => console.log("ready"));
