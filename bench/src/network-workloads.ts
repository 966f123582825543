// What the network is measured with: servers as they are, and what their clients ask.

import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLASSES, compileServlet, program } from "./compile.ts";
import { BUILD, PROGRAMS } from "./repository.ts";

/** One thing that clients do, for which there is a rate. */
export interface Load {
  name: string;
  port: number;
  kind:
    | { exchange: { connections: number; pipeline: number; request: string; first?: string } }
    /** MiB to the server, or from it. */
    | { send: Record<Speed, number> }
    | { receive: Record<Speed, number> };
}

/** How fast machines are: by emulation, or on the processor. */
export type Speed = "emulated" | "native";

/** One start of a server, and the loads for it. */
export interface Workload {
  name: string;
  program: string;
  arguments: readonly string[];
  /** MiB. */
  memory: number;
  loads: readonly Load[];
  /** Makes what it needs beside {@link FILES}. */
  prepare?: () => void;
  /** Seconds of load before anything is counted, by emulation: until what compiles as it runs has compiled. On the processor a tenth. */
  warmUp?: number;
}

/** What servers are given is in a folder that they find under the same name wherever they run. */
export const FILES = join(BUILD, "served");
const CONFIGURATION = join(FILES, "nginx.conf");

const JARS = "/usr/share/java";
const VALUE = "v".repeat(64);
const HTTP = "GET / HTTP/1.1\\r\\nHost: bench\\r\\n\\r\\n";

/** Writes the files that the servers are given. */
export function makeFiles(): void {
  mkdirSync(FILES, { recursive: true });
  writeFileSync(
    CONFIGURATION,
    `daemon off;
master_process off;
pid /tmp/nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=16;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server { listen 8080; root ${FILES}; }
}
`,
  );
  writeFileSync(join(FILES, "index.html"), "<p>".padEnd(1024, "x"));
}

function exchange(name: string, port: number, connections: number, request: string, pipeline = 1, first?: string): Load {
  return { name, port, kind: { exchange: { connections, pipeline, request, ...(first === undefined ? {} : { first }) } } };
}

export function workloads(): Workload[] {
  const set = `*3\\r\\n$3\\r\\nSET\\r\\n$3\\r\\nkey\\r\\n$64\\r\\n${VALUE}\\r\\n`;
  const get = "*2\\r\\n$3\\r\\nGET\\r\\n$3\\r\\nkey\\r\\n";
  return [
    {
      name: "plain",
      program: program("peer"),
      arguments: [],
      memory: 256,
      loads: [
        exchange("1 byte there and back, one connection", 9001, 1, "x"),
        { name: "stream to the server", port: 9002, kind: { send: { emulated: 64, native: 1024 } } },
        { name: "stream from the server", port: 9003, kind: { receive: { emulated: 64, native: 1024 } } },
      ],
    },
    {
      name: "redis",
      program: "/usr/bin/redis-server",
      arguments: ["--port", "6379", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--dir", "/tmp"],
      memory: 512,
      loads: [
        exchange("redis `SET`, 20 connections", 6379, 20, set),
        exchange("redis `GET`, 20 connections", 6379, 20, get, 1, set),
        exchange("redis `SET`, 20 connections, pipeline of 16", 6379, 20, set, 16),
        exchange("redis `GET`, 20 connections, pipeline of 16", 6379, 20, get, 16, set),
      ],
    },
    {
      name: "memcached",
      program: "/usr/bin/memcached",
      arguments: ["-u", "root", "-p", "11211", "-l", "0.0.0.0", "-m", "64", "-t", "1", "-U", "0"],
      memory: 512,
      loads: [exchange("memcached `get`, 20 connections", 11211, 20, "get key\\r\\n", 1, `set key 0 0 64\\r\\n${VALUE}\\r\\n`)],
    },
    {
      name: "nginx",
      program: "/usr/sbin/nginx",
      arguments: ["-c", CONFIGURATION],
      memory: 512,
      loads: [exchange("nginx, a page of 1 KiB, 64 connections", 8080, 64, HTTP)],
    },
    {
      name: "node",
      program: realpathSync("/usr/bin/node"),
      arguments: [join(PROGRAMS, "serve.mjs")],
      memory: 1024,
      loads: [exchange("node `http`, 64 connections", 8080, 64, HTTP)],
      warmUp: 30,
    },
    ...tomcat(),
  ];
}

/** One, where Debian's libtomcat10-java is installed. */
function tomcat(): Workload[] {
  const jars = existsSync(JARS) ? readdirSync(JARS).filter((name) => /^tomcat10-[a-z-]+\.jar$/.test(name)) : [];
  if (jars.length === 0) return [];
  const path = jars.map((name) => join(JARS, name)).join(":");
  return [
    {
      name: "tomcat",
      prepare: () => compileServlet(path),
      program: realpathSync("/usr/bin/java"),
      // By emulation the JVM's own threads and its second compiler would take most of the time.
      arguments: ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", `${CLASSES}:${path}`, "Tomcat"],
      memory: 1024,
      loads: [exchange("tomcat, a servlet's 5 bytes, 64 connections", 8000, 64, HTTP.replace("/ ", "/hello "))],
      warmUp: 80,
    },
  ];
}
