// Other machines than the usual one: q35 with its firmware, little and much memory; and the same boot many times over.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { guest } from "./guest.ts";
import { BUILD } from "./repository.ts";
import { assertSame } from "./same.ts";

describe("q35", () => {
  for (const cpus of [1, 4]) {
    for (const source of ["hello.c", "threads.c", "signals.c", "clocks.c", "files.c"]) {
      test(`${source}, ${cpus} processors`, () => assertSame(guest(source), [], { machine: { type: "q35", cpus } }));
    }
  }
  // Firmware keeps its tables 16 MiB before the memory's end: it must not write into files there.
  for (const memory of ["64m", "512m", "3g"]) {
    test(`files are whole beside the firmware's tables, ${memory}`, async () => {
      const folder = mkdtempSync(join(BUILD, "large-file-"));
      try {
        writeFileSync(join(folder, "large"), randomBytes(20 * 2 ** 20));
        await assertSame("/usr/bin/sha256sum", ["large"], { folder, machine: { type: "q35", memory } });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
  test("standard input", () => assertSame(guest("copy.c"), [], { input: "a line\n".repeat(5000), machine: { type: "q35" } }));
});

describe("memory", () => {
  for (const memory of ["16m", "64m", "2g", "6g"])
    test(memory, () => assertSame(guest("files.c", "glibc-static"), [], { machine: { memory } }));
  test("a static program in 4 MiB", () => assertSame(guest("hello.c", "musl-static"), [], { machine: { memory: "4m" } }));
});

test("much standard input", () => assertSame(guest("copy.c"), [], { input: Buffer.alloc(128 * 1024, "0123456789abcdef\n") }));

test("standard input of all bytes", () =>
  assertSame(guest("copy.c"), [], { input: Buffer.from(Array.from({ length: 4096 }, (_, index) => index & 0xff)) }));

describe("the same boot again and again", () => {
  for (const cpus of [1, 2, 4]) {
    test(`ten times, ${cpus} processors`, async () => {
      for (let round = 0; round < 10; round++) await assertSame(guest("hello.c"), [], { machine: { cpus } });
    });
  }
});
