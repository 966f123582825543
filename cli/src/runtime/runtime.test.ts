import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { Failure } from "../failure.ts";
import { temporaryFolder } from "../test-support.ts";
import { className } from "./class-file.ts";
import { jarClassPath } from "./jar.ts";
import { javaRuntime } from "./java.ts";
import { commandFor } from "./launch.ts";
import { nodeRuntime } from "./node.ts";
import { pythonRuntime } from "./python.ts";
import type { RuntimeRequest } from "./runtime.ts";

const folder = temporaryFolder();
const at = (path: string): string => join(folder, path);

function write(path: string, content: string | Buffer = ""): string {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  return at(path);
}

function request(executable: string, args: readonly string[], variables: Record<string, string> = {}): RuntimeRequest {
  return {
    ...{ executable, foundAs: executable, arguments: args },
    ...{ environment: new Map(Object.entries(variables)), workingDirectory: at("elsewhere") },
  };
}

/** A ZIP file of one entry: local header, data, directory, end (APPNOTE.TXT 4.3). */
function zip(name: string, content: string, packed: boolean): Buffer {
  const data = packed ? deflateRawSync(content) : Buffer.from(content);
  const local = Buffer.alloc(30 + name.length);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.write(name, 30);
  const entry = Buffer.alloc(46 + name.length);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(packed ? 8 : 0, 10);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.write(name, 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, entry, end]);
}

const manifest =
  "Manifest-Version: 1.0\r\nClass-Path: one.jar lib/tw\r\n o.jar file:/opt/a%20b.jar\r\n\r\nName: x\r\nClass-Path: no.jar\r\n";

test("a jar's class path is that of its manifest's main section, its lines joined and its URLs decoded", () => {
  for (const packed of [true, false]) {
    const path = write(`class-path-${packed}.jar`, zip("META-INF/MANIFEST.MF", manifest, packed));
    assert.deepEqual(jarClassPath(path), ["one.jar", "lib/two.jar", "/opt/a b.jar"]);
  }
  assert.deepEqual(jarClassPath(write("no-manifest.jar", zip("other", "", false))), []);
});

test("what is no jar, or a damaged one, has no class path", () => {
  const good = zip("META-INF/MANIFEST.MF", manifest, true);
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from("text"),
    good.subarray(0, -1),
    good.subarray(20),
    Buffer.concat([good.subarray(0, 60), good.subarray(-22)]),
  ]) {
    assert.deepEqual(jarClassPath(write("damaged.jar", bytes)), []);
  }
});

/** A class file up to its own name; the constants before it are one of two places and a string. */
function classFile(name: string): Buffer {
  const string = (text: string): number[] => [1, 0, text.length, ...Buffer.from(text)];
  const pool = [5, 0, 0, 0, 0, 0, 0, 0, 1, ...string("other"), ...string(name), 7, 0, 4];
  return Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 6, ...pool, 0, 0x21, 0, 5]);
}

test("a class file tells its name", () => {
  assert.equal(className(classFile("org/example/Main")), "org/example/Main");
  assert.equal(className(Buffer.from("text")), undefined);
  for (let length = 0; length < classFile("Main").length; length++)
    assert.equal(className(classFile("Main").subarray(0, length)), undefined);
});

test("files are started by the runtime of their extension, unless they start by themselves", () => {
  const script = write("app/app.js", "#!/usr/bin/env node\n");
  assert.deepEqual(commandFor(script, ["a"]), ["node", script, "a"]);
  chmodSync(script, 0o755);
  assert.deepEqual(commandFor(script, ["a"]), [script, "a"]);
  const jar = write("app/app.jar");
  assert.deepEqual(commandFor(jar, []), ["java", "-jar", jar]);
  const main = write("classes/org/example/Main.class", classFile("org/example/Main"));
  assert.deepEqual(commandFor(main, ["x"]), ["java", "-cp", at("classes"), "org.example.Main", "x"]);
  assert.deepEqual(commandFor("absent.py", []), ["absent.py"]);
});

test("a folder is started as its package.json says", () => {
  const start = (content: object): string[] => {
    write("package/package.json", JSON.stringify(content));
    return commandFor(at("package"), []);
  };
  assert.deepEqual(start({ main: "lib/main.js" }), ["node", at("package/lib/main.js")]);
  assert.deepEqual(start({ scripts: { start: "node server.js" } }), ["node", at("package/server.js")]);
  assert.deepEqual(start({ bin: { tool: "tool.js" } }), ["node", at("package/tool.js")]);
  assert.throws(() => start({ scripts: { start: "node a.js && node b.js" } }), Failure);
  write("package/index.js");
  assert.deepEqual(start({}), ["node", at("package/index.js")]);
  write("module/__main__.py");
  assert.deepEqual(commandFor(at("module"), []), ["python3", at("module")]);
  mkdirSync(at("empty"));
  assert.throws(() => commandFor(at("empty"), []), Failure);
});

test("node brings the package of its script, and node_modules from there upwards", () => {
  write("site/node_modules/shared/index.js");
  write("site/one/package.json", "{}");
  write("site/one/src/main.js");
  const found = nodeRuntime(request("/usr/bin/node", ["-r", "x", "--flag", at("site/one/src/main.js"), "package.json"]));
  assert.deepEqual(found?.files, [at("site/one"), at("site/node_modules")]);
  write("plain/main.js");
  write("plain/other.js");
  assert.deepEqual(nodeRuntime(request("/usr/bin/node", [at("plain/main.js")]))?.files, [at("plain/main.js"), at("plain")]);
  assert.equal(nodeRuntime(request("/usr/bin/nodes", [])), undefined);
});

test("java is told by the JVM beside it, and brings its class path with what jars name", () => {
  const java = write("jdk/bin/java");
  assert.equal(javaRuntime(request(java, [])), undefined);
  write("jdk/lib/server/libjvm.so");
  const one = write("jars/one.jar", zip("META-INF/MANIFEST.MF", "Class-Path: two.jar absent.jar\n\n", false));
  const two = write("jars/two.jar");
  const found = javaRuntime(
    request(java, ["-Xmx1g", "-cp", `${one}:${at("absent")}`, "Main", "-cp", at("plain")], { CLASSPATH: at("plain") }),
  );
  assert.deepEqual(found?.files, [one, two]);
  assert.deepEqual(javaRuntime(request(java, ["Main"], { CLASSPATH: at("plain") }))?.files, [at("plain")]);
  assert.deepEqual(new Set(javaRuntime(request(java, ["-cp", `${at("jars")}/*`, "Main"]))?.files), new Set([one, two]));
  const [layer] = found?.layers ?? [];
  assert.deepEqual(layer?.trees, [at("jdk")]);
  assert.equal(layer?.leaveOut?.(at("jdk/lib/src.zip")), true);
  assert.equal(layer?.leaveOut?.(at("jdk/lib/modules")), false);
});

test("python is found with the library above it, and an environment with its packages", () => {
  const python = write("python/bin/python3.11");
  write("python/lib/python3.11/os.py");
  write("scripts/main.py");
  const found = pythonRuntime(request(python, ["-W", "ignore", "-u", at("scripts/main.py"), "-m", "x"]));
  assert.deepEqual(
    found?.layers.map(({ trees }) => trees),
    [[at("python/lib/python3.11")]],
  );
  assert.deepEqual(found?.files, [at("scripts/main.py"), at("scripts")]);
  const isLeftOut = found?.layers[0]?.leaveOut;
  assert.deepEqual(
    ["test", "json", "unittest"].map((name) => isLeftOut?.(at(`python/lib/python3.11/${name}`))),
    [true, false, false],
  );

  write("venv/pyvenv.cfg", "home = /somewhere\n");
  write("venv/lib/python3.11/site-packages/x.py");
  mkdirSync(at("venv/bin"));
  symlinkSync(python, at("venv/bin/python"));
  const inEnvironment = pythonRuntime({ ...request(python, ["-c", "pass"]), foundAs: at("venv/bin/python") });
  assert.deepEqual(inEnvironment?.layers[1]?.trees, [at("venv/lib"), at("venv/bin")]);
  assert.deepEqual(inEnvironment?.files[0], at("venv/pyvenv.cfg"));
});
