import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BootConfiguration, BootFlag, decodeBootConfiguration, encodeBootConfiguration } from "./boot-configuration.ts";
import { MalformedError } from "./malformed.ts";
import { PAGE_SIZE } from "./page.ts";

const sample: BootConfiguration = {
  flags: BootFlag.traceSystemCalls | BootFlag.stdoutIsTerminal,
  hostName: "unary",
  workingDirectory: "/home/ada",
  executable: "/usr/bin/echo",
  arguments: ["echo", "héllo", ""],
  environment: ["PATH=/bin", "EMPTY="],
  wallClock: 1_700_000_000_123_456_789n,
  terminalColumns: 80,
  terminalRows: 24,
  network: { address: "192.0.2.7", prefix: 24, gateway: "192.0.2.1", nameServer: undefined },
  layers: [
    { address: 0x1000_0000, length: 0x20_0000 },
    { address: 0x1020_0000, length: PAGE_SIZE },
  ],
};

test("the configuration is laid out as the guest interface says", () => {
  const bytes = encodeBootConfiguration(sample);
  assert.equal(bytes.length, PAGE_SIZE);
  assert.equal(bytes.toString("latin1", 0, 8), "UNARYBC1");
  assert.equal(bytes.readUInt32LE(12), 5);
  assert.equal(bytes.readUInt32LE(16), 3);
  assert.equal(bytes.readUInt32LE(20), 2);
  assert.equal(bytes.readBigUInt64LE(24), 1_700_000_000_123_456_789n);
  assert.equal(bytes.readUInt32LE(36), 2);
  assert.deepEqual(
    [56, 64, 72, 80].map((offset) => bytes.readBigUInt64LE(offset)),
    [0x1000_0000n, 0x20_0000n, 0x1020_0000n, 4096n],
  );
  assert.deepEqual([...bytes.subarray(40, 56)], [192, 0, 2, 7, 192, 0, 2, 1, 0, 0, 0, 0, 24, 0, 0, 0]);
  const strings = "unary\0/home/ada\0/usr/bin/echo\0echo\0héllo\0\0PATH=/bin\0EMPTY=\0";
  assert.equal(bytes.toString("utf8", 88, bytes.readUInt32LE(8)), strings);
});

test("what is encoded is decoded", () => {
  const text = fc.string({ unit: "grapheme" }).map((string) => string.replaceAll("\0", ""));
  fc.assert(
    fc.property(fc.array(text), fc.array(text), text, (args, environment, hostName) => {
      const configuration = { ...sample, arguments: args, environment, hostName };
      assert.deepEqual(decodeBootConfiguration(encodeBootConfiguration(configuration)), configuration);
    }),
  );
});

test("a string with a NUL is refused, for it would become two", () => {
  assert.throws(() => encodeBootConfiguration({ ...sample, arguments: ["a\0b"] }), RangeError);
});

test("layers that overlap, lie between pages or are too many are malformed", () => {
  for (const [offset, value] of [
    [56, 0x1000_0001n],
    [64, 0n],
    [72, 0x1010_0000n],
    [80, 1n << 52n],
  ] as const) {
    const bytes = encodeBootConfiguration(sample);
    bytes.writeBigUInt64LE(value, offset);
    assert.throws(() => decodeBootConfiguration(bytes), MalformedError);
  }
  assert.throws(() => encodeBootConfiguration({ ...sample, layers: Array(9).fill(sample.layers[0]) }), RangeError);
});

test("a network without an address, or of no size, is malformed", () => {
  for (const [offset, value] of [
    [40, 0],
    [52, 0],
    [52, 33],
  ] as const) {
    const bytes = encodeBootConfiguration(sample);
    bytes.writeUInt32LE(value, offset);
    assert.throws(() => decodeBootConfiguration(bytes), MalformedError);
  }
});

test("counts that do not match the strings are malformed", () => {
  const bytes = encodeBootConfiguration(sample);
  for (const count of [0, 2, 4, 0xffffffff]) {
    bytes.writeUInt32LE(count, 16);
    assert.throws(() => decodeBootConfiguration(bytes), MalformedError);
  }
});

test("damage gives a configuration or a MalformedError, nothing else", () => {
  const bytes = encodeBootConfiguration(sample);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(160), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.nat(4096), (changes, end) => {
      const damaged = Buffer.from(bytes.subarray(0, end));
      for (const [offset, value] of changes) if (offset < damaged.length) damaged[offset] = value;
      try {
        decodeBootConfiguration(damaged);
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
