// The examples of docs/language.md compile: a line that ends with `// error CODE` is refused with that code, and no other line is.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { compile } from "../lower/compile.ts";
import { projectFolder } from "./batch.ts";

const work = join(projectFolder, "build/examples");

/** A fenced block, and the line of the document that it starts on. */
interface Example {
  readonly line: number;
  readonly text: string;
}

function examplesOf(document: string): Example[] {
  const examples: Example[] = [];
  const lines = document.split("\n");
  for (let start = lines.indexOf("```ts"); start >= 0; start = lines.indexOf("```ts", start + 1)) {
    const end = lines.indexOf("```", start);
    examples.push({ line: start + 2, text: `${lines.slice(start + 1, end).join("\n")}\n` });
  }
  return examples;
}

/** `line: code` for each error that the comments announce. */
function announcedErrors(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const code = /\/\/ error (\w+)$/.exec(line)?.[1];
    return code === undefined ? [] : [`${index + 1}: ${code}`];
  });
}

/** The text with harmless lines in place of the refused ones; undefined when one of them opens a block. */
function withoutErrors(text: string): string | undefined {
  const refused = /\/\/ error \w+$/;
  const lines = text.split("\n");
  if (lines.some((line) => refused.test(line) && /{ \/\//.test(line))) return undefined;
  return lines.map((line) => (!refused.test(line) ? line : line.startsWith(" ") ? "unreachable();" : "")).join("\n");
}

describe("examples of the language's reference", () => {
  mkdirSync(work, { recursive: true });
  const examples = examplesOf(readFileSync(join(projectFolder, "docs/language.md"), "utf8"));
  test("there are examples", () => assert.ok(examples.length > 15));

  for (const example of examples) {
    test(`line ${example.line}`, () => {
      const file = join(work, `line_${example.line}.ts`);
      writeFileSync(file, example.text);
      const announced = announcedErrors(example.text);
      const found = compile(work, [file]).diagnostics.map((diagnostic) => `${diagnostic.line}: ${diagnostic.code}`);
      assert.deepEqual(found, announced);
      // An error of one pass hides those of the next: without the announced ones, all is well.
      const corrected = withoutErrors(example.text);
      if (corrected === undefined) return;
      writeFileSync(file, corrected);
      assert.deepEqual(compile(work, [file]).diagnostics, []);
    });
  }
});
