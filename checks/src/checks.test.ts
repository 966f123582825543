import assert from "node:assert/strict";
import { test } from "node:test";
import { findImports } from "./imports.ts";
import { checkLayers } from "./layers.ts";
import { countUnsafe, summarizeUnsafe } from "./unsafe.ts";

const messages = (file: string, source: string): string[] =>
  checkLayers(file, source).map(({ line, message }) => `${line}: ${message}`);

test("imports are found with their names and lines", () => {
  const source =
    'import { a, type b, c as d } from "./x.ts";\nimport {\n  e,\n  f,\n} from "unsafe";\nexport { g } from "./y.ts";\nimport "./z.ts";\nconst no = "import";\n';
  assert.deepEqual(findImports(source), [
    { specifier: "./x.ts", names: ["a", "b", "d"], line: 1 },
    { specifier: "unsafe", names: ["e", "f"], line: 2 },
    { specifier: "./y.ts", names: ["g"], line: 6 },
    { specifier: "./z.ts", names: [], line: 7 },
  ]);
});

test("imports point down, to peers, to the shared constants and to the prelude", () => {
  const source = [
    'import { a } from "../lib/errno.ts";',
    'import { b } from "../../kernel/abi/ports.ts";',
    'import { c } from "../net/socket.ts";',
    'import { d } from "./path.ts";',
    'import { e } from "prelude/list.ts";',
    'import { f } from "unsafe";',
  ].join("\n");
  assert.deepEqual(messages("kernel/fs/file.ts", source), []);
});

test("an import upwards is named", () => {
  assert.deepEqual(messages("kernel/mm/heap.ts", 'import { a } from "./x.ts";\nimport { b } from "../linux/futex.ts";'), [
    '2: "../linux/futex.ts": mm is below linux and may not use it',
  ]);
  assert.deepEqual(messages("kernel/arch/x86_64/cpu.ts", 'import { a } from "../../sched/thread.ts";'), [
    '1: "../../sched/thread.ts": arch is below sched and may not use it',
  ]);
});

test("packages, other parts of the project and unknown folders are refused", () => {
  assert.match(messages("kernel/lib/a.ts", 'import { a } from "node:fs";')[0] ?? "", /no packages/);
  assert.match(messages("kernel/lib/a.ts", 'import { a } from "../../abi/src/ports.ts";')[0] ?? "", /out of the kernel/);
  assert.match(messages("kernel/abi/a.ts", 'import { a } from "../lib/errno.ts";')[0] ?? "", /uses nothing/);
  assert.match(messages("kernel/misc/a.ts", "")[0] ?? "", /belong to one of/);
});

test("uses of unsafe names are counted, their import and comments are not", () => {
  const source =
    'import { addressOf, pointer } from "unsafe";\n// pointer in a comment\nconst x = pointer(addressOf(y)); /* addressOf */\n';
  const count = countUnsafe("kernel/mm/a.ts", source);
  assert.deepEqual(count, { file: "kernel/mm/a.ts", uses: 2 });
  assert.deepEqual(countUnsafe("kernel/mm/b.ts", "const pointer = 1;"), { file: "kernel/mm/b.ts", uses: 0 });
  assert.equal(
    summarizeUnsafe([count, { file: "kernel/lib/c.ts", uses: 0 }]),
    "unsafe: 2 uses in 1 of 2 kernel files (mm 2 in 1)",
  );
});
