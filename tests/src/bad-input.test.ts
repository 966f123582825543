// Bad input for the kernel itself, past the tool's own checks: one sentence, the right status, and never a fault of the kernel.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CODE_STATUS, ElfType, makeElf, patchedElf, type Segment, SegmentType, TEXT_OFFSET } from "./elf-maker.ts";
import { makeArchive, makeConfiguration, makeImage } from "./image-maker.ts";
import { type MachineOutcome, runImage } from "./machine.ts";
import { KERNEL } from "./repository.ts";

const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
const UNARY = 125;

function assertNoFault({ control, errors }: MachineOutcome): void {
  assert.equal(
    control.length,
    1,
    `on the control channel: ${JSON.stringify(control)}; on standard error: ${errors.slice(-2000)}`,
  );
  assert.notEqual(control[0]?.kind, "panic", errors.slice(-4000));
}

function assertRefused(outcome: MachineOutcome, statuses: readonly number[]): void {
  assertNoFault(outcome);
  const [line] = outcome.control;
  assert(line?.kind === "failed", `${JSON.stringify(line)} instead of a refusal; ${outcome.errors.slice(-2000)}`);
  assert(statuses.includes(line.status), `status ${line.status} of "${line.text}" is none of ${statuses}`);
  assert.match(line.text, /^\S.{8,300}$/s, "one sentence");
  assert.doesNotMatch(line.text, /\n/, "one line");
}

const load = (segment: Segment): Segment => segment;
const interpreted = (text: string, segment: Segment = {}): Buffer =>
  makeElf({
    segments: [
      { type: SegmentType.interpreter, offset: TEXT_OFFSET, fileSize: BigInt(text.length), alignment: 1n, ...segment },
      {},
    ],
    text,
  });

const REFUSED: Readonly<Record<string, Buffer>> = {
  "an empty file": Buffer.alloc(0),
  "one byte": Buffer.from("\x7f"),
  text: Buffer.from("hello, I am no program\n"),
  "a header that is cut": makeElf({ length: 63 }),
  "only a header": makeElf({ length: 64 }),
  "headers that are cut": makeElf({ length: 100 }),
  "wrong magic": patchedElf(1, "454c47"),
  "32 bits": patchedElf(4, "01"),
  "big-endian": patchedElf(5, "02"),
  "an unknown version": patchedElf(6, "07"),
  "another architecture": patchedElf(18, "b700"),
  "a relocatable file": makeElf({ type: ElfType.relocatable }),
  "a core file": makeElf({ type: ElfType.core }),
  "no program headers": makeElf({ headerCount: 0 }),
  "nothing to load": makeElf({ segments: [{ type: SegmentType.headers }] }),
  "program headers of another size": makeElf({ headerSize: 32 }),
  "program headers beyond the end": makeElf({ headersOffset: 0x100000n }),
  "program headers at 2^64 - 8": makeElf({ headersOffset: 0xfffffffffffffff8n }),
  "65,535 program headers": makeElf({ headerCount: 0xffff }),
  "an offset beyond the end": makeElf({ segments: [load({ offset: 0x200000n })] }),
  "an offset of 2^63": makeElf({ segments: [load({ offset: 1n << 63n })] }),
  "offset and size that overflow": makeElf({ segments: [load({ offset: 0xfffffffffffff000n, fileSize: 0x2000n })] }),
  "a file size beyond the end": makeElf({ segments: [load({ fileSize: 0x100000n })] }),
  "more file than memory": makeElf({ segments: [load({ fileSize: 0x1000n, memorySize: 0x10n })] }),
  "a segment of 2^60 bytes": makeElf({ segments: [load({ memorySize: 1n << 60n })] }),
  "a segment of 2^64 - 1 bytes": makeElf({ segments: [load({ memorySize: 0xffffffffffffffffn })] }),
  "an address in the kernel": makeElf({ segments: [load({ address: 0xffffffff80100000n })] }),
  "an address that is not canonical": makeElf({ segments: [load({ address: 1n << 63n })] }),
  "an address that wraps": makeElf({ segments: [load({ address: 0xfffffffffffff000n, memorySize: 0x2000n })] }),
  "a segment across the end of the address space": makeElf({
    segments: [load({ address: 0x7ffffffff000n, memorySize: 0x10000n })],
  }),
  "address and offset that do not match": makeElf({ segments: [load({ address: 0x400123n })] }),
  "an interpreter's name beyond the end": interpreted("/lib/ld.so\0", { offset: 0x100000n }),
  "an interpreter's name without an end": interpreted("/lib/ld.so", { fileSize: 10n }),
  "an empty interpreter's name": interpreted("\0", { fileSize: 1n }),
  "an interpreter's name of 2^40 bytes": interpreted("/lib/ld.so\0", { fileSize: 1n << 40n }),
};

describe("a program that the kernel refuses", () => {
  for (const [name, contents] of Object.entries(REFUSED)) {
    test(name, async () => assertRefused(await runImage(makeImage({ app: contents })), [NOT_EXECUTABLE]));
  }

  test("a program that is not there", async () => assertRefused(await runImage(makeImage({}, "/app")), [NOT_FOUND]));
  test("a program in a folder that is not there", async () =>
    assertRefused(await runImage(makeImage({}, "/no/such/app")), [NOT_FOUND]));
  test("a folder", async () => assertRefused(await runImage(makeImage({ "app/file": Buffer.from("x") })), [NOT_EXECUTABLE]));
  test("a path through a file", async () =>
    assertRefused(await runImage(makeImage({ app: makeElf() }, "/app/inside")), [NOT_EXECUTABLE, NOT_FOUND]));

  test("a missing interpreter", async () => {
    const outcome = await runImage(makeImage({ app: interpreted("/lib/ld-none.so\0") }));
    assertRefused(outcome, [NOT_FOUND]);
    assert(outcome.control[0]?.kind === "failed" && outcome.control[0].text.includes("/lib/ld-none.so"), "it is named");
  });
  test("an interpreter that is a folder", async () =>
    assertRefused(await runImage(makeImage({ app: interpreted("/tmp\0") })), [NOT_EXECUTABLE]));
  test("an interpreter that is no program", async () =>
    assertRefused(await runImage(makeImage({ app: interpreted("/text\0"), text: Buffer.from("no program") })), [NOT_EXECUTABLE]));
  test("an interpreter with a hostile segment", async () => {
    const files = { app: interpreted("/ld\0"), ld: makeElf({ type: ElfType.shared, segments: [{ memorySize: 1n << 60n }] }) };
    assertRefused(await runImage(makeImage(files)), [NOT_EXECUTABLE]);
  });
});

/** What Linux starts too; how it ends is the program's affair, but it is not the kernel's fault. */
const STARTED: Readonly<Record<string, Buffer>> = {
  "segments that overlap": makeElf({ segments: [{}, { address: 0x400000n }] }),
  "segments in falling order": makeElf({ segments: [{ address: 0x500000n }, {}] }),
  "a segment of no bytes": makeElf({ segments: [{}, { address: 0x600000n, fileSize: 0n }] }),
  "an entry outside the segments": makeElf({ entry: 0x12345678n }),
  "an entry in the kernel": makeElf({ entry: 0xffffffff80100000n }),
  "an entry that is not canonical": makeElf({ entry: 1n << 63n }),
  "a segment without permissions": makeElf({ segments: [{ flags: 0 }] }),
  "a huge alignment": makeElf({ segments: [{ alignment: 1n << 62n }] }),
  "an alignment that is no power of two": makeElf({ segments: [{ alignment: 3n }] }),
  "two interpreters' worth of headers": makeElf({ segments: [{}, { type: SegmentType.tls, offset: 1n << 62n }] }),
  "a terabyte of zeroes behind the data": makeElf({ segments: [{ flags: 7, memorySize: 1n << 40n }] }),
};

describe("a strange program that is no fault of the kernel's", () => {
  for (const [name, contents] of Object.entries(STARTED)) {
    test(name, async () => assertNoFault(await runImage(makeImage({ app: contents }))));
  }
  test("the program that all these are made from runs", async () => {
    const { control } = await runImage(makeImage({ app: makeElf() }));
    assert.deepEqual(control, [{ kind: "exit", status: CODE_STATUS }]);
  });
});

/** An archive or configuration with some bytes overwritten. */
function patched(bytes: Buffer, offset: number, hex: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(hex, offset, "hex");
  return copy;
}

describe("an image that the kernel refuses", () => {
  const configuration = makeConfiguration();
  const archive = makeArchive({ app: makeElf(), "folder/file": Buffer.from("x") });
  const entry = 32;
  const images: Readonly<Record<string, Buffer>> = {
    "a page of zeroes": Buffer.alloc(4096),
    "one byte": Buffer.from("U"),
    "a configuration of another version": Buffer.concat([patched(configuration, 7, "39"), archive]),
    "a configuration longer than the image": Buffer.concat([patched(configuration, 8, "ffffff7f"), archive]),
    "a configuration shorter than its header": Buffer.concat([patched(configuration, 8, "08000000"), archive]),
    "4,294,967,295 arguments": Buffer.concat([patched(configuration, 16, "ffffffff"), archive]),
    "4,294,967,295 variables": Buffer.concat([patched(configuration, 20, "ffffffff"), archive]),
    "no archive": configuration,
    "an archive that is cut": Buffer.concat([configuration, archive.subarray(0, 20)]),
    "an archive without its data": Buffer.concat([configuration, archive.subarray(0, 4096)]),
    "an archive of another version": Buffer.concat([configuration, patched(archive, 7, "39")]),
    "4,294,967,295 entries": Buffer.concat([configuration, patched(archive, 8, "ffffffff")]),
    "a string table of 4 GiB": Buffer.concat([configuration, patched(archive, 12, "ffffffff")]),
    "an archive of 2^63 bytes": Buffer.concat([configuration, patched(archive, 16, "0000000000000080")]),
    "a name outside the table": Buffer.concat([configuration, patched(archive, entry, "ffffff7f")]),
    "a name's length outside the table": Buffer.concat([configuration, patched(archive, entry + 4, "ffffff7f")]),
    "data beyond the end": Buffer.concat([configuration, patched(archive, entry + 16, "00000000ffff0000")]),
    "a size beyond the end": Buffer.concat([configuration, patched(archive, entry + 24, "ffffffffffffff7f")]),
    "a mode of no type": Buffer.concat([configuration, patched(archive, entry + 8, "00000000")]),
  };
  for (const [name, image] of Object.entries(images)) test(name, async () => assertRefused(await runImage(image), [UNARY]));
});

/** Physical address of the kernel's end, from its ELF file's loadable segments. */
function kernelEnd(): number {
  const file = readFileSync(process.env["UNARY_TEST_KERNEL"] ?? KERNEL);
  const headers = Array.from({ length: file.readUInt16LE(56) }, (_, index) => Number(file.readBigUInt64LE(32)) + index * 56);
  const loaded = headers.filter((header) => file.readUInt32LE(header) === SegmentType.load);
  return Math.max(...loaded.map((header) => Number(file.readBigUInt64LE(header + 24) + file.readBigUInt64LE(header + 40))));
}

test("a machine whose memory the image fills", async () => {
  const image = makeImage({ app: makeElf(), ballast: Buffer.alloc(26 * 1024 * 1024, 1) });
  // The image lies at the end. With less the loader would write it over the kernel, which could not say anything then.
  const least = Math.ceil((kernelEnd() + image.length) / 1024 + 64);
  for (const memory of [`${least}k`, `${least + 1024}k`]) {
    const outcome = await runImage(image, { memory });
    assertNoFault(outcome);
    const [line] = outcome.control;
    assert(line?.kind === "failed" || line?.kind === "exit", JSON.stringify(line));
  }
});
