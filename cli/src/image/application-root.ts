// Puts an application's root folder together: the program and its libraries, what its arguments name, the volumes,
// and the files that every guest has.

import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Program, readProgram } from "../application/program.ts";
import { withFileSource } from "../elf/byte-source.ts";
import { type Closure, findClosure, type MissingLibrary } from "../elf/closure.ts";
import { type ElfFile, readElfFile } from "../elf/elf-file.ts";
import { encodeLoaderCache } from "../elf/loader-cache.ts";
import { Failure, Status } from "../failure.ts";
import type { Runtime, RuntimeLayer } from "../runtime/runtime.ts";
import { addBaseFiles } from "./base-files.ts";
import { RootFolder } from "./root-folder.ts";
import { addTrust } from "./trust.ts";
import type { Volume } from "./volume.ts";

export interface RootRequest {
  program: Program;
  /** When the program is one of a language. */
  runtime?: Runtime | undefined;
  /** Arguments of the application, which may name files. */
  arguments: readonly string[];
  environment: ReadonlyMap<string, string>;
  /** Absolute, in the guest. */
  workingDirectory: string;
  volumes: readonly Volume[];
  hostName: string;
  /** For /etc/resolv.conf, when the network's name server is known beforehand; otherwise the machine asks for one. */
  nameServer?: string | undefined;
}

/** A library names no loader: this is the one that programs with such libraries have. */
const DEFAULT_LOADER = "/lib64/ld-linux-x86-64.so.2";

const UTF8_LOCALE = "/usr/lib/locale/C.utf8";

/** @throws Failure when the program lacks a library, or something named cannot be copied */
export function collectRoot(request: RootRequest): RootFolder {
  const { program, environment } = request;
  const root = new RootFolder();
  const libraryPath = (environment.get("LD_LIBRARY_PATH") ?? "").split(/[:;]/).filter((folder) => folder !== "");
  const closures: Closure[] = [];
  const addOwn = (): void => void closures.push(addProgram(root, program.executable, program.elf, libraryPath));
  const [first, ...others] = request.runtime?.layers ?? [];
  if (first === undefined) root.bring(`${program.executable} with its libraries`, addOwn);
  else root.addLayer(first.name, () => closures.push(...addRuntimeLayer(root, first, libraryPath, addOwn)));
  for (const layer of others) root.addLayer(layer.name, () => closures.push(...addRuntimeLayer(root, layer, libraryPath)));
  for (const companion of program.companions) closures.push(addProgram(root, companion, readProgram(companion), libraryPath));
  for (const script of program.scripts) root.addHostPath(script, "alone");

  if (existsSync(request.workingDirectory)) root.addHostPath(request.workingDirectory, "alone");
  for (const path of request.runtime?.files ?? []) {
    root.bring(`${path}, which belongs to the application,`, () => root.addHostPath(path, "whole", isHistory));
  }
  for (const path of request.arguments.flatMap(namedPaths)) {
    root.bring(`${path}, which an argument names,`, () => root.addHostPath(path, "whole"));
    const elf = programAt(path);
    if (elf) closures.push(addLibraries(root, path, elf, libraryPath));
  }
  for (const { source, target } of request.volumes) root.bring(`the volume ${source}`, () => root.addVolume(source, target));

  root.addFolder(request.workingDirectory);
  const libraries = closures.filter(({ loader }) => loader === "glibc").flatMap((closure) => closure.libraries);
  if (libraries.length > 0 && !root.has("/etc/ld.so.cache"))
    root.addBytes("/etc/ld.so.cache", encodeLoaderCache(unique(libraries)));
  addTrust(root, program.elf, closures);
  if (wantsUtf8Locale(environment)) root.addHostPath(UTF8_LOCALE, "whole");
  addBaseFiles(root, request.hostName, request.nameServer);
  return root;
}

/** The program itself: all that it needs must be there. */
function addProgram(root: RootFolder, path: string, elf: ElfFile, libraryPath: readonly string[]): Closure {
  root.addHostPath(path, "alone");
  if (elf.interpreter !== undefined && !existsSync(elf.interpreter)) throw missingInterpreter(path, elf.interpreter);
  const closure = addLibraries(root, path, elf, libraryPath);
  const [missing] = closure.missing;
  if (missing !== undefined) throw missingLibrary(missing, closure.missing.length);
  return closure;
}

/**
 * Adds a runtime's trees, and what the libraries in them need that they open as they run. A library that is missing there is no
 * error: it belongs to a part that may never be used (the JDK's sound and windows).
 */
function addRuntimeLayer(root: RootFolder, layer: RuntimeLayer, libraryPath: readonly string[], first?: () => void): Closure[] {
  first?.();
  for (const tree of layer.trees) root.addHostPath(tree, "whole", layer.leaveOut);
  const closures: Closure[] = [];
  const added = new Set<string>();
  for (const path of root.layerFiles(layer.name)) {
    if (!/\.so(\.\d+)*$|\.node$/.test(path)) continue;
    const elf = libraryAt(path);
    if (elf === undefined) continue;
    const closure = findClosure(path, { ...elf, interpreter: DEFAULT_LOADER }, libraryPath);
    for (const library of closure.libraries) {
      if (!added.has(library.path)) root.addHostPath(library.path, "alone");
      added.add(library.path);
    }
    closures.push(closure);
  }
  return closures;
}

/** Version control's own files are large, and no program's. */
function isHistory(path: string): boolean {
  return path.endsWith("/.git");
}

function libraryAt(path: string): ElfFile | undefined {
  try {
    return withFileSource(path, readElfFile);
  } catch {
    return undefined;
  }
}

/** Adds what is there of a program's closure. */
function addLibraries(root: RootFolder, path: string, elf: ElfFile, libraryPath: readonly string[]): Closure {
  const closure = findClosure(resolve(path), elf, libraryPath);
  if (elf.interpreter !== undefined) root.addHostPath(elf.interpreter, "alone");
  for (const library of closure.libraries) root.addHostPath(library.path, "alone");
  for (const file of closure.configuration) root.addHostPath(file, "alone");
  return closure;
}

/**
 * The host paths that an argument names: itself, and what follows the first `=` (`if=FILE`, `--input=FILE`).
 * What does not exist is no path.
 */
export function namedPaths(argument: string): string[] {
  const value = argument.includes("=") ? argument.slice(argument.indexOf("=") + 1) : "";
  return [argument, value]
    .filter((text) => text !== "" && !text.includes("\0") && text.length < 4096 && existsSync(text))
    .map((text) => resolve(text));
}

/** A program that an argument names may be started by the application: its libraries come along too. */
function programAt(path: string): ElfFile | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || (stats.mode & 0o111) === 0) return undefined;
    const elf = withFileSource(path, readElfFile);
    return elf.interpreter !== undefined && existsSync(elf.interpreter) ? elf : undefined;
  } catch {
    return undefined;
  }
}

function unique<Item extends { name: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

function wantsUtf8Locale(environment: ReadonlyMap<string, string>): boolean {
  const wanted = ["LC_ALL", "LC_CTYPE", "LANG"].some((name) => /^C\.utf-?8$/i.test(environment.get(name) ?? ""));
  return wanted && existsSync(UTF8_LOCALE);
}

function missingInterpreter(path: string, interpreter: string): Failure {
  const isMusl = interpreter.includes("ld-musl");
  return new Failure(
    Status.notFound,
    `${path} needs the dynamic loader ${interpreter}, which is not on this machine`,
    isMusl
      ? "It is a program for musl: apt-get install musl"
      : `Install the C library that it was built for, or link it statically.`,
  );
}

function missingLibrary({ name, neededBy, searched, rejected }: MissingLibrary, count: number): Failure {
  const others = count === 1 ? "" : ` (and ${count - 1} more)`;
  const looked = searched.length > 12 ? [...searched.slice(0, 12), "…"] : searched;
  const unusable = rejected.map(({ path, why }) => `; ${path} ${why}`).join("");
  return new Failure(
    Status.notFound,
    `library ${name}${others} is missing, needed by ${neededBy}; looked in ${looked.join(", ")}${unusable}`,
    `Install the package that has ${name}, or name its folder: -e LD_LIBRARY_PATH=FOLDER`,
  );
}
