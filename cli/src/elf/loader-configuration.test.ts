import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../test-support.ts";
import { muslPathFile, readLoaderConfiguration } from "./loader-configuration.ts";

const folder = temporaryFolder();
mkdirSync(join(folder, "conf.d"));
writeFileSync(join(folder, "conf.d", "b.conf"), "/opt/b\n");
writeFileSync(join(folder, "conf.d", "a.conf"), "# a comment\n/opt/a/  # and one behind\n/opt/old=libc6\n");
writeFileSync(join(folder, "conf.d", "ignored.txt"), "/opt/ignored\n");

function configuration(text: string): string[] {
  const path = join(folder, "ld.so.conf");
  writeFileSync(path, text);
  return readLoaderConfiguration(path);
}

test("includes are followed in the order of their names", () => {
  assert.deepEqual(configuration("include conf.d/*.conf\n/opt/last\n"), ["/opt/a", "/opt/old", "/opt/b", "/opt/last"]);
  assert.deepEqual(configuration(`include ${folder}/conf.d/?.conf\n`), ["/opt/a", "/opt/old", "/opt/b"]);
});

test("what is not there, and what is nonsense, lists nothing", () => {
  assert.deepEqual(readLoaderConfiguration(join(folder, "absent")), []);
  assert.deepEqual(configuration("hwcap 0 nosegneg\nrelative/folder\n\ninclude\ninclude conf.d/[\n"), []);
});

test("a file that includes itself ends", () => {
  assert.deepEqual(configuration("/opt/x\ninclude ld.so.conf\n"), ["/opt/x"]);
});

test("musl's path file lies beside its loader's folder", () => {
  assert.equal(muslPathFile("/lib/ld-musl-x86_64.so.1"), "/etc/ld-musl-x86_64.path");
  assert.equal(muslPathFile("/opt/musl/lib/ld-musl-x86_64.so.1"), "/opt/musl/etc/ld-musl-x86_64.path");
});
