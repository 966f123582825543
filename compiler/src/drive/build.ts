// Builds a Linux program: tests of what needs no hardware, under sanitizers and fuzzers.

import { mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import type { Diagnostic } from "../diagnostics.ts";
import { compile } from "../lower/compile.ts";
import { compileObjects } from "./objects.ts";
import { type BuildOptions, linkFlags, runTool } from "./toolchain.ts";

/** Compiles and links; gives the errors of the program, if it has any. */
export async function buildProgram(
  root: string,
  entries: readonly string[],
  output: string,
  options: BuildOptions,
): Promise<readonly Diagnostic[]> {
  const { diagnostics, modules } = compile(root, entries);
  if (diagnostics.length > 0) return diagnostics;
  const objects = await compileObjects(root, modules, [], options);
  mkdirSync(dirname(output), { recursive: true });
  const partial = `${output}.${process.pid}.part`;
  await runTool(options.compiler, [...objects, ...linkFlags(options), "-o", partial], root);
  renameSync(partial, output);
  return [];
}
