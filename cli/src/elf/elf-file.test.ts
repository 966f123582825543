import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { compile, temporaryFolder } from "../test-support.ts";
import { bufferSource, withFileSource } from "./byte-source.ts";
import { ElfError, type ElfErrorKind } from "./elf-error.ts";
import { readElfFile } from "./elf-file.ts";
import { exampleElf, programHeaderOffset } from "./example-elf.ts";

const folder = temporaryFolder();

function refused(bytes: Buffer, kind: ElfErrorKind, message: RegExp): void {
  assert.throws(
    () => readElfFile(bufferSource(bytes)),
    (error) => {
      assert.ok(error instanceof ElfError, String(error));
      assert.equal(error.kind, kind);
      assert.match(error.message, message);
      return true;
    },
  );
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = exampleElf();
  change(bytes);
  return bytes;
}

test("interpreter, needs, run path and name are read", () => {
  const elf = readElfFile(bufferSource(exampleElf()));
  assert.equal(elf.type, "shared");
  assert.equal(elf.interpreter, "/lib64/ld-linux-x86-64.so.2");
  assert.deepEqual(elf.dynamic?.needed, ["libfirst.so.1", "libsecond.so.2"]);
  assert.equal(elf.dynamic?.runpath, "$ORIGIN/lib");
  assert.equal(elf.dynamic?.soname, "libself.so");
});

test("a compiled program is read as readelf reads it", () => {
  const path = compile(
    "int main(void) { return 0; }",
    `${folder}/program`,
    "-Wl,-rpath,/opt/one:/opt/two",
    "-lm",
    "-Wl,--no-as-needed",
  );
  const elf = withFileSource(path, readElfFile);
  const text = execFileSync("readelf", ["-dlW", path], { encoding: "utf8" });
  const needed = [...text.matchAll(/\(NEEDED\)\s+Shared library: \[(.*)\]/g)].map((match) => match[1]);
  assert.deepEqual(elf.dynamic?.needed, needed);
  assert.equal(elf.interpreter, /interpreter: (.*)\]/.exec(text)?.[1]);
  assert.equal(elf.dynamic?.runpath, "/opt/one:/opt/two");
  assert.equal(elf.dynamic?.isProgram, true);
  assert.equal(elf.segments.length, [...text.matchAll(/^ {2}LOAD/gm)].length);
});

/** An example whose last program header names these notes. */
function withNotes(...notes: (readonly [owner: string, type: number, description: string])[]): Buffer {
  const bytes = notes.flatMap(([owner, type, description]) => {
    const header = Buffer.alloc(12);
    header.writeUInt32LE(owner.length, 0);
    header.writeUInt32LE(description.length, 4);
    header.writeUInt32LE(type, 8);
    const padded = [owner, description].map((text) => Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4, "\0")));
    return [header, ...padded];
  });
  return changed((file) => {
    const place = 1700;
    const size = Buffer.concat(bytes).copy(file, place);
    const start = programHeaderOffset(3);
    file.writeUInt32LE(4, start);
    file.writeBigUInt64LE(BigInt(place), start + 8);
    file.writeBigUInt64LE(BigInt(size), start + 32);
    file.writeBigUInt64LE(BigInt(size), start + 40);
  });
}

test("a program of Go's linker is known by its note, wherever that is", () => {
  const isGo = (...notes: Parameters<typeof withNotes>): boolean => readElfFile(bufferSource(withNotes(...notes))).isGo;
  assert.equal(isGo(["Go\0\0", 4, "identifier"]), true);
  assert.equal(isGo(["GNU\0", 3, "1234567"], ["Go\0\0", 4, "identifier"]), true);
  assert.equal(isGo(["GNU\0", 3, "1234567"], ["Go\0\0", 3, ""]), false);
  assert.equal(isGo(), false);
});

test("what is no program for this machine is named", () => {
  refused(Buffer.from("#!/bin/sh\n"), "not-elf", /not an ELF file/);
  refused(Buffer.alloc(0), "not-elf", /not an ELF file/);
  refused(
    changed((bytes) => bytes.writeUInt16LE(183, 18)),
    "architecture",
    /64-bit ARM \(aarch64\)/,
  );
  refused(
    changed((bytes) => bytes.writeUInt16LE(9999, 18)),
    "architecture",
    /machine number 9999/,
  );
  refused(
    changed((bytes) => bytes.writeUInt8(1, 4)),
    "32-bit",
    /x32/,
  );
  refused(
    changed((bytes) => bytes.writeUInt8(2, 5)),
    "big-endian",
    /big-endian/,
  );
  refused(
    changed((bytes) => bytes.writeUInt16LE(1, 16)),
    "type",
    /object file/,
  );
  refused(
    changed((bytes) => bytes.writeUInt16LE(4, 16)),
    "type",
    /core dump/,
  );
});

test("a file that is cut off is named so, wherever the cut is", () => {
  const bytes = exampleElf();
  refused(bytes.subarray(0, 40), "truncated", /ELF header/);
  refused(bytes.subarray(0, 100), "truncated", /program headers/);
  for (let end = 64; end < bytes.length; end += 11)
    assert.throws(() => readElfFile(bufferSource(bytes.subarray(0, end))), ElfError);
});

test("hostile segments are refused", () => {
  const load = programHeaderOffset(0);
  refused(
    changed((bytes) => bytes.writeBigUInt64LE(1n << 60n, load + 40)),
    "malformed",
    /address space/,
  );
  refused(
    changed((bytes) => bytes.writeBigUInt64LE((1n << 64n) - 4096n, load + 16)),
    "malformed",
    /address space/,
  );
  refused(
    changed((bytes) => bytes.writeBigUInt64LE((1n << 64n) - 1n, load + 8)),
    "truncated",
    /past its end/,
  );
  refused(
    changed((bytes) => bytes.writeBigUInt64LE(1n, load + 40)),
    "malformed",
    /more bytes in the file/,
  );
  refused(
    changed((bytes) => bytes.copy(bytes, programHeaderOffset(3), load, load + 56)),
    "malformed",
    /overlap/,
  );
  refused(
    changed((bytes) => bytes.writeUInt16LE(0, 56)),
    "malformed",
    /no program headers/,
  );
  refused(
    changed((bytes) => bytes.writeUInt16LE(32, 54)),
    "malformed",
    /32 bytes each/,
  );
  refused(
    changed((bytes) => bytes.writeUInt16LE(0xffff, 56)),
    "truncated",
    /program headers/,
  );
});

test("random damage gives a result or an ElfError, nothing else, and in no time", () => {
  const original = exampleElf();
  const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(damage, fc.nat(original.length), (changes, cut) => {
      const bytes = exampleElf();
      for (const [offset, value] of changes) bytes[offset] = value;
      for (const candidate of [bytes, bytes.subarray(0, cut)]) {
        try {
          readElfFile(bufferSource(candidate));
        } catch (error) {
          assert.ok(error instanceof ElfError, String(error));
        }
      }
    }),
    { numRuns: 5000, interruptAfterTimeLimit: 20_000 },
  );
});

test("64-bit fields of any value give a result or an ElfError", () => {
  const field = fc.constantFrom(8, 16, 24, 32, 40);
  const value = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.constantFrom(0n, 1n, 1n << 47n, (1n << 53n) + 1n, 1n << 63n),
  );
  fc.assert(
    fc.property(fc.nat(3), field, value, fc.boolean(), (header, offset, number, inHeader) => {
      const bytes = changed((all) => all.writeBigUInt64LE(number, inHeader ? offset : programHeaderOffset(header) + offset));
      try {
        readElfFile(bufferSource(bytes));
      } catch (error) {
        assert.ok(error instanceof ElfError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
