// Many small bare programs in one: each is a module with `export function main(): void`, and a generated entry runs the one
// whose number an environment variable gives. One run of TypeScript and one link serve them all; a process each keeps them apart.

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { formatDiagnostic } from "../diagnostics.ts";
import { compileObjects } from "../drive/objects.ts";
import { type BuildOptions, linkFlags, runTool } from "../drive/toolchain.ts";
import { type CompiledModule, compile } from "../lower/compile.ts";

/** The project's folder, and that of the compiler's test programs. */
export const projectFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const testsFolder = join(projectFolder, "compiler/tests");

/** The variable that says which program of a batch is to run. */
const programVariable = "BARETS_PROGRAM";

/** What a program did, as its `.out` file has it: output, then error output and status on lines that start with `! `. */
export type Outcome = string;

/** Programs that were compiled together. */
export interface Batch {
  readonly names: readonly string[];
  readonly modules: readonly CompiledModule[];
  /** What is wrong with the programs that did not compile, by their names. */
  readonly refused: ReadonlyMap<string, string>;
}

function linux(compiler: BuildOptions["compiler"], optimize: BuildOptions["optimize"], sanitize = false): BuildOptions {
  return { target: "linux", compiler, optimize, sanitize, fuzz: false };
}
/** The builds that must agree. */
export const builds: ReadonlyMap<string, BuildOptions> = new Map([
  ["gcc -O0", linux("gcc", "0")],
  ["gcc -O2", linux("gcc", "2")],
  ["clang -O2", linux("clang", "2")],
  ["gcc with sanitizers", linux("gcc", "1", true)],
]);

/** The programs of a folder, without their ending, in order. */
export function programsOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => basename(name, ".ts"))
    .sort();
}

/** Compiles programs to C. One that is refused is left out, with its errors, so that the others still run. */
export function compileBatch(folder: string, names: readonly string[], workFolder: string): Batch {
  const refused = new Map<string, string>();
  let remaining = [...names];
  for (;;) {
    const entry = join(workFolder, "entry.ts");
    mkdirSync(workFolder, { recursive: true });
    writeFileSync(entry, entryText(`./${relative(workFolder, folder)}`, remaining));
    const { diagnostics, modules } = compile(projectFolder, [entry]);
    if (diagnostics.length === 0) return { names: remaining, modules, refused };
    const before = remaining.length;
    for (const diagnostic of diagnostics) {
      const name = basename(diagnostic.file, ".ts");
      if (!remaining.includes(name) && !refused.has(name)) continue;
      refused.set(name, `${refused.get(name) ?? ""}${formatDiagnostic(diagnostic)}\n`);
      remaining = remaining.filter((other) => other !== name);
    }
    if (remaining.length === before) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  }
}

/** The module that holds the entry, which runs the Nth program. */
function entryText(folder: string, names: readonly string[]): string {
  const imports = names.map((name, index) => `import { main as program${index} } from "${folder}/${name}.ts";`);
  const cases = names.map((_, index) => `    case ${index}:\n      program${index}();\n      break;`);
  return `// Generated: runs one of the programs.
${imports.join("\n")}
import { addressOf, pointer } from "unsafe";

/** getenv(3) of the C library. @extern getenv */
declare function getenv(name: u64): u64;

/** @export main */
export function main(): i32 {
  // The C library's text, which ends with a zero byte.
  const text = pointer<u8>(getenv(addressOf("${programVariable}\\0")));
  let index: u32 = 0;
  for (let i: usize = 0; text[i] !== 0; i++) index = index * 10 + u32(text[i] - 48);
  switch (index) {
${cases.join("\n")}
    default:
      return 99;
  }
  return 0;
}
`;
}

/** Makes the program of a batch under some options. */
export async function linkBatch(batch: Batch, program: string, options: BuildOptions): Promise<void> {
  const objects = await compileObjects(projectFolder, batch.modules, [], options);
  await runTool(options.compiler, [...objects, ...linkFlags(options), "-o", program], projectFolder);
}

/** Runs one program of a batch. */
export function runProgram(program: string, index: number): Promise<Outcome> {
  return new Promise((done) => {
    const env = { ...process.env, [programVariable]: String(index) };
    execFile(program, { timeout: 60_000, encoding: "utf8", env }, (error, stdout, stderr) => {
      const lines = stderr === "" ? [] : stderr.replace(/\n$/, "").split("\n");
      if (error !== null) lines.push(statusLine(error));
      done(stdout + lines.map((line) => `! ${line}\n`).join(""));
    });
  });
}

/** The status as a shell shows it. */
function statusLine(error: { readonly code?: unknown; readonly signal?: unknown }): string {
  if (error.signal === "SIGABRT") return "status 134";
  if (typeof error.signal === "string") return `signal ${error.signal}`;
  return `status ${String(error.code)}`;
}
