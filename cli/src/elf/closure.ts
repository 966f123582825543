// The closure of a program: its dynamic loader and every library that the loader will map, found as the loader
// finds them (ld.so(8), "DESCRIPTION"; musl's ldso/dynlink.c), by reading and never by running anything.
//
// Breadth first, as loaders do, so that the first library of a name serves all who need that name.

import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { withFileSource } from "./byte-source.ts";
import { ElfError } from "./elf-error.ts";
import { type ElfFile, readElfFile } from "./elf-file.ts";
import { GLIBC_DEFAULT_FOLDERS, muslPathFile, readLoaderConfiguration, readMuslPath } from "./loader-configuration.ts";

export interface Library {
  /** As the program asks for it (DT_NEEDED). */
  name: string;
  path: string;
}

/** A library that no folder has. */
export interface MissingLibrary {
  name: string;
  /** Path of the file that asks for it. */
  neededBy: string;
  /** Folders in the order in which they were searched. */
  searched: string[];
  /** Files of that name which are no use, each with the reason. */
  rejected: { path: string; why: string }[];
}

export interface Closure {
  loader: "none" | "glibc" | "musl";
  libraries: Library[];
  missing: MissingLibrary[];
  /** Other files that the loader reads. */
  configuration: string[];
}

/** A loaded object, with what of it counts for the search of its needs. */
interface LoadedObject {
  path: string;
  elf: ElfFile;
  loadedBy: LoadedObject | undefined;
}

/** musl holds these itself, whatever their suffix (ldso/dynlink.c, load_library). */
const MUSL_OWN_LIBRARY = /^lib(c|pthread|rt|m|dl|util|xnet)\./;
/** glibc opens it by name for pthread_exit, pthread_cancel and backtrace. */
const UNWINDER = "libgcc_s.so.1";

/**
 * Finds the closure of a program.
 * @param path absolute, or relative to the working directory
 * @param libraryPath folders of LD_LIBRARY_PATH as the program will see it
 * @throws ElfError only for the program itself; a library that is no use is reported as missing
 */
export function findClosure(path: string, elf: ElfFile, libraryPath: readonly string[] = []): Closure {
  const { interpreter } = elf;
  const program: LoadedObject = { path: withoutLinks(path), elf, loadedBy: undefined };
  if (interpreter === undefined) return { loader: "none", libraries: [], missing: [], configuration: [] };

  const isMusl = basename(interpreter).startsWith("ld-musl");
  const defaults = isMusl ? readMuslPath(interpreter) : glibcFolders();
  const closure: Closure = { loader: isMusl ? "musl" : "glibc", libraries: [], missing: [], configuration: [] };
  if (isMusl) closure.configuration.push(muslPathFile(interpreter));

  const known = new Set<string>([basename(interpreter)]);
  const queue = [program];
  let needsUnwinder = false;
  for (let object = queue.shift(); object; object = queue.shift()) {
    // The C library itself defines those calls.
    if (!isMusl && !/^libc\.so/.test(basename(object.path)) && object.elf.dynamic?.unwinds) needsUnwinder = true;
    for (const name of object.elf.dynamic?.needed ?? []) {
      if (known.has(name) || (isMusl && MUSL_OWN_LIBRARY.test(name))) continue;
      known.add(name);
      const found = searchLibrary(name, searchFolders(object, isMusl, libraryPath, defaults), object);
      if ("searched" in found) {
        closure.missing.push(found);
        continue;
      }
      if (found.elf.dynamic?.soname) known.add(found.elf.dynamic.soname);
      closure.libraries.push({ name, path: found.path });
      queue.push(found);
    }
  }
  if (needsUnwinder && !known.has(UNWINDER)) {
    const found = searchLibrary(UNWINDER, searchFolders(program, isMusl, libraryPath, defaults), program);
    if (!("searched" in found)) closure.libraries.push({ name: UNWINDER, path: found.path });
  }
  return closure;
}

let glibcFolderList: string[] | undefined;

function glibcFolders(): string[] {
  glibcFolderList ??= [...readLoaderConfiguration(), ...GLIBC_DEFAULT_FOLDERS];
  return glibcFolderList;
}

/** The folders in which the needs of one object are looked for, in order. */
function searchFolders(
  object: LoadedObject,
  isMusl: boolean,
  libraryPath: readonly string[],
  defaults: readonly string[],
): string[] {
  const folders: string[] = [];
  const inherited: string[] = [];
  for (let holder: LoadedObject | undefined = object; holder; holder = holder.loadedBy) {
    const { rpath, runpath } = holder.elf.dynamic ?? {};
    // musl takes both for the same and inherits both; glibc inherits only RPATH, and none from who has RUNPATH.
    const list = isMusl ? (runpath ?? rpath) : runpath === undefined ? rpath : undefined;
    inherited.push(...splitFolders(list, holder.path));
  }
  const own = object.elf.dynamic?.runpath;
  if (isMusl) folders.push(...libraryPath, ...inherited);
  else if (own === undefined) folders.push(...inherited, ...libraryPath);
  else folders.push(...libraryPath, ...splitFolders(own, object.path));
  if (!object.elf.dynamic?.noDefaultFolders) folders.push(...defaults);
  return [...new Set(folders)];
}

/** Splits an RPATH or RUNPATH and replaces its tokens (ld.so(8), "Dynamic string tokens"). */
function splitFolders(list: string | undefined, holder: string): string[] {
  if (list === undefined || list === "") return [];
  return list.split(":").map((folder) => expandTokens(folder === "" ? "." : folder, holder));
}

function expandTokens(path: string, holder: string): string {
  const values: Record<string, string> = { ORIGIN: dirname(resolve(holder)), LIB: "lib/x86_64-linux-gnu", PLATFORM: "x86_64" };
  return path.replace(
    /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)\b)/g,
    (_, braced, plain) => values[braced ?? plain] ?? "",
  );
}

function searchLibrary(name: string, folders: readonly string[], neededBy: LoadedObject): LoadedObject | MissingLibrary {
  const rejected: { path: string; why: string }[] = [];
  const candidates = name.includes("/")
    ? [resolve(expandTokens(name, neededBy.path))]
    : folders.map((folder) => join(folder, name));
  for (const path of candidates) {
    if (!isFile(path)) continue;
    const elf = readLibrary(path);
    if (typeof elf !== "string") return { path, elf, loadedBy: neededBy };
    // A library for another machine is passed over, as the loader does.
    rejected.push({ path, why: elf });
  }
  return { name, neededBy: neededBy.path, searched: name.includes("/") ? candidates : [...folders], rejected };
}

/** A program's $ORIGIN is where its file is, not a link to it: loaders ask /proc/self/exe. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** What was read: the libraries of a runtime's many extensions are mostly the same. */
const libraries = new Map<string, ElfFile | string>();

/** A library, or why it is no use. */
function readLibrary(path: string): ElfFile | string {
  let library = libraries.get(path);
  if (library === undefined) {
    try {
      library = withFileSource(path, readElfFile);
    } catch (error) {
      library = error instanceof ElfError ? error.message : "cannot be read";
    }
    libraries.set(path, library);
  }
  return library;
}

function isFile(path: string): boolean {
  try {
    // Most of the places that are looked at have no such file: an exception for each would take most of the time.
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}
