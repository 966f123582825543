// From what the user typed to what the kernel starts: the way from APP to an ELF file, as execve(2) and the shells go it.

import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { withFileSource } from "../elf/byte-source.ts";
import { ElfError } from "../elf/elf-error.ts";
import { type ElfFile, readElfFile } from "../elf/elf-file.ts";
import { Failure, reason, Status } from "../failure.ts";

/** A program that can be started, and everything that its start names. */
export interface Program {
  /** Absolute path of the ELF file, on the host and in the guest. */
  executable: string;
  elf: ElfFile;
  /** argv, its first included. */
  arguments: string[];
  /** Scripts that led to the executable, absolute. */
  scripts: string[];
  /** Further programs whose files it works with, absolute. */
  companions: string[];
  /** What the user is to know of the choice, a line each. */
  notes: string[];
}

/** Linux reads this much of a file for its #! line (include/uapi/linux/binfmts.h, BINPRM_BUF_SIZE). */
const SCRIPT_LINE_LIMIT = 256;
/** Linux follows an interpreter that is itself a script this often (fs/exec.c, exec_binprm). */
const SCRIPT_DEPTH = 5;

/**
 * Finds the program that a command line starts.
 * @param name a path, or a bare name that is looked for in PATH
 * @throws Failure with status 127 when it is not there, 126 when it cannot run
 */
export function findProgram(name: string, args: readonly string[], searchPath = process.env["PATH"] ?? ""): Program {
  const notes: string[] = [];
  const typed = name.includes("/") ? name : passShims(name, searchInPath(name, searchPath), searchPath, notes);
  let path = typed;
  let argv = [name, ...args];
  const scripts: string[] = [];
  for (let depth = 0; depth <= SCRIPT_DEPTH; depth++) {
    checkExecutable(path, scripts.at(-1));
    const line = readScriptLine(path);
    if (line === undefined)
      return { executable: resolve(path), elf: readProgram(path), arguments: argv, scripts, companions: [], notes };
    scripts.push(resolve(path));
    const started = envCommand(line);
    if (started !== undefined) {
      argv = [...started, path, ...argv.slice(1)];
      path = searchInPath(started[0] ?? "", searchPath);
      continue;
    }
    // The interpreter gets the script by the path that led to it, and what stood behind it (execve(2), "Interpreter scripts").
    argv = [line.interpreter, ...(line.argument === undefined ? [] : [line.argument]), path, ...argv.slice(1)];
    path = line.interpreter;
  }
  throw new Failure(
    Status.notExecutable,
    `${typed}: its interpreter is a script, whose interpreter is a script, and so on without end`,
  );
}

/**
 * A shell script that PATH has before a program of its name (pyenv's, rbenv's, asdf's) chooses a version and starts that, which takes
 * a second program: a machine runs one. The next in PATH that is a program stands for it.
 */
function passShims(name: string, found: string, searchPath: string, notes: string[]): string {
  if (!isShellScript(found)) return found;
  const folders = searchPath.split(":");
  for (const folder of folders) {
    const candidate = join(folder === "" ? "." : folder, name);
    if (!statIfThere(candidate)?.isFile() || readScript(candidate) !== undefined) continue;
    notes.push(`${found} is a script that starts another program: taking ${candidate}`);
    return resolve(candidate);
  }
  return found;
}

function isShellScript(path: string): boolean {
  const line = readScript(path);
  const shell = /^(ba|da|z|k)?sh$/;
  return line !== undefined && (shell.test(basename(line.interpreter)) || shell.test(envCommand(line)?.[0] ?? ""));
}

/** Nothing for what is no script, or cannot be read. */
function readScript(path: string): ReturnType<typeof parseScriptLine> {
  try {
    return readScriptLine(path);
  } catch {
    return undefined;
  }
}

function searchInPath(name: string, searchPath: string): string {
  if (name === "") throw new Failure(Status.notFound, "the application's name is empty");
  let unusable: string | undefined;
  for (const folder of searchPath.split(":")) {
    const candidate = join(folder === "" ? "." : folder, name);
    const stats = statIfThere(candidate);
    if (!stats?.isFile()) continue;
    if ((stats.mode & 0o111) !== 0) return resolve(candidate);
    unusable ??= candidate;
  }
  if (unusable !== undefined) return unusable;
  const here = statIfThere(name)?.isFile();
  throw new Failure(
    Status.notFound,
    `${name}: not found in PATH`,
    here ? `There is a file of that name here: unary run ./${name}` : undefined,
  );
}

function checkExecutable(path: string, script: string | undefined): void {
  const because = script === undefined ? "" : `, the interpreter of ${script},`;
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const status = code === "ENOENT" || code === "ENOTDIR" ? Status.notFound : Status.notExecutable;
    throw new Failure(status, `${path}${because} cannot be run: ${reason(error)}`);
  }
  if (stats.isDirectory()) throw new Failure(Status.notExecutable, `${path}${because} is a folder, not a program`);
  if (!stats.isFile()) throw new Failure(Status.notExecutable, `${path}${because} is not a regular file`);
  if ((stats.mode & 0o111) === 0) {
    throw new Failure(
      Status.notExecutable,
      `${path}${because} is not marked as executable`,
      startedBy(path) ?? `chmod +x ${path}`,
    );
  }
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new Failure(Status.notExecutable, `${path}${because} cannot be read: ${reason(error)}`);
  }
}

/** How a file that is no program by itself is started: by the runtime that its name tells. */
function startedBy(path: string): string | undefined {
  const runtimes: Record<string, string> = {
    ".js": "node",
    ".mjs": "node",
    ".cjs": "node",
    ".py": "python3",
    ".jar": "java -jar",
    ".sh": "sh",
  };
  const runtime = runtimes[extname(path)];
  return runtime && `unary run ${runtime} ${path}`;
}

/** The ELF file behind a path that is known to be a readable file. */
export function readProgram(path: string): ElfFile {
  try {
    const elf = withFileSource(path, readElfFile);
    const isLibrary = elf.type === "shared" && elf.interpreter === undefined && elf.entry === 0n;
    if (isLibrary) throw new ElfError("type", "is a shared library, not a program");
    return elf;
  } catch (error) {
    if (!(error instanceof ElfError)) throw new Failure(Status.notExecutable, `${path} cannot be read: ${reason(error)}`);
    const message =
      error.kind === "not-elf"
        ? `${path} is neither an ELF program nor a script that begins with #!`
        : `${path} ${error.message}`;
    throw new Failure(Status.notExecutable, message);
  }
}

/** The #! line of a script, split as Linux splits it: one interpreter, and all the rest as one argument. */
export function parseScriptLine(head: Buffer): { interpreter: string; argument: string | undefined } | undefined {
  if (head.toString("latin1", 0, 2) !== "#!") return undefined;
  const [line = ""] = head.toString("utf8", 2).split(/[\n\0]/, 1);
  const [, interpreter, argument] = /^[ \t]*([^ \t]+)(?:[ \t]+(.*?))?[ \t]*$/.exec(line) ?? [];
  return interpreter === undefined ? undefined : { interpreter, argument: argument || undefined };
}

function readScriptLine(path: string): ReturnType<typeof parseScriptLine> {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(SCRIPT_LINE_LIMIT);
    const length = readSync(file, head, 0, SCRIPT_LINE_LIMIT, 0);
    return parseScriptLine(head.subarray(0, length));
  } catch (error) {
    throw new Failure(Status.notExecutable, `${path} cannot be read: ${reason(error)}`);
  } finally {
    closeSync(file);
  }
}

/**
 * What `#!/usr/bin/env NAME` and `#!/usr/bin/env -S NAME ARGS…` start. env would replace itself by that program, and a
 * machine runs one program from its start: so env is left out. Nothing for any other use of env.
 */
function envCommand({ interpreter, argument }: { interpreter: string; argument: string | undefined }): string[] | undefined {
  if (!/(^|\/)env$/.test(interpreter) || argument === undefined) return undefined;
  const split = /^(?:-S|--split-string=)\s*(.*)$/.exec(argument)?.[1];
  const command = split === undefined ? [argument] : split.split(/\s+/);
  const [name = ""] = command;
  // Settings, options and quotes are env's own to understand.
  return name === "" || /^-|[=\s/]/.test(name) || /["'\\$#]/.test(argument) ? undefined : command;
}

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
