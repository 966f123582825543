// The three answers of tests/src/applications/http-visit.ts, for node's own servers.
export function answer(request, response) {
  const url = new URL(request.url, "http://guest.unary.test");
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
}
