// The command line of barets.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Diagnostic, formatDiagnostic } from "../diagnostics.ts";
import { compile } from "../lower/compile.ts";
import { buildProgram } from "./build.ts";
import { buildKernel } from "./kernel.ts";
import { LayoutError } from "./objects.ts";
import type { BuildOptions } from "./toolchain.ts";

const usage = `usage: barets build --target linux --entry FILE [--entry FILE…] --out PROGRAM [options]
       barets kernel [--checked] [options]
       barets check --entry FILE [--entry FILE…]
       barets text --entry FILE --module PATH      print the C text of one module
options: --compiler gcc|clang (--cc) · --optimize 0|1|2 · --sanitize · --fuzz · --root FOLDER
`;

/** Runs the command; gives its exit status: 0, 1 for errors in the program, 2 for wrong usage. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    process.stderr.write(`barets: ${(error as Error).message}\n${usage}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [command] = positionals;
  const root = resolve(values.root ?? findRoot(process.cwd()));
  const compiler = values.compiler ?? values.cc ?? (values.fuzz === true ? "clang" : "gcc");
  const optimize = values.optimize ?? (values.sanitize === true ? "1" : "2");
  if ((compiler !== "gcc" && compiler !== "clang") || (optimize !== "0" && optimize !== "1" && optimize !== "2")) {
    process.stderr.write(usage);
    return 2;
  }
  const options: BuildOptions = {
    target: command === "kernel" ? "bare" : "linux",
    compiler,
    optimize,
    sanitize: values.sanitize === true,
    fuzz: values.fuzz === true,
  };
  const checked = values.checked === true;
  const entries = (values.entry ?? []).map((entry) => resolve(entry));
  try {
    switch (command) {
      case "kernel":
        return report(
          await buildKernel(
            root,
            options,
            values.entry?.[0],
            values.name ?? (checked ? "kernel-checked" : "kernel"),
            checked ? "checked" : "normal",
          ),
        );
      case "build":
        if (entries.length === 0 || values.out === undefined) break;
        return report(await buildProgram(root, entries, resolve(values.out), options));
      case "check":
        if (entries.length === 0) break;
        return report(compile(root, entries).diagnostics);
      case "text": {
        const { diagnostics, modules } = compile(root, entries);
        process.stdout.write(modules.find((module) => module.path === values.module)?.text ?? "");
        return report(diagnostics);
      }
    }
  } catch (error) {
    if (error instanceof LayoutError) return report([error.diagnostic]);
    process.stderr.write(`barets: ${(error as Error).message}\n`);
    return 1;
  }
  process.stderr.write(usage);
  return 2;
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      target: { type: "string" },
      entry: { type: "string", multiple: true },
      out: { type: "string" },
      cc: { type: "string" },
      compiler: { type: "string" },
      optimize: { type: "string" },
      sanitize: { type: "boolean" },
      fuzz: { type: "boolean" },
      root: { type: "string" },
      module: { type: "string" },
      name: { type: "string" },
      checked: { type: "boolean" },
    },
  });
}

/** The folder that holds the whole project: the first one upwards with a `package.json` that has workspaces, or this one. */
function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "compiler")) && existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

function report(diagnostics: readonly Diagnostic[]): number {
  for (const diagnostic of diagnostics) process.stdout.write(`${formatDiagnostic(diagnostic)}\n`);
  return diagnostics.length > 0 ? 1 : 0;
}
