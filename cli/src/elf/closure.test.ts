import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compile, temporaryFolder } from "../test-support.ts";
import { withFileSource } from "./byte-source.ts";
import { type Closure, findClosure } from "./closure.ts";
import { readElfFile } from "./elf-file.ts";

const folder = temporaryFolder();
mkdirSync(join(folder, "lib"));
mkdirSync(join(folder, "other"));

const inFolder = (...names: string[]): string => join(folder, ...names);
const closureOf = (path: string, libraryPath: string[] = []): Closure =>
  findClosure(path, withFileSource(path, readElfFile), libraryPath);
const pathOf = (closure: Closure, name: string): string | undefined =>
  closure.libraries.find((library) => library.name === name)?.path;

function library(path: string, source: string, ...options: string[]): string {
  return compile(source, path, "-shared", "-fPIC", `-Wl,-soname,${path.slice(path.lastIndexOf("/") + 1)}`, ...options);
}

const leaf = library(inFolder("lib", "libleaf.so"), "int leaf(void) { return 1; }");
const middle = library(inFolder("lib", "libmiddle.so"), "int leaf(void); int middle(void) { return leaf(); }", leaf);
const source = "int middle(void); int main(void) { return middle(); }";

/** A program that needs libmiddle.so, linked so that gcc itself need not find what that needs. */
function program(name: string, ...options: string[]): string {
  return compile(source, inFolder(name), middle, "-Wl,--allow-shlib-undefined", "-Wl,-z,origin", ...options);
}

test("ldd and the closure agree on programs of this machine", () => {
  for (const path of ["/bin/ls", "/bin/echo", process.execPath].filter((candidate) => existsSync(candidate))) {
    const listed = [...execFileSync("ldd", [path], { encoding: "utf8" }).matchAll(/^\s*(\S+) => (\/\S+)/gm)];
    const expected = new Map(listed.map(([, name = "", found = ""]) => [name, realpathSync(found)]));
    const closure = closureOf(path);
    const found = new Map(
      closure.libraries.filter(({ name }) => expected.has(name)).map((item) => [item.name, realpathSync(item.path)]),
    );
    assert.deepEqual([...found].sort(), [...expected].sort(), path);
    assert.deepEqual(closure.missing, []);
  }
});

test("RPATH holds for the libraries of libraries, RUNPATH only for one's own", () => {
  const byRpath = closureOf(program("rpath", `-Wl,--disable-new-dtags,-rpath,${inFolder("lib")}`));
  assert.equal(pathOf(byRpath, "libleaf.so"), leaf);
  const byRunpath = closureOf(program("runpath", `-Wl,--enable-new-dtags,-rpath,${inFolder("lib")}`));
  assert.equal(pathOf(byRunpath, "libmiddle.so"), middle);
  assert.deepEqual(
    byRunpath.missing.map(({ name, neededBy }) => ({ name, neededBy })),
    [{ name: "libleaf.so", neededBy: middle }],
  );
});

test("$ORIGIN is the folder of the file that says it", () => {
  const closure = closureOf(program("origin", "-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib"));
  assert.equal(pathOf(closure, "libmiddle.so"), middle);
  assert.equal(pathOf(closure, "libleaf.so"), leaf);
});

test("LD_LIBRARY_PATH comes after RPATH and before RUNPATH", () => {
  const other = library(inFolder("other", "libmiddle.so"), "int middle(void) { return 2; }");
  const libraryPath = [inFolder("other"), inFolder("lib")];
  assert.equal(pathOf(closureOf(inFolder("rpath"), libraryPath), "libmiddle.so"), middle);
  assert.equal(pathOf(closureOf(inFolder("runpath"), libraryPath), "libmiddle.so"), other);
});

test("a missing library is named with who needs it and where it was looked for", () => {
  const closure = closureOf(program("plain"));
  const [missing] = closure.missing;
  assert.equal(missing?.name, "libmiddle.so");
  assert.equal(missing?.neededBy, inFolder("plain"));
  assert.ok(missing?.searched.includes("/usr/lib"));
});

test("a library for another machine is passed over and mentioned", () => {
  mkdirSync(inFolder("wrong"));
  const bytes = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  bytes.writeUInt16LE(183, 18);
  writeFileSync(inFolder("wrong", "libmiddle.so"), bytes);
  const [missing] = closureOf(inFolder("plain"), [inFolder("wrong")]).missing;
  assert.match(missing?.rejected[0]?.why ?? "", /aarch64/);
  const both = closureOf(inFolder("plain"), [inFolder("wrong"), inFolder("lib")]);
  assert.equal(pathOf(both, "libmiddle.so"), middle);
});

test("libraries that need each other end", () => {
  const one = inFolder("lib", "libone.so");
  const two = inFolder("lib", "libtwo.so");
  library(one, "int one(void) { return 1; }");
  library(two, "int one(void); int two(void) { return one(); }", one);
  rmSync(one);
  library(one, "int two(void); int one(void) { return two(); }", two, "-Wl,--allow-shlib-undefined");
  const path = compile("int two(void); int main(void) { return two(); }", inFolder("circle"), two, "-Wl,--allow-shlib-undefined");
  const closure = closureOf(path, [inFolder("lib")]);
  assert.deepEqual(
    closure.libraries.map(({ name }) => name).filter((name) => /one|two/.test(name)),
    ["libtwo.so", "libone.so"],
  );
});

test("who cancels threads gets the unwinder, which the C library opens by name", () => {
  const threads = "#include <pthread.h>\nint main(void) { pthread_exit(0); }";
  const closure = closureOf(compile(threads, inFolder("threads"), "-pthread"));
  assert.ok(pathOf(closure, "libgcc_s.so.1"));
  assert.equal(pathOf(closureOf("/bin/echo"), "libgcc_s.so.1"), undefined);
});

test("a static program has no closure", () => {
  const path = compile("int main(void) { return 0; }", inFolder("static"), "-static");
  assert.deepEqual(closureOf(path), { loader: "none", libraries: [], missing: [], configuration: [] });
});

test("musl's own libraries are its loader", { skip: !existsSync("/usr/bin/musl-gcc") }, () => {
  const path = inFolder("musl");
  execFileSync("musl-gcc", ["-x", "c", "-", "-o", path], { input: "int main(void) { return 0; }" });
  const closure = closureOf(path);
  assert.equal(closure.loader, "musl");
  assert.deepEqual(closure.missing, []);
  assert.deepEqual(closure.libraries, []);
  assert.deepEqual(closure.configuration, ["/etc/ld-musl-x86_64.path"]);
});
