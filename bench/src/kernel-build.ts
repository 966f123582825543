// How long the kernel's build takes: from nothing, and from an edit of one file to the line of a booted program.
//
// Both happen in a copy of the checkout, so that neither its sources nor its build are touched.

import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Figure } from "./figure.ts";
import { BUILD, REPOSITORY } from "./repository.ts";

const COPIED = ["abi", "cli", "compiler", "kernel", "package.json", "tsconfig.base.json", "tsconfig.json"];

export function buildFigures(repeats: number): Figure[] {
  const copy = join(BUILD, "checkout");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const name of COPIED) cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(copy, "node_modules"));
  const node = (...args: string[]): void => {
    execFileSync(process.execPath, args, { cwd: copy, stdio: ["ignore", "ignore", "inherit"] });
  };
  const timed = (action: () => void): number => {
    const start = performance.now();
    action();
    return performance.now() - start;
  };

  const clean: number[] = [];
  for (let repeat = 0; repeat < 2; repeat++) {
    rmSync(join(copy, "build"), { recursive: true, force: true });
    clean.push(timed(() => node("compiler/dist/main.js", "kernel")));
  }
  const edited = editedFile(copy);
  const boot = (): void => node("cli/dist/main.js", "run", "--accel", "tcg", "/bin/true");
  boot();
  const edits: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    appendFileSync(edited, `\n/** Made by the bench. */\nexport const edit${repeat}: u32 = ${repeat};\n`);
    edits.push(timed(boot));
  }
  rmSync(copy, { recursive: true });
  return [
    { name: "kernel: clean build", unit: "milliseconds", unary: clean, linux: [] },
    { name: "kernel: edit one file, build, boot, run `/bin/true`", unit: "milliseconds", unary: edits, linux: [] },
  ];
}

/** The largest file of the Linux layer: an edit there is an ordinary one, and no cheap one. */
function editedFile(copy: string): string {
  const folder = join(copy, "kernel", "linux");
  if (!existsSync(folder)) throw new Error("the kernel has no folder linux");
  const [name = ""] = readdirSync(folder).filter((file) => file === "files.ts" || file === "identity.ts");
  return join(folder, name);
}
