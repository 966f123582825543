// Guest programs: compiled from tests/guests and tests/abi in each of the ways that programs come in, and kept by the content of what made them.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { ABI_SUITE, BUILD, GUESTS } from "./repository.ts";

export type Form = "glibc" | "glibc-static" | "glibc-static-pie" | "musl" | "musl-static";

export const C_FORMS: readonly Form[] = ["glibc", "glibc-static", "glibc-static-pie", "musl", "musl-static"];
export const CPP_FORMS: readonly Form[] = ["glibc", "glibc-static"];

/** musl brings no headers of the kernel: the host's come after its own. */
const KERNEL_HEADERS = ["-idirafter", "/usr/include", "-idirafter", "/usr/include/x86_64-linux-gnu"];

const OPTIONS: Record<Form, readonly string[]> = {
  glibc: ["-pie", "-fPIE"],
  "glibc-static": ["-static", "-no-pie"],
  "glibc-static-pie": ["-static-pie", "-fPIE"],
  musl: ["-pie", "-fPIE", ...KERNEL_HEADERS],
  "musl-static": ["-static", ...KERNEL_HEADERS],
};

/** Compiles a guest unless it is there already. @param source a file name in tests/guests @returns the program's path */
export function guest(source: string, form: Form = "glibc"): string {
  return compile(GUESTS, source, ["check.h", "sites.h"], form);
}

/** Compiles a program of the ABI suite unless it is there already. @param source a file name in tests/abi @returns the program's path */
export function abiProgram(source: string, form: Form = "glibc"): string {
  return compile(ABI_SUITE, source, ["assert.h", "fault.h"], form);
}

function compile(from: string, source: string, headers: readonly string[], form: Form): string {
  const path = join(from, source);
  const isCpp = extname(source) === ".cpp";
  const compiler = isCpp ? "g++" : form.startsWith("musl") ? "musl-gcc" : "gcc";
  const args = ["-O2", "-g", "-w", ...(isCpp ? ["-std=c++17"] : []), ...OPTIONS[form]];
  const hash = createHash("sha256").update(JSON.stringify([compiler, args]));
  for (const file of [path, ...headers.map((header) => join(from, header))]) hash.update(readFileSync(file));
  const folder = join(BUILD, basename(from), `${form}-${hash.digest("hex").slice(0, 12)}`);
  const program = join(folder, basename(source, extname(source)));
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const unfinished = `${program}.${process.pid}`;
    execFileSync(compiler, [...args, path, "-o", unfinished, "-lpthread", "-lm"], { stdio: ["ignore", "inherit", "inherit"] });
    renameSync(unfinished, program);
  }
  return program;
}
