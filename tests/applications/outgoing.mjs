// Asks the name server by libc and by node's own resolver, and the host's server of tests/src/applications/outgoing.ts by HTTPS.
import { lookup, resolve4 } from "node:dns/promises";

const own = await resolve4("server.unary.test");
const many = await resolve4("many.unary.test");
const found = await lookup("server.unary.test", { all: true });
const missing = await resolve4("missing.unary.test").catch(({ code }) => code);
console.log(JSON.stringify({ own, many: many.length, found, missing }));
for (const length of [0, 1, 100_000, 3_000_000]) {
  const response = await fetch("https://server.unary.test:8443/length", { method: "POST", body: "x".repeat(length) });
  console.log(response.status, await response.text());
}
const answers = Array.from({ length: 8 }, async () => {
  const response = await fetch("https://server.unary.test:8443/bytes?count=500000");
  return new Uint8Array(await response.arrayBuffer());
});
const good = (await Promise.all(answers)).filter((bytes) => bytes.length === 500_000 && bytes.every((byte, index) => byte === index % 251));
console.log(good.length);
process.exit(0);
