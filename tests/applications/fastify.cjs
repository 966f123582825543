// The three answers of tests/src/applications/http-visit.ts by fastify.
const { fastify } = require("fastify");

const application = fastify({ bodyLimit: 16 * 1024 ** 2 });
application.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
application.get("/hello", async () => "hello");
application.post("/length", async (request) => String(request.body.length));
application.get("/bytes", async (request) => {
  const count = Number(request.query.count);
  return Buffer.from(Uint8Array.from({ length: count }, (_, index) => index % 251));
});
application.listen({ port: 8000, host: "::" }).then(() => console.log("ready"));
