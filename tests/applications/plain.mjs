// The three answers of tests/src/applications/http-visit.ts by node's http.
import { createServer } from "node:http";
import { answer } from "./answers.mjs";

createServer(answer).listen(8000, () => console.log("ready"));
