// Builds the kernel: compiles it for the bare machine, links it by kernel/kernel.ld, and puts its symbol table into it.
//
// The link runs twice. The first gives the addresses that the symbol table names; the table lies at the image's end, so its
// size moves nothing.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../diagnostics.ts";
import { compile } from "../lower/compile.ts";
import { compileObjects } from "./objects.ts";
import { symbolTable } from "./symbols.ts";
import { type BuildOptions, runTool } from "./toolchain.ts";

const assemblyFolder = "kernel/arch/x86_64";

/** Builds `build/NAME/kernel.elf`, and `kernel.debug.elf` with all that gdb wants to know. */
export async function buildKernel(
  root: string,
  options: BuildOptions,
  entry = "kernel/boot/main.ts",
  name = "kernel",
  flavour = "normal",
): Promise<readonly Diagnostic[]> {
  const folder = join(root, "build", name);
  mkdirSync(folder, { recursive: true });
  const { diagnostics, modules } = compile(root, [entry], join(folder, "types.tsbuildinfo"), flavour);
  if (diagnostics.length > 0) return diagnostics;
  const assembly = readdirSync(join(root, assemblyFolder))
    .filter((file) => file.endsWith(".S"))
    .sort()
    .map((file) => ({ path: `${assemblyFolder}/${file}`, text: withIncludes(root, `${assemblyFolder}/${file}`) }));
  const objects = await compileObjects(root, modules, assembly, options);
  const first = join(folder, "kernel.first.elf");
  const table = join(folder, "symbols.S");
  writeFileSync(table, symbolSection(""));
  await link(root, objects, table, first);
  const bytes = symbolTable(readFileSync(first));
  const blob = join(folder, "symbols.bin");
  writeFileSync(blob, bytes);
  writeFileSync(table, symbolSection(blob));
  const debug = join(folder, "kernel.debug.elf");
  const partial = join(folder, `kernel.${process.pid}.part`);
  await link(root, objects, table, partial);
  renameSync(partial, debug);
  // What boots is small; gdb finds the rest beside it by the link.
  await runTool("objcopy", ["--strip-debug", `--add-gnu-debuglink=${debug}`, debug, partial], folder);
  renameSync(partial, join(folder, "kernel.elf"));
  return [];
}

/** What an assembly file is made of: its own text and that of the files that it includes. */
function withIncludes(root: string, path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  const included = [...text.matchAll(/^#include "(.+)"$/gm)].map(([, name]) =>
    readFileSync(join(root, assemblyFolder, name ?? ""), "utf8"),
  );
  return [text, ...included].join("\n");
}

function symbolSection(file: string): string {
  const content = file === "" ? "" : `.incbin "${file}"`;
  return `.section .unary.symbols, "a"\n${content}\n.section .note.GNU-stack, "", @progbits\n`;
}

async function link(root: string, objects: readonly string[], table: string, output: string): Promise<void> {
  if (!existsSync(join(root, "kernel/kernel.ld"))) throw new Error("kernel/kernel.ld is missing");
  const object = `${output}.symbols.o`;
  await runTool("gcc", ["-c", table, "-o", object], root);
  const flags = [
    "-nostdlib",
    "-static",
    "-no-pie",
    "-Wl,-T,kernel/kernel.ld",
    "-Wl,--gc-sections",
    "-Wl,--build-id=none",
    "-Wl,-z,noexecstack",
    "-Wl,-z,max-page-size=4096",
    "-Wl,--no-warn-rwx-segments",
  ];
  await runTool("gcc", [...flags, ...objects, object, "-o", output], root);
}
