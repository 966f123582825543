// Images, tried by Linux: an image is unpacked, and the program runs in it as its root folder, with nothing else there.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findProgram } from "../application/program.ts";
import { Failure } from "../failure.ts";
import { compile, temporaryFolder } from "../test-support.ts";
import { collectRoot, namedPaths, type RootRequest } from "./application-root.ts";
import { cachedArchive } from "./cache.ts";
import { unpack } from "./unpack.ts";
import { parseVolume } from "./volume.ts";

const folder = temporaryFolder();
process.env["XDG_CACHE_HOME"] = join(folder, "cache");
const inFolder = (name: string): string => join(folder, name);
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
const isRoot = process.getuid?.() === 0;

function request(name: string, args: readonly string[], more: Partial<RootRequest> = {}): RootRequest {
  const program = findProgram(name, args);
  return { program, arguments: args, environment: new Map(), workingDirectory: "/", volumes: [], hostName: "unary", ...more };
}

/** Runs a program in its image by chroot(8). */
function runInImage(
  name: string,
  args: readonly string[],
  more: Partial<RootRequest> = {},
): { status: number | null; output: string } {
  const wanted = request(name, args, more);
  const { path } = cachedArchive(collectRoot(wanted).list(), { freePages: 0 });
  const image = mkdtempSync(inFolder("image-"));
  unpack(readFileSync(path), image);
  const { executable, arguments: argv } = wanted.program;
  const env = Object.fromEntries(wanted.environment);
  const { status, stdout, stderr } = spawnSync("/usr/sbin/chroot", [image, executable, ...argv.slice(1)], {
    encoding: "utf8",
    env,
    cwd: "/",
  });
  return { status, output: stdout + stderr };
}

test("a dynamic program finds its libraries, and files that its arguments name", { skip: !isRoot }, () => {
  writeFileSync(inFolder("named"), "the file came along\n");
  assert.deepEqual(runInImage("/bin/cat", [inFolder("named")]), { status: 0, output: "the file came along\n" });
  assert.equal(runInImage("/bin/ls", ["/"]).output, "bin\ndev\netc\nlib\nlib64\nproc\nroot\nrun\nsys\ntmp\nusr\nvar\n");
});

test("libraries in folders that only the host's configuration names are found by the image's own cache", {
  skip: !isRoot,
}, () => {
  mkdirSync(inFolder("odd"));
  const library = compile(
    "int odd(void) { return 42; }",
    inFolder("odd/libodd.so.1"),
    "-shared",
    "-fPIC",
    "-Wl,-soname,libodd.so.1",
  );
  const program = compile("int odd(void); int main(void) { return odd(); }", inFolder("odd-user"), library);
  // LD_LIBRARY_PATH stands for the host's configuration; the guest does not get to see it.
  const found = request(program, [], { environment: new Map([["LD_LIBRARY_PATH", inFolder("odd")]]) });
  const image = mkdtempSync(inFolder("image-"));
  unpack(readFileSync(cachedArchive(collectRoot(found).list(), { freePages: 0 }).path), image);
  assert.equal(spawnSync("/usr/sbin/chroot", [image, program], { env: {} }).status, 42);
});

test("a large program comes whole: node itself", { skip: !isRoot }, () => {
  assert.deepEqual(runInImage(process.execPath, ["-p", "6 * 7"]), { status: 0, output: "42\n" });
});

test("a thread that is cancelled finds the unwinder", { skip: !isRoot }, () => {
  const source = `#include <pthread.h>
    static void *run(void *argument) { pthread_exit(argument); }
    int main(void) { pthread_t thread; pthread_create(&thread, 0, run, 0); return pthread_join(thread, 0); }`;
  assert.deepEqual(runInImage(compile(source, inFolder("canceller"), "-pthread"), []), { status: 0, output: "" });
});

test("a script finds its interpreter and itself", { skip: !isRoot }, () => {
  writeFileSync(inFolder("script"), '#!/bin/sh -e\necho "$0 $1"\n');
  chmodSync(inFolder("script"), 0o755);
  assert.deepEqual(runInImage(inFolder("script"), ["x"]), { status: 0, output: `${inFolder("script")} x\n` });
});

test("a program that an argument names brings its libraries", { skip: !isRoot }, () => {
  assert.deepEqual(runInImage("/usr/bin/env", ["/bin/echo", "hi"]), { status: 0, output: "hi\n" });
});

test("musl's loader finds its way", { skip: !isRoot || !existsSync("/usr/bin/musl-gcc") }, () => {
  execFileSync("musl-gcc", ["-x", "c", "-", "-o", inFolder("musl")], { input: "int main(void) { return 5; }" });
  assert.equal(runInImage(inFolder("musl"), []).status, 5);
});

test("volumes lie where they were asked for", { skip: !isRoot }, () => {
  mkdirSync(inFolder("data"));
  writeFileSync(join(inFolder("data"), "x"), "in the volume\n");
  const volumes = [parseVolume(`${inFolder("data")}:/deep/place:ro`)];
  assert.deepEqual(runInImage("/bin/cat", ["/deep/place/x"], { volumes }), { status: 0, output: "in the volume\n" });
});

test("the user's own file replaces the one that every guest has", { skip: !isRoot }, () => {
  const { output } = runInImage("/bin/cat", ["/etc/hostname"]);
  assert.equal(output, readFileSync("/etc/hostname", "utf8"));
  writeFileSync(inFolder("names"), "mine\n");
  const volumes = [parseVolume(`${inFolder("names")}:/etc/nsswitch.conf`)];
  assert.equal(runInImage("/bin/cat", ["/etc/nsswitch.conf"], { volumes }).output, "mine\n");
});

test("the UTF-8 locale comes along for who asks for it", () => {
  const paths = (environment: Map<string, string>): string[] =>
    collectRoot(request("/bin/ls", [], { environment }))
      .list()
      .map(({ path }) => path);
  const hasLocale = existsSync("/usr/lib/locale/C.utf8");
  assert.equal(
    paths(new Map([["LANG", "C.UTF-8"]])).some((path) => path.includes("C.utf8")),
    hasLocale,
  );
  assert.equal(
    paths(new Map()).some((path) => path.includes("C.utf8")),
    false,
  );
});

test("who has a TLS library trusts whom the host trusts", { skip: !isRoot || !existsSync(AUTHORITIES) }, () => {
  const [authority = ""] =
    /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/.exec(readFileSync(AUTHORITIES, "latin1")) ?? [];
  writeFileSync(inFolder("authority.pem"), authority);
  const file = inFolder("authority.pem");
  assert.deepEqual(runInImage("/usr/bin/openssl", ["verify", file]), { status: 0, output: `${file}: OK\n` });
  assert.equal(collectRoot(request("/bin/cat", [])).has(AUTHORITIES), false);
});

test("paths are seen alone and behind an equals sign", () => {
  assert.deepEqual(namedPaths("/bin"), ["/bin"]);
  assert.deepEqual(namedPaths("if=/bin/sh"), ["/bin/sh"]);
  assert.deepEqual(namedPaths("--color=auto"), []);
  assert.deepEqual(namedPaths(""), []);
  assert.deepEqual(namedPaths("x".repeat(10_000)), []);
});

test("a missing library is an error of the program, and none of a program that is only named", () => {
  const library = compile("int f(void) { return 1; }", inFolder("libaway.so"), "-shared", "-fPIC", "-Wl,-soname,libaway.so");
  const program = compile("int f(void); int main(void) { return f(); }", inFolder("lacking"), library);
  assert.throws(() => collectRoot(request(program, [])), Failure);
  assert.ok(collectRoot(request("/bin/cat", [program])).has(program));
});
