// Servers in JavaScript: frameworks from Debian or npm, and node's own TLS.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { APPLICATIONS } from "../repository.ts";
import { type Application, PORT } from "./application.ts";
import { OPENSSL } from "./certificate.ts";
import { CURL, visitHttp, visitHttps } from "./http-visit.ts";
import { debian, MODULES, npm } from "./needs.ts";

/** Debian's packages of node. */
const SYSTEM_MODULES = "/usr/share/nodejs";
/** Of the two places from which express may come, Debian's is the one that is asked for. */
const EXPRESS = existsSync(join(MODULES, "express")) ? npm("express") : debian(join(SYSTEM_MODULES, "express"), "node-express");

/** `node` with a program that finds these modules. */
function node(modules: string, program: string): string[] {
  return ["-e", `NODE_PATH=${modules}`, "node", join(APPLICATIONS, program)];
}

export const NODE_APPLICATIONS: readonly Application[] = [
  {
    name: "express",
    kind: "server",
    needs: [EXPRESS, CURL],
    words: () => node(EXPRESS.by === "npm" ? MODULES : SYSTEM_MODULES, "express.cjs"),
    ready: "ready",
    visit: visitHttp,
  },
  {
    name: "fastify",
    kind: "server",
    needs: [npm("fastify"), CURL],
    words: () => node(MODULES, "fastify.cjs"),
    ready: "ready",
    visit: visitHttp,
  },
  {
    name: "node-tls",
    kind: "server",
    tested: "KVM alone",
    needs: [OPENSSL, CURL],
    words: () => ["node", join(APPLICATIONS, "secure.mjs"), "/data", String(PORT)],
    ready: "ready",
    visit: visitHttps,
  },
];
