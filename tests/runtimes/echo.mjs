// echo.mjs PORT: sends back what it reads, as long as it comes. It waits for its address first, so that who is told "ready" can connect.
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";

networkInterfaces();
createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(Number(process.argv[2]), "0.0.0.0", () => console.log("ready"));
