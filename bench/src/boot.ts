// What it costs to get to the first line of a program, and how little memory that needs.

import { readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { CLASSES, compileClasses, program } from "./compile.ts";
import type { Figure } from "./figure.ts";
import { GUESTS, type GuestName, MACHINES, type MachineType } from "./guest.ts";
import { linuxKernel } from "./linux-kernel.ts";
import { instructionsToLine, prints, timeToLine } from "./measure.ts";
import { KERNEL, PROGRAMS } from "./repository.ts";

const LINE = "hello";
/** KiB. Enough for both, and the same. */
const MEMORY = 256 * 1024;

/** Takes one value of each figure from each guest in turns, `repeats` times. */
async function inTurns(
  figure: Omit<Figure, "unary" | "linux">,
  repeats: number,
  measure: (guest: GuestName) => Promise<number>,
): Promise<Figure> {
  const values: Record<GuestName, number[]> = { unary: [], linux: [] };
  for (let repeat = 0; repeat < repeats; repeat++) for (const guest of GUESTS) values[guest].push(await measure(guest));
  return { ...figure, ...values };
}

export async function bootFigures(repeats: number, say: (text: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  const add = async (figure: Promise<Figure>): Promise<void> => void figures.push(await figure);
  for (const machine of MACHINES) {
    say(`instructions to the first line, ${machine}`);
    const hello = { machine, memory: MEMORY, program: program("hello") };
    const echo = { machine, memory: MEMORY, program: "/bin/echo", arguments: [LINE] };
    const name = machine === "q35" ? "q35 with firmware" : machine;
    await add(
      inTurns({ name: `hello, static: to the first line, ${name}`, unit: "instructions" }, repeats, (guest) =>
        instructionsToLine(guest, hello, LINE),
      ),
    );
    await add(
      inTurns({ name: `/bin/echo hello, dynamic: the same, ${name}`, unit: "instructions" }, repeats, (guest) =>
        instructionsToLine(guest, echo, LINE),
      ),
    );
    say(`time to the first line, ${machine}`);
    await add(
      inTurns({ name: `hello, static: start of QEMU to the first line, ${name}`, unit: "milliseconds" }, repeats, (guest) =>
        timeToLine(guest, hello, LINE),
      ),
    );
  }
  compileClasses();
  for (const runtime of RUNTIMES) figures.push(...(await runtimeFigures(runtime, repeats, say)));
  say("smallest memory");
  figures.push(await smallestMemory("microvm"));
  figures.push({
    name: "kernel: bytes that are loaded (Linux: its bzImage)",
    unit: "bytes",
    unary: [loadedSize(KERNEL)],
    linux: [statSync(linuxKernel().path).size],
  });
  return figures;
}

/** Runtimes need more than the 256 MiB of the others, for Linux holds their files twice while it unpacks them. */
const RUNTIME_MEMORY = 1024 * 1024;
const RUNTIME_LINE = "result";

interface Runtime {
  name: string;
  program: string;
  arguments: readonly string[];
  /** Asked: milliseconds. */
  most: number;
}

const RUNTIMES: readonly Runtime[] = [
  { name: "node: `console.log`", program: "/usr/bin/node", arguments: [join(PROGRAMS, "line.js")], most: 1000 },
  { name: "java: `println`", program: "/usr/bin/java", arguments: ["-cp", CLASSES, "Line"], most: 1500 },
];

async function runtimeFigures(runtime: Runtime, repeats: number, say: (text: string) => void): Promise<Figure[]> {
  const { name, most } = runtime;
  const program = realpathSync(runtime.program);
  const request = { machine: "microvm", memory: RUNTIME_MEMORY, program, arguments: runtime.arguments, isRuntime: true } as const;
  say(`${name}, instructions and time to the first line`);
  return [
    await inTurns({ name: `${name}: to the first line, microvm`, unit: "instructions" }, repeats, (guest) =>
      instructionsToLine(guest, request, RUNTIME_LINE),
    ),
    await inTurns(
      { name: `${name}: start of QEMU to the first line, microvm`, unit: "milliseconds", asked: { most } },
      repeats,
      (guest) => timeToLine(guest, request, RUNTIME_LINE),
    ),
  ];
}

/** What the loadable segments of an ELF file have in the file: symbols and debug information are not loaded. */
function loadedSize(path: string): number {
  const file = readFileSync(path);
  const start = Number(file.readBigUInt64LE(32));
  const headers = Array.from({ length: file.readUInt16LE(56) }, (_, index) => start + index * 56);
  const loaded = headers.filter((header) => file.readUInt32LE(header) === 1);
  return loaded.reduce((sum, header) => sum + Number(file.readBigUInt64LE(header + 32)), 0);
}

/** KiB between two tries, and the most that is tried. */
const STEP: Record<GuestName, number> = { unary: 128, linux: 2048 };
const MOST = 96 * 1024;

/** The least memory with which hello prints its line, found by halving. */
async function smallestMemory(machine: MachineType): Promise<Figure> {
  const smallest = async (guest: GuestName): Promise<number> => {
    const step = STEP[guest];
    let tooLittle = 0;
    let enough = MOST / step;
    while (enough - tooLittle > 1) {
      const middle = (enough + tooLittle) >> 1;
      const request = { machine, memory: middle * step, program: program("hello") };
      if (await prints(guest, request, LINE)) enough = middle;
      else tooLittle = middle;
    }
    return enough * step;
  };
  return {
    name: `smallest memory for hello, ${machine}`,
    unit: "KiB",
    unary: [await smallest("unary")],
    linux: [await smallest("linux")],
  };
}
