// The machine's own programs, unmodified: the same as on Linux. Each finds its files made anew, for it may change them.

import { rmSync } from "node:fs";
import { describe, test } from "node:test";
import { makeProgramFiles } from "./program-files.ts";
import { PROGRAM_CASES } from "./program-table.ts";
import { assertSame } from "./same.ts";

const name = (command: readonly string[]): string => command.join(" ").replaceAll("\n", "\\n").slice(0, 100);

describe("programs of the machine", () => {
  for (const { command, ...comparison } of PROGRAM_CASES) {
    test(name(command), async () => {
      const [program = "", ...args] = command;
      const folder = makeProgramFiles();
      try {
        await assertSame(program, args, { ...comparison, folder });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
