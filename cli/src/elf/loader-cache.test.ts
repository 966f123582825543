import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../test-support.ts";
import { compareNames, encodeLoaderCache } from "./loader-cache.ts";

const LDCONFIG = "/sbin/ldconfig";

test("ldconfig reads the cache", { skip: !existsSync(LDCONFIG) }, () => {
  const path = join(temporaryFolder(), "ld.so.cache");
  const libraries = [
    { name: "libc.so.6", path: "/lib/x86_64-linux-gnu/libc.so.6" },
    { name: "libz.so.1", path: "/opt/z/libz.so.1" },
    { name: "libm.so.6", path: "/lib/x86_64-linux-gnu/libm.so.6" },
  ];
  writeFileSync(path, encodeLoaderCache(libraries));
  const lines = execFileSync(LDCONFIG, ["-p", "-C", path], { encoding: "utf8" }).split("\n");
  assert.equal(lines[0], `3 libs found in cache \`${path}'`);
  const listed = lines.slice(1).flatMap((line) => /^\t(\S+) \(libc6,x86-64\) => (\S+)$/.exec(line)?.slice(1, 3) ?? []);
  assert.deepEqual(listed, [
    "libz.so.1",
    "/opt/z/libz.so.1",
    ...libraries.slice(2).flatMap(({ name, path: where }) => [name, where]),
    "libc.so.6",
    "/lib/x86_64-linux-gnu/libc.so.6",
  ]);
});

test("names compare as glibc compares them: digits are numbers, and above letters", () => {
  assert.ok(compareNames("libfoo.so.10", "libfoo.so.9") > 0);
  assert.ok(compareNames("lib1.so", "liba.so") > 0);
  assert.ok(compareNames("liba.so", "libb.so") < 0);
  assert.equal(compareNames("libc.so.6", "libc.so.6"), 0);
  assert.ok(compareNames("libc.so", "libc.so.6") < 0);
});
