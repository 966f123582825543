// Object files, made when their text is new and kept under a name that is a hash of all that went into them.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Diagnostic } from "../diagnostics.ts";
import type { CompiledModule } from "../lower/compile.ts";
import { type BuildOptions, compileFlags, compilerVersion, runTool } from "./toolchain.ts";

/** Something to be compiled: C text, or an assembly file. */
interface Job {
  readonly source: string;
  readonly object: string;
  readonly flags: readonly string[];
}

/** Compiles what changed, two at a time or as many as there are CPUs; gives the object files in order. */
export async function compileObjects(
  root: string,
  modules: readonly CompiledModule[],
  assembly: readonly { readonly path: string; readonly text: string }[],
  options: BuildOptions,
): Promise<string[]> {
  const folder = join(root, "build", "objects");
  mkdirSync(folder, { recursive: true });
  const flags = compileFlags(options, root);
  const version = compilerVersion(options.compiler);
  const jobs: Job[] = [];
  // The key is part of a name that debug information holds, so it must not depend on the folder.
  const add = (path: string, text: string, own: readonly string[], written: boolean): string => {
    const key = createHash("sha256")
      .update([version, own.join(" ").replaceAll(root, "."), path, text].join("\0"))
      .digest("hex")
      .slice(0, 24);
    const base = join(folder, `${path.replaceAll("/", "_")}-${key}`);
    const object = `${base}.o`;
    if (existsSync(object)) {
      const now = new Date();
      utimesSync(object, now, now);
      return object;
    }
    const source = written ? path : `${base}.c`;
    if (!written) writeFileSync(source, text);
    jobs.push({ source, object, flags: own });
    return object;
  };
  const objects = modules.map((module) => add(module.path, module.text, flags, false));
  const assemblyFlags = ["-g", `-ffile-prefix-map=${root}=.`, "-I", root, "-Wa,--noexecstack"];
  // Assembly is read where it is written, so that debug information names that place.
  for (const file of assembly) objects.push(add(file.path, file.text, assemblyFlags, true));
  await runJobs(root, jobs, options.compiler);
  if (jobs.length > 0) forgetOld(folder);
  return objects;
}

const KEPT_MILLISECONDS = 3 * 24 * 3600 * 1000;

/** Deletes what no build has used for three days. */
function forgetOld(folder: string): void {
  const oldest = Date.now() - KEPT_MILLISECONDS;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? oldest) < oldest) rmSync(path, { force: true });
  }
}

/** What the C compiler found wrong with a layout that a tag promised, as an error of the program. */
export class LayoutError extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.text);
  }
}

function asLayoutError(error: Error): Error {
  const match = /static assertion failed[^"]*"(BT\d+) (.+?)\((\d+),(\d+)\) (@\w+) of (.+?)"/.exec(error.message);
  if (match === null) return new Error(`the C compiler refused what barets wrote; this is a bug in barets.\n${error.message}`);
  const [, code = "", file = "", line, column, tag, name] = match;
  return new LayoutError({
    file,
    line: Number(line),
    column: Number(column),
    code,
    text: `${tag} does not agree with the layout of '${name}'.`,
  });
}

async function runJobs(root: string, jobs: readonly Job[], compiler: string): Promise<void> {
  const queue = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const partial = `${job.object}.${process.pid}.part`;
      await runTool(compiler, [...job.flags, "-c", job.source, "-o", partial], root).catch((error: Error) => {
        throw asLayoutError(error);
      });
      renameSync(partial, job.object);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, cpus().length) }, worker));
}
