// secure.mjs FOLDER PORT: the three answers of tests/src/applications/http-visit.ts by node, over TLS: HTTP/2 for who asks for it, else HTTP/1.1.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { answer } from "./answers.mjs";

const [folder, port] = process.argv.slice(2);
const options = { allowHTTP1: true, cert: readFileSync(`${folder}/certificate.pem`), key: readFileSync(`${folder}/key.pem`) };
createSecureServer(options, answer).listen(Number(port), () => console.log("ready"));
