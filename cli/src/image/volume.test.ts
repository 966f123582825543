import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../failure.ts";
import { parseVolume } from "./volume.ts";

test("Docker's forms are read", () => {
  assert.deepEqual(parseVolume("/etc:/data"), { source: "/etc", target: "/data", readOnly: false });
  assert.deepEqual(parseVolume("/etc/hosts:/h:ro"), { source: "/etc/hosts", target: "/h", readOnly: true });
});

test("anything else is refused, with whose fault it is", () => {
  const status = (text: string): number => {
    try {
      parseVolume(text);
    } catch (error) {
      if (error instanceof Failure) return error.status;
    }
    return 0;
  };
  for (const text of ["/etc", "/etc:", ":/data", "/etc:data", "/etc:/", "/etc:/d:rw", "/etc:/d:ro:x"])
    assert.equal(status(text), 2, text);
  assert.equal(status("/no/such/folder:/data"), 125);
});
