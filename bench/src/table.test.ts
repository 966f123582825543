import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { format, median, type Results, spread } from "./figure.ts";
import { BEGIN, END, replaceTable } from "./table.ts";

const RESULTS: Results = {
  time: "2026-01-02T03:04:05.000Z",
  commit: "abc",
  conditions: { qemu: "QEMU 7.2.0", linux: "6.1.0", processor: "a processor" },
  figures: {
    build: [{ name: "alone", unit: "milliseconds", unary: [1500], linux: [] }],
    native: [
      { name: "kept", unit: "cycles", unary: [40], linux: [400], asked: { most: 40 } },
      { name: "missed", unit: "milliseconds", unary: [104], linux: [100], asked: { factor: 1.03 } },
      { name: "lonely", unit: "milliseconds", unary: [12], linux: [] },
    ],
    networkNative: [
      { name: "rate kept", unit: "/s", unary: [20_000], linux: [10_000], asked: { least: 1 } },
      { name: "rate missed", unit: "bytes/s", unary: [50e6], linux: [100e6], asked: { least: 1 } },
      { name: "late", unit: "microseconds", unary: [1500], linux: [750], asked: { factor: 0.8 } },
      { name: "exits", unit: "", unary: [0.051], linux: [] },
    ],
    boot: [{ name: "one", unit: "instructions", unary: [100, 110, 90], linux: [1000, 1000, 1000] }],
  },
};

describe("the bench's table", () => {
  test("medians and spreads", () => {
    assert.equal(median([5, 1, 3]), 3);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(spread([90, 100, 110]), 10);
  });

  test("values are written with three digits", () => {
    assert.equal(format(486_123_456, "instructions"), "486 M");
    assert.equal(format(999_900, "instructions"), "1.00 M");
    assert.equal(format(123_456, "instructions"), "123 k");
    assert.equal(format(12_290, "instructions"), "12,290");
    assert.equal(format(40, "instructions"), "40");
    assert.equal(format(1890, "milliseconds"), "1.89 s");
    assert.equal(format(70 * 1024, "KiB"), "70.0 MiB");
    assert.equal(format(654_321, "bytes"), "654 kB");
  });

  test("stands between its markers, and nothing else changes", () => {
    const text = `before\n${BEGIN}\nold\n${END}\nafter\n`;
    const changed = replaceTable(text, RESULTS);
    assert(changed.startsWith(`before\n${BEGIN}\n\n| | Unary |`));
    assert(changed.endsWith(`\n\n${END}\nafter\n`));
    assert(changed.includes("| one | 100 ± 10 % | 1,000 | 10 |"));
    assert(changed.includes("| alone | 1.50 s |"));
    assert(changed.includes("| kept | 40 | 400 | 10 | ≤ 40 |"));
    assert(changed.includes("| missed | 104 ms | 100 ms | 0.96 | ≤ 1.03 × process ✗ |"));
    assert(changed.includes("| lonely | 12.0 ms |  |  |  |"));
    assert(changed.includes("| rate kept | 20.0 k/s | 10.0 k/s | 2.0 × | ≥ 1.00 × |"));
    assert(changed.includes("| rate missed | 50.0 MB/s | 100 MB/s | 0.50 × | ≥ 1.00 × ✗ |"));
    assert(changed.includes("| late | 1.50 ms | 750 µs | 0.50 × | ≥ 1.25 × ✗ |"));
    assert(changed.includes("| exits | 0.05 |  |  |  |"));
    assert.equal(replaceTable(changed, RESULTS), changed);
  });

  test("needs its markers", () => assert.throws(() => replaceTable("no markers", RESULTS), /markers|lines/));
});
