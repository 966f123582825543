// The server that one writes first.
import { createServer } from "node:http";

const server = createServer((request, response) => response.end("hello\n"));
server.keepAliveTimeout = 0;
server.listen(8080);
