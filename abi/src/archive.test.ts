import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ArchiveEntry, ArchiveHeaderOffset, decodeArchiveIndex, encodeArchiveIndex, FileType } from "./archive.ts";
import { MalformedError } from "./malformed.ts";
import { PAGE_SIZE } from "./page.ts";

const modified = { seconds: 1_700_000_000n, nanoseconds: 5 };
const folder = (path: string): ArchiveEntry => ({ path, mode: FileType.folder | 0o755, size: 0, modified });
const file = (path: string, size: number): ArchiveEntry => ({ path, mode: FileType.file | 0o644, size, modified });
const link = (path: string, target: string): ArchiveEntry => ({ path, mode: FileType.link | 0o777, size: 0, target, modified });

const sample = [file("usr/bin/echo", 5000), folder("usr"), folder("usr/bin"), link("bin", "usr/bin"), file("usr/empty", 0)];

test("an archive is laid out as the guest interface says", () => {
  const { bytes, length, entries } = encodeArchiveIndex(sample);
  assert.equal(bytes.toString("latin1", 0, 8), "UNARYIM1");
  assert.equal(bytes.readUInt32LE(8), 5);
  assert.equal(bytes.length, PAGE_SIZE);
  assert.equal(length, 3 * PAGE_SIZE);
  assert.deepEqual(
    entries.map((entry) => [entry.path, entry.dataOffset]),
    [
      ["bin", 0],
      ["usr", 0],
      ["usr/bin", 0],
      ["usr/bin/echo", PAGE_SIZE],
      ["usr/empty", 0],
    ],
  );
  const strings = bytes.toString("utf8", 32 + 5 * 48, 32 + 5 * 48 + bytes.readUInt32LE(12));
  assert.equal(strings, "binusr/binusrusr/binusr/bin/echousr/empty");
});

test("a folder precedes what is in it, also beside names that sort between", () => {
  const { bytes, length } = encodeArchiveIndex([file("a/x", 1), file("a-b", 1), folder("a"), file("a.c", 1)]);
  const paths = decodeArchiveIndex(bytes, length).map((entry) => entry.path);
  assert.deepEqual(paths, ["a", "a-b", "a.c", "a/x"]);
});

test("what is encoded is decoded", () => {
  const { bytes, length, entries } = encodeArchiveIndex(sample);
  const decoded = decodeArchiveIndex(bytes, length);
  assert.deepEqual(
    decoded.map(({ path, mode, dataOffset, target }) => ({ path, mode, dataOffset, target })),
    entries.map(({ path, mode, dataOffset, target }) => ({ path, mode, dataOffset, target })),
  );
});

test("an archive that is not all there is malformed", () => {
  const { bytes, length } = encodeArchiveIndex(sample);
  for (let end = 0; end < 32 + 5 * 48; end += 7)
    assert.throws(() => decodeArchiveIndex(bytes.subarray(0, end), length), MalformedError);
  assert.throws(() => decodeArchiveIndex(bytes, length - 1), MalformedError);
});

test("paths that leave the root are malformed", () => {
  for (const path of ["/etc", "../etc", "a/../b", "a//b", ".", "", "a/"]) {
    const { bytes, length } = encodeArchiveIndex([folder("a"), file(path, 1)]);
    assert.throws(() => decodeArchiveIndex(bytes, length), MalformedError, path);
  }
});

test("a file without its folder is malformed, and so is a path given twice", () => {
  for (const entries of [[file("a/b", 1)], [file("a", 1), file("a/b", 1)], [file("a", 1), file("a", 1)]]) {
    const { bytes, length } = encodeArchiveIndex(entries);
    assert.throws(() => decodeArchiveIndex(bytes, length), MalformedError);
  }
});

test("a count that would wrap or exhaust memory is malformed", () => {
  const { bytes, length } = encodeArchiveIndex(sample);
  for (const count of [6, 0xffff, 0x05555555, 0xffffffff]) {
    bytes.writeUInt32LE(count, ArchiveHeaderOffset.entryCount);
    assert.throws(() => decodeArchiveIndex(bytes, length), MalformedError);
  }
});

test("damage anywhere gives entries within bounds or a MalformedError, nothing else", () => {
  const { bytes, length } = encodeArchiveIndex(sample);
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(damage, (changes) => {
      const damaged = Buffer.from(bytes);
      for (const [offset, value] of changes) damaged[offset % 400] = value;
      try {
        for (const entry of decodeArchiveIndex(damaged, length)) {
          if ((entry.mode & FileType.mask) === FileType.file) assert.ok(entry.dataOffset + entry.size <= length);
        }
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("any bytes after the magic give entries or a MalformedError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (noise) => {
      try {
        decodeArchiveIndex(Buffer.concat([Buffer.from("UNARYIM1"), noise]));
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
  );
});
