import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame, type Frame, FrameReader, inputFrames } from "./frame.ts";
import { MalformedError } from "./malformed.ts";

test("frames are laid out as the guest interface says", () => {
  assert.deepEqual([...encodeFrame({ kind: "input", bytes: Buffer.from("hi") })], [0, 2, 0, 0x68, 0x69]);
  assert.deepEqual([...encodeFrame({ kind: "end" })], [0, 0, 0]);
  assert.deepEqual([...encodeFrame({ kind: "signal", signal: 2 })], [1, 1, 0, 2]);
});

test("input of any size arrives whole, however it is cut", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 500 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 50 }),
      (bytes, limit, piece) => {
        const wire = Buffer.concat([...inputFrames(Buffer.from(bytes), limit), encodeFrame({ kind: "end" })]);
        const reader = new FrameReader();
        const frames: Frame[] = [];
        for (let start = 0; start < wire.length; start += piece) frames.push(...reader.push(wire.subarray(start, start + piece)));
        assert.deepEqual(frames.pop(), { kind: "end" });
        assert.deepEqual(
          Buffer.concat(frames.map((frame) => (frame.kind === "input" ? frame.bytes : Buffer.from("?")))),
          Buffer.from(bytes),
        );
      },
    ),
  );
});

test("an unknown kind and a signal of two bytes are malformed", () => {
  assert.throws(() => new FrameReader().push(Buffer.from([2, 0, 0])), MalformedError);
  assert.throws(() => new FrameReader().push(Buffer.from([1, 2, 0, 1, 1])), MalformedError);
});

test("an empty input frame is refused: it would be the end of input", () => {
  assert.throws(() => encodeFrame({ kind: "input", bytes: Buffer.alloc(0) }), RangeError);
});
