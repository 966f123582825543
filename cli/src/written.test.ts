import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { written } from "./written.ts";

test("a slow reader gets everything before the end", async () => {
  const taken: string[] = [];
  const slow = new Writable({
    write: (piece: Buffer, _encoding, done) => {
      setTimeout(() => {
        taken.push(piece.toString());
        done();
      }, 20);
    },
  });
  slow.write("one");
  slow.write("two");
  await written(slow);
  assert.equal(taken.join(""), "onetwo");
});

test("nothing is waited for when nothing is left, or nobody reads", async () => {
  const stream = new PassThrough();
  await written(stream);
  stream.on("error", () => undefined);
  stream.destroy(new Error("gone"));
  await written(stream);
});
