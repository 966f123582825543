import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../failure.ts";
import { LAYER_ALIGNMENT, layOutMemory } from "./memory-layout.ts";

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;

test("a machine without layers has its memory in one part", () => {
  assert.deepEqual(layOutMemory("microvm", 5 * MIB, []), { parts: [{ size: 5 * MIB }], layers: [] });
});

test("layers lie below 2 GiB on large pages, with memory before and behind, and the memory is what was asked for", () => {
  const files = [
    { path: "/one", size: 100 * MIB },
    { path: "/two", size: 2 * MIB },
  ];
  for (const memory of [32 * MIB, 512 * MIB + 4096, 2 * GIB, 3 * GIB - 4096, 64 * GIB]) {
    const { parts, layers } = layOutMemory("microvm", memory, files);
    let address = 0;
    const places = parts.map((part) => {
      address += part.size;
      return { ...part, address: address - part.size };
    });
    assert.deepEqual(
      places.filter(({ path }) => path !== undefined).map((place) => ({ address: place.address, length: place.size })),
      layers,
    );
    assert.ok(layers.every((layer) => layer.address % LAYER_ALIGNMENT === 0 && layer.address + layer.length < 2 * GIB));
    const free = parts.filter(({ path }) => path === undefined).map(({ size }) => size);
    assert.equal(
      free.reduce((sum, size) => sum + size, 0),
      memory,
    );
    assert.ok(free.length === 2 && free.every((size) => size >= 8 * MIB));
  }
});

test("the firmware of q35 has the end of the low memory to itself", () => {
  for (const memory of [64 * MIB, 502 * MIB, 2 * GIB, 8 * GIB]) {
    const { layers } = layOutMemory("q35", memory, [{ path: "/one", size: 10 * MIB }]);
    const [{ address = 0, length = 0 } = {}] = layers;
    assert.ok(length > 0 && address + length <= Math.min(memory + 10 * MIB, 2 * GIB) - 24 * MIB);
  }
  assert.throws(() => layOutMemory("q35", 36 * MIB, [{ path: "/one", size: 2 * MIB }]), Failure);
});

test("too little memory and too many files are refused", () => {
  assert.throws(() => layOutMemory("microvm", 16 * MIB, [{ path: "/one", size: 2 * MIB }]), Failure);
  assert.throws(() => layOutMemory("microvm", GIB, [{ path: "/one", size: 2 * GIB }]), Failure);
});
