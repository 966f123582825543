// Servers in Java, from Debian's packages. Each is compiled on the host, into the folder that the machine sees.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { MODE } from "../mode.ts";
import { runProcess } from "../outcome.ts";
import { APPLICATIONS } from "../repository.ts";
import { type Application, PORT, type Scene, type Server } from "./application.ts";
import { OPENSSL } from "./certificate.ts";
import { visitEcho } from "./echo-visit.ts";
import { CURL, curl, visitHttp, visitHttps } from "./http-visit.ts";
import { JARS, JAVA, jar, npm } from "./needs.ts";

/** By emulation the JVM's own threads and its second compiler take most of the time. */
export const JAVA_OPTIONS = MODE === "kvm" ? [] : ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

const JETTY = ["http", "io", "security", "server", "servlet", "util", "util-ajax"].map((part) => `jetty9-${part}.jar`);
const NETTY = ["buffer", "codec", "codec-http", "common", "handler", "resolver", "transport"].map((part) => `netty-${part}.jar`);
const SPRING = ["aop", "beans", "context", "core", "expression", "web", "web.servlet"];
const TOMCAT = [
  "catalina",
  "coyote",
  "juli",
  "util",
  "util-scan",
  "api",
  "servlet-api",
  "jaspic-api",
  "annotations-api",
  "jni",
  "jasper",
  "el-api",
];
const WIREMOCK = npm("wiremock");
const ZOOKEEPER = [
  ...["zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-simple", "snappy-java", "metrics-core", "commons-cli"],
  ...["jackson-core", "jackson-databind", "jackson-annotations", "commons-io"],
].map((name) => `${name}.jar`);
const ZOOKEEPER_PATH = [...ZOOKEEPER, ...NETTY, ...JETTY].map((name) => join(JARS, name)).join(":");

function classPath(folder: string, jars: readonly string[]): string {
  return [folder, ...jars.map((name) => join(JARS, name))].join(":");
}

/** Compiles one program of tests/applications into a folder. */
export async function compileJava(folder: string, name: string, jars: readonly string[] = []): Promise<void> {
  const source = join(APPLICATIONS, `${name}.java`);
  const { status, stderr } = await runProcess("javac", ["-d", folder, "-cp", classPath(folder, jars), source]);
  assert.equal(status, 0, stderr.toString());
}

/** A server that is a class in tests/applications, with the jars that it uses. */
function java(name: string, program: string, jars: readonly string[], more: Partial<Server> = {}): Server {
  return {
    name,
    kind: "server",
    needs: [...JAVA, CURL, ...jars.map(jar)],
    prepare: (folder) => compileJava(folder, program, jars),
    words: () => ["java", ...JAVA_OPTIONS, "-cp", classPath("/data", jars), program],
    ready: "ready",
    visit: visitHttp,
    ...more,
  };
}

async function visitZookeeper({ address }: Scene): Promise<void> {
  const said = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(PORT, address, () => socket.write("ruok"));
    socket.on("data", (piece) => {
      text += piece.toString();
    });
    socket.on("error", reject);
    socket.on("end", () => resolve(text));
  });
  assert.equal(said, "imok");
  const client = ["-cp", ZOOKEEPER_PATH, "org.apache.zookeeper.ZooKeeperMain", "-server", `${address}:${PORT}`];
  const input = "create /fruit pear\nget /fruit\nset /fruit apple\nget /fruit\ndelete /fruit\nls /\nquit\n";
  const { status, stdout, stderr } = await runProcess("java", client, { input });
  assert.equal(status, 0, stderr.toString());
  const lines = stdout
    .toString()
    .split("\n")
    .filter((line) => /^(pear|apple|\[zookeeper\])$/.test(line));
  assert.deepEqual(lines, ["pear", "apple", "[zookeeper]"], `${stdout}${stderr}`);
}

/** Its name has its version. */
function wiremockJar(): string {
  const folder = join(dirname(WIREMOCK.what), "build");
  const name = readdirSync(folder).find((file) => file.endsWith(".jar"));
  assert.ok(name, `${folder} has no jar`);
  return join(folder, name);
}

async function visitWiremock({ address }: Scene): Promise<void> {
  const url = `http://${address}:${PORT}`;
  const stub = {
    request: { method: "GET", urlPath: "/fruit" },
    response: { status: 200, body: "pear", fixedDelayMilliseconds: 20 },
  };
  await curl("--json", JSON.stringify(stub), `${url}/__admin/mappings`);
  const answers = Array.from({ length: 20 }, () => curl(`${url}/fruit?color=green`));
  assert.deepEqual(new Set((await Promise.all(answers)).map(String)), new Set(["pear"]));
  const { meta } = JSON.parse((await curl(`${url}/__admin/requests`)).toString()) as { meta: { total: number } };
  assert.equal(meta.total, 20);
}

export const JAVA_APPLICATIONS: readonly Application[] = [
  java("java-nio", "Echo", [], { visit: visitEcho }),
  java("java-tls", "Secure", [], { needs: [...JAVA, OPENSSL, CURL], visit: visitHttps }),
  java("netty", "Netty", NETTY, { tested: "KVM alone" }),
  java("jetty", "Jetty", ["servlet-api.jar", ...JETTY]),
  java(
    "tomcat",
    "Tomcat",
    TOMCAT.map((part) => `tomcat10-${part}.jar`),
  ),
  java("spring", "Spring", ["servlet-api.jar", "commons-logging.jar", ...JETTY, ...SPRING.map((part) => `spring3-${part}.jar`)]),
  {
    name: "zookeeper",
    kind: "server",
    needs: [...JAVA, ...[...ZOOKEEPER, ...NETTY, ...JETTY].map(jar)],
    prepare: async (folder) => {
      const settings = [
        "dataDir=/tmp/zookeeper",
        `clientPort=${PORT}`,
        "4lw.commands.whitelist=*",
        "admin.enableServer=false",
        "",
      ];
      writeFileSync(join(folder, "zoo.cfg"), settings.join("\n"));
    },
    words: () => [
      "java",
      ...JAVA_OPTIONS,
      "-cp",
      ZOOKEEPER_PATH,
      "org.apache.zookeeper.server.ZooKeeperServerMain",
      "/data/zoo.cfg",
    ],
    ready: "audit is disabled",
    visit: visitZookeeper,
  },
  {
    name: "wiremock",
    kind: "server",
    needs: [...JAVA, CURL, WIREMOCK],
    words: () => ["java", ...JAVA_OPTIONS, "-jar", wiremockJar(), "--port", String(PORT), "--root-dir", "/tmp"],
    ready: "response-template",
    visit: visitWiremock,
  },
];
