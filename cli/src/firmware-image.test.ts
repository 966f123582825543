import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { currentFirmware } from "./firmware-image.ts";

const rom = readFileSync(currentFirmware());
const sum = (bytes: Buffer): number => bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
/** A table of the ROM, whose length stands at `lengthAt` in it. */
function table(signature: string, lengthAt: number): Buffer {
  const start = rom.indexOf(signature);
  assert.ok(start > 0, signature);
  return rom.subarray(start, start + rom.readUInt32LE(start + lengthAt));
}

test("the ROM fills its 64 KiB and begins with a jump at the reset vector", () => {
  assert.equal(rom.length, 0x10000);
  const jump = 0xfff0;
  assert.equal(rom[jump], 0xe9);
  const target = (jump + 3 + rom.readInt16LE(jump + 1)) & 0xffff;
  assert.equal(rom[target], 0xfa, "cli");
});

test("the tables that are final have the sum 0", () => {
  const root = table("RSD PTR ", 20);
  assert.equal(root.length, 36);
  assert.equal(sum(root.subarray(0, 20)), 0);
  assert.equal(sum(root), 0);
  assert.equal(sum(table("XSDT", 4)), 0);
});
