// secure.mjs FOLDER PORT: the three answers of tests/src/applications/http-visit.ts by node, over TLS: HTTP/2 for who asks for it, else HTTP/1.1.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

const [folder, port] = process.argv.slice(2);
const options = { allowHTTP1: true, cert: readFileSync(`${folder}/certificate.pem`), key: readFileSync(`${folder}/key.pem`) };
const server = createSecureServer(options, (request, response) => {
  const url = new URL(request.url, "https://guest.unary.test");
  let length = 0;
  request.on("data", (piece) => {
    length += piece.length;
  });
  request.on("end", () => {
    if (url.pathname === "/hello") response.end("hello");
    else if (url.pathname === "/length") response.end(String(length));
    else {
      const count = Number(url.searchParams.get("count"));
      response.end(Buffer.from(Uint8Array.from({ length: count }, (_, index) => index % 251)));
    }
  });
});
server.listen(Number(port), () => console.log("ready"));
