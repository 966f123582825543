import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame, type Frame, FrameReader } from "./frame.ts";
import { MalformedError } from "./malformed.ts";

test("frames are laid out as the guest interface says", () => {
  assert.deepEqual([...encodeFrame({ kind: "end", length: 0x10203 })], [0, 8, 0, 3, 2, 1, 0, 0, 0, 0, 0]);
  assert.deepEqual([...encodeFrame({ kind: "signal", signal: 2 })], [1, 1, 0, 2]);
});

test("frames arrive whole, however they are cut", () => {
  const frame: fc.Arbitrary<Frame> = fc.oneof(
    fc.integer({ min: 1, max: 64 }).map((signal) => ({ kind: "signal" as const, signal })),
    fc.maxSafeNat().map((length) => ({ kind: "end" as const, length })),
  );
  fc.assert(
    fc.property(fc.array(frame), fc.integer({ min: 1, max: 50 }), (sent, piece) => {
      const wire = Buffer.concat(sent.map(encodeFrame));
      const reader = new FrameReader();
      const frames: Frame[] = [];
      for (let start = 0; start < wire.length; start += piece) frames.push(...reader.push(wire.subarray(start, start + piece)));
      assert.deepEqual(frames, sent);
    }),
  );
});

test("an unknown kind, a signal of two bytes and an end of one are malformed", () => {
  assert.throws(() => new FrameReader().push(Buffer.from([2, 0, 0])), MalformedError);
  assert.throws(() => new FrameReader().push(Buffer.from([1, 2, 0, 1, 1])), MalformedError);
  assert.throws(() => new FrameReader().push(Buffer.from([0, 1, 0, 1])), MalformedError);
});
