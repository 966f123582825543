import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeArchiveIndex, encodeArchiveIndex, FileType } from "@unary/abi/archive";
import { Failure } from "../failure.ts";
import { temporaryFolder } from "../test-support.ts";
import { RootFolder } from "./root-folder.ts";

const folder = temporaryFolder();
const inFolder = (...names: string[]): string => join(folder, ...names);

mkdirSync(inFolder("real", "sub"), { recursive: true });
writeFileSync(inFolder("real", "file"), "content");
writeFileSync(inFolder("real", "sub", "deep"), "deep");
symlinkSync("real", inFolder("link"));
symlinkSync(inFolder("real", "file"), inFolder("absolute"));

/** Paths below the test's folder, links with their targets. What is listed is also a sound archive. */
function listed(root: RootFolder): string[] {
  const { bytes, length } = encodeArchiveIndex(root.list());
  const prefix = `${folder.slice(1)}/`;
  return decodeArchiveIndex(bytes, length)
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path, mode, target }) => {
      const mark = target !== undefined ? ` -> ${target}` : (mode & FileType.mask) === FileType.folder ? "/" : "";
      return `${path.slice(prefix.length)}${mark}`;
    });
}

test("links on the way stay links, and lead to what they led to", () => {
  const root = new RootFolder();
  root.addHostPath(inFolder("link", "file"), "whole");
  assert.deepEqual(listed(root), ["link -> real", "real/", "real/file"]);
});

test("a folder comes alone or whole", () => {
  const alone = new RootFolder();
  alone.addHostPath(inFolder("real"), "alone");
  assert.deepEqual(listed(alone), ["real/"]);
  const whole = new RootFolder();
  whole.addHostPath(inFolder("real"), "whole");
  assert.deepEqual(listed(whole), ["real/", "real/file", "real/sub/", "real/sub/deep"]);
});

test("a link in a tree brings its target, circles end, dangling links stay", () => {
  mkdirSync(inFolder("tree"));
  symlinkSync("../real/sub", inFolder("tree", "out"));
  symlinkSync("..", inFolder("tree", "up"));
  symlinkSync("nowhere", inFolder("tree", "dangling"));
  symlinkSync("self", inFolder("tree", "self"));
  const root = new RootFolder();
  assert.throws(() => root.addHostPath(inFolder("tree"), "whole"), /circle/);

  execFileSync("rm", [inFolder("tree", "self")]);
  const sound = new RootFolder();
  sound.addHostPath(inFolder("tree"), "whole");
  const paths = listed(sound);
  assert.ok(paths.includes("tree/out -> ../real/sub"));
  assert.ok(paths.includes("real/sub/deep"));
  assert.ok(paths.includes("tree/dangling -> nowhere"));
});

test("a volume lies where it was asked for, through the guest's links", () => {
  const root = new RootFolder();
  root.addHostPath(inFolder("link", "file"), "whole");
  root.addVolume(inFolder("real", "sub"), inFolder("link", "mounted"));
  assert.deepEqual(listed(root), ["link -> real", "real/", "real/file", "real/mounted/", "real/mounted/deep"]);
});

test("what the guest has itself is not taken from the host", () => {
  const root = new RootFolder();
  for (const path of ["/", "/dev", "/proc/self/status", "/dev/null", "/sys", "/tmp", "/etc"]) root.addHostPath(path, "whole");
  assert.deepEqual(
    root.list().filter(({ mode }) => (mode & FileType.mask) === FileType.file),
    [],
  );
});

test("sockets and devices in a tree are left out and told", () => {
  mkdirSync(inFolder("mixed"));
  execFileSync("mkfifo", [inFolder("mixed", "fifo")]);
  const root = new RootFolder();
  root.addHostPath(inFolder("mixed"), "whole");
  assert.deepEqual(listed(root), ["mixed/"]);
  assert.match(root.skipped.join(), /fifo/);
});

test("a file that the user names and that cannot be copied is refused", () => {
  const root = new RootFolder();
  assert.throws(() => root.addHostPath(inFolder("mixed", "fifo"), "whole"), Failure);
});

test("a file cannot take the place of a folder", () => {
  const root = new RootFolder();
  root.addHostPath(inFolder("real"), "whole");
  assert.throws(() => root.addVolume(inFolder("real", "file"), inFolder("real", "sub")), Failure);
});

test("too much is refused before anything is copied", () => {
  writeFileSync(inFolder("huge"), "");
  truncateSync(inFolder("huge"), 3 * 1024 ** 3);
  const root = new RootFolder();
  assert.throws(
    () => root.addHostPath(inFolder("huge"), "whole"),
    (error) => error instanceof Failure && error.status === 125 && /2 GiB/.test(error.message),
  );
});

test("mode, time and size are the host's", () => {
  chmodSync(inFolder("real", "file"), 0o4711);
  execFileSync("touch", ["-d", "1969-12-31 23:59:59.25 UTC", inFolder("real", "file")]);
  const root = new RootFolder();
  root.addHostPath(inFolder("real", "file"), "alone");
  const entry = root.list().find(({ path }) => path.endsWith("/file"));
  assert.equal(entry?.mode, FileType.file | 0o4711);
  assert.equal(entry?.size, 7);
  assert.deepEqual(entry?.modified, { seconds: -1n, nanoseconds: 250_000_000 });
});
