import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ControlLine, ControlLineReader, formatControlLine, parseControlLine } from "./control-line.ts";
import { MalformedError } from "./malformed.ts";

const lines: ControlLine[] = [
  { kind: "exit", status: 0 },
  { kind: "exit", status: 255 },
  { kind: "signal", signal: 11 },
  { kind: "reading" },
  { kind: "panic" },
  { kind: "failed", status: 126, text: "/héllo: not an ELF file\twith a tab" },
];

test("lines survive being cut anywhere, characters too", () => {
  const bytes = Buffer.from(lines.map(formatControlLine).join(""));
  for (let size = 1; size < bytes.length; size++) {
    const reader = new ControlLineReader();
    const read: ControlLine[] = [];
    for (let start = 0; start < bytes.length; start += size) read.push(...reader.push(bytes.subarray(start, start + size)));
    assert.deepEqual(read, lines);
  }
});

test("lines that mean nothing are malformed", () => {
  const bad = [
    "",
    "exit",
    "exit 256",
    "exit -1",
    "exit 1 2",
    "signal 0",
    "signal 65",
    "panic ",
    "failed 1",
    "failed 0 x",
    "failed 1 ",
    "EXIT 0",
  ];
  for (const line of bad) assert.throws(() => parseControlLine(line), MalformedError, line);
});

test("a line without end is malformed", () => {
  const reader = new ControlLineReader();
  assert.throws(() => {
    for (let i = 0; i < 100; i++) reader.push(Buffer.alloc(1000, "x"));
  }, MalformedError);
});

test("any text gives a line or a MalformedError", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseControlLine(text);
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});
