import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { shellQuote } from "./shell-quote.ts";
import { formatMemory, parseMemory } from "./units.ts";

test("memory is read as Docker reads it", () => {
  const cases: [string, number][] = [
    ["512m", 536_870_912],
    ["1g", 1_073_741_824],
    ["1.5G", 1_610_612_736],
    ["64k", 65_536],
    ["4096", 4096],
    ["8MB", 8_388_608],
    ["8MiB", 8_388_608],
    ["7b", 7],
  ];
  for (const [text, bytes] of cases) assert.equal(parseMemory(text), bytes, text);
  for (const text of ["", "m", "-1m", "1x", "1 m", "0", "1e3", "99999999999999g", "1.m"])
    assert.equal(parseMemory(text), undefined, text);
});

test("memory is shown in the unit that reads best", () => {
  assert.equal(formatMemory(1), "1 KB");
  assert.equal(formatMemory(1.5 * 1024 ** 2), "1.5 MB");
  assert.equal(formatMemory(2 * 1024 ** 3), "2.0 GB");
});

test("a shell gives quoted words back as they were", () => {
  const word = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "").replaceAll("\n", " "));
  const words = fc.sample(word, 200).concat(["", "a b", "it's", "$HOME", "`x`", "\\", "*"]);
  const script = `printf '%s\\n' ${words.map(shellQuote).join(" ")}`;
  assert.equal(execFileSync("sh", ["-c", script], { encoding: "utf8" }), words.map((text) => `${text}\n`).join(""));
});
