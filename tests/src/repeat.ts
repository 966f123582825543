// `npm run repeat -- [ROUNDS] [CPUS,…]`: the guest programs and the machine's own programs again and again, in the first mode of
// UNARY_TEST_MODES, until one outcome is not Linux's: what fails once in a hundred runs shows only so.
//
// A round runs each guest on each number of processors, in the form whose turn it is, and each program on the number whose turn
// it is. What failed is printed whole at once, and the rounds go on.

import { rmSync } from "node:fs";
import { guest } from "./guest.ts";
import { forms, GUEST_CASES } from "./guest-table.ts";
import { MODE } from "./mode.ts";
import { makeProgramFiles } from "./program-files.ts";
import { PROGRAM_CASES } from "./program-table.ts";
import { assertSame } from "./same.ts";

const DEFAULT_ROUNDS = 20;
const DEFAULT_CPUS = "1,2,4";

const [rounds = String(DEFAULT_ROUNDS), list = DEFAULT_CPUS] = process.argv.slice(2);
const processors = list.split(",").map(Number);
if (!(Number(rounds) > 0) || !processors.every((count) => Number.isInteger(count) && count > 0)) {
  console.error("usage: npm run repeat -- [ROUNDS] [CPUS,…]");
  process.exit(2);
}

let runs = 0;
let failures = 0;

async function attempt(title: string, run: () => Promise<void>): Promise<void> {
  runs++;
  try {
    await run();
  } catch (error) {
    failures++;
    console.log(`failed: ${title}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

async function repeatGuests(round: number): Promise<void> {
  for (const { source, args = [], ...run } of GUEST_CASES) {
    const form = forms(source)[round % forms(source).length] ?? "glibc";
    for (const cpus of processors) {
      await attempt(`${source}, ${form}, processors: ${cpus}`, () =>
        assertSame(guest(source, form), args, { ...run, machine: { cpus } }),
      );
    }
  }
}

async function repeatPrograms(round: number): Promise<void> {
  const cpus = processors[round % processors.length] ?? 1;
  for (const { command, ...comparison } of PROGRAM_CASES) {
    const [program = "", ...args] = command;
    const folder = makeProgramFiles();
    await attempt(`${command.join(" ")}, processors: ${cpus}`, () =>
      assertSame(program, args, { ...comparison, folder, machine: { cpus } }),
    );
    rmSync(folder, { recursive: true });
  }
}

for (let round = 0; round < Number(rounds); round++) {
  const start = performance.now();
  await repeatGuests(round);
  await repeatPrograms(round);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`round ${round + 1} of ${rounds}, mode ${MODE}: ${seconds} s; in all ${runs} runs, ${failures} failed`);
}
process.exitCode = failures === 0 ? 0 : 1;
