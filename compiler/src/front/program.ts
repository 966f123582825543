// Reads a program: the entry files, what they import, and the prelude, checked by TypeScript.

import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { DiagnosticBag } from "../diagnostics.ts";
import { ts } from "./typescript.ts";

/** The prelude's folder, beside the compiler's own sources. */
export const preludeFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../../prelude");

/** A program that TypeScript has read and checked. */
export interface SourceProgram {
  readonly root: string;
  readonly checker: ts.TypeChecker;
  /** The modules that hold code, in a fixed order; declaration files are not among them. */
  readonly modules: readonly ts.SourceFile[];
  /** Reports what TypeScript's checker finds. */
  checkTypes(bag: DiagnosticBag): void;
}

const options: ts.CompilerOptions = {
  noLib: true,
  noEmit: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  types: [],
};

/**
 * Reads the program that starts at `entries`, and reports where it is no TypeScript at all.
 * @param root the folder that paths in messages and debug information are relative to
 * @param flavour which file of kernel/lib/flavour is meant by the import "flavour"
 * @param memory a file that keeps what was checked; next time only what a change can affect is checked again
 */
export function readProgram(
  root: string,
  entries: readonly string[],
  bag: DiagnosticBag,
  memory?: string,
  flavour = "normal",
): SourceProgram {
  const ambient = [join(preludeFolder, "global.d.ts"), join(preludeFolder, "unsafe.d.ts")];
  const writer = join(preludeFolder, "writer.ts");
  const roots = [...ambient, ...(existsSync(writer) ? [writer] : []), ...entries.map((entry) => resolve(root, entry))];
  const all: ts.CompilerOptions = {
    ...options,
    paths: { "prelude/*": [join(preludeFolder, "*")], flavour: [join(root, `kernel/lib/flavour/${flavour}.ts`)] },
  };
  const builder =
    memory === undefined
      ? undefined
      : ts.createIncrementalProgram({ rootNames: roots, options: { ...all, incremental: true, tsBuildInfoFile: memory } });
  const program = builder === undefined ? ts.createProgram(roots, all) : builder.getProgram();
  for (const diagnostic of program.getOptionsDiagnostics()) bag.addTypeScript(diagnostic);
  for (const diagnostic of program.getSyntacticDiagnostics()) bag.addTypeScript(diagnostic);
  const modules = program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile)
    .sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  const checkTypes = (target: DiagnosticBag): void => {
    for (const diagnostic of (builder ?? program).getSemanticDiagnostics()) target.addTypeScript(diagnostic);
    builder?.emit();
  };
  return { root, checker: program.getTypeChecker(), modules, checkTypes };
}

/** A module's path from the root, without its ending: `kernel/mm/frames`. */
export function modulePath(root: string, file: ts.SourceFile): string {
  const inPrelude = relative(preludeFolder, file.fileName);
  const path = inPrelude.startsWith("..") ? relative(root, file.fileName) : `prelude/${inPrelude}`;
  return path.replace(/\.ts$/, "");
}

/** A module's path as it stands in debug information: `kernel/mm/frames.ts`. */
export function debugPath(root: string, file: ts.SourceFile): string {
  return relative(root, file.fileName);
}
