// What starts an APP that is no program by itself: a script, a jar, a class, a package folder. What can be executed as it is (an ELF
// file, or a script that is marked as executable and begins with #!) is not touched.

import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { Failure, Status } from "../failure.ts";
import { className } from "./class-file.ts";

/** Command lines by the file's extension. */
const COMMANDS: Readonly<Record<string, (path: string) => string[]>> = {
  ".js": (path) => ["node", path],
  ".mjs": (path) => ["node", path],
  ".cjs": (path) => ["node", path],
  ".ts": (path) => ["node", path],
  ".mts": (path) => ["node", path],
  ".py": (path) => ["python3", path],
  ".pyz": (path) => ["python3", path],
  ".jar": (path) => ["java", "-jar", path],
  ".java": (path) => ["java", path],
  ".class": classCommand,
  ".pl": (path) => ["perl", path],
  ".rb": (path) => ["ruby", path],
  ".php": (path) => ["php", path],
  ".lua": (path) => ["lua", path],
};

/** The command line for an APP and its arguments, APP's runtime in front where it needs one. */
export function commandFor(app: string, args: readonly string[]): string[] {
  const stats = statSync(app, { throwIfNoEntry: false });
  if (stats?.isDirectory() && (app.includes("/") || app === "." || app === "..")) return [...folderCommand(app), ...args];
  // A bare name is looked for in PATH first, unless only a file has such a name.
  const command = COMMANDS[extname(app)];
  if (command === undefined || !stats?.isFile() || startsByItself(app)) return [app, ...args];
  return [...command(app), ...args];
}

function startsByItself(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return /^(#!|\x7fELF)/.test(readFileSync(path, "latin1").slice(0, 4));
  } catch {
    return false;
  }
}

/** A package folder: what its package.json says is started, or Python's __main__.py. */
function folderCommand(folder: string): string[] {
  if (existsSync(join(folder, "__main__.py"))) return ["python3", folder];
  const file = join(folder, "package.json");
  if (!existsSync(file)) {
    if (existsSync(join(folder, "index.js"))) return ["node", folder];
    throw new Failure(
      Status.notExecutable,
      `${folder} is a folder without package.json, index.js or __main__.py, not a program`,
      "Name the file in it that is to be started.",
    );
  }
  const { main, bin, scripts } = readPackage(file);
  const [only] = typeof bin === "string" ? [bin] : Object.values(bin ?? {});
  const start = /^node ([^\s;&|<>$`"'-]\S*)$/.exec(scripts?.["start"] ?? "")?.[1];
  const entry = main ?? start ?? (existsSync(join(folder, "index.js")) ? "index.js" : only);
  if (entry === undefined) {
    throw new Failure(
      Status.notExecutable,
      `${file} does not say what to start: it has neither main nor bin, and there is no index.js`,
      "Name the file in it that is to be started.",
    );
  }
  return ["node", join(folder, entry)];
}

interface Package {
  main?: string;
  bin?: string | Record<string, string>;
  scripts?: Record<string, string>;
}

function readPackage(file: string): Package {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Package;
  } catch (error) {
    throw new Failure(Status.notExecutable, `${file} is no JSON: ${(error as Error).message}`);
  }
}

/** A class is started by its name, from the folder that its package's folders are in. */
function classCommand(path: string): string[] {
  const name = className(readFileSync(path));
  if (name === undefined) throw new Failure(Status.notExecutable, `${path} is no Java class`);
  const depth = name.split("/").length;
  let root = resolve(path);
  for (let level = 0; level < depth; level++) root = dirname(root);
  return ["java", "-cp", root, name.replaceAll("/", ".")];
}
