// Python: its standard library and site-packages, found as the interpreter finds them: beside or above the
// program there is lib/pythonX.Y with os.py in it; a pyvenv.cfg makes the folder above the program an environment on top of that.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Runtime, RuntimeRequest } from "./runtime.ts";
import { ownFolder, realPath, scriptFiles } from "./script-files.ts";

/** Options whose value is an argument of its own. */
const OPTIONS_WITH_VALUE = /^(-W|-X|--check-hash-based-pycs)$/;

export function pythonRuntime(request: RuntimeRequest): Runtime | undefined {
  if (!/^python[\d.]*$/.test(basename(request.executable))) return undefined;
  const version = /^python(\d+\.\d+)$/.exec(basename(request.executable))?.[1];
  const library = findLibrary(dirname(request.executable), version);
  if (library === undefined) return undefined;
  const started = findStarted(request.arguments);
  const environment = findEnvironment(request.foundAs);
  const prefix = dirname(dirname(library));
  // Debian has packages of its own beside the library, for all versions.
  const packages = [
    ...["/usr/lib/python3/dist-packages", `/usr/local/lib/${basename(library)}/dist-packages`].filter(() => prefix === "/usr"),
    ...(environment === undefined ? [] : [join(environment, "lib"), join(environment, "lib64"), join(environment, "bin")]),
  ].filter((folder) => existsSync(folder));
  const configuration = environment === undefined ? [] : [join(environment, "pyvenv.cfg")];
  const layers = [
    {
      name: `${basename(library)} with its standard library`,
      trees: [library],
      leaveOut: (path: string) => isUnneeded(path, library, started.module),
    },
  ];
  if (packages.length > 0) layers.push({ name: `packages of ${basename(library)}`, trees: packages, leaveOut: () => false });
  const searched = (request.environment.get("PYTHONPATH") ?? "")
    .split(":")
    .filter((folder) => folder !== "" && existsSync(folder));
  return {
    name: "python",
    layers,
    files: [...configuration, ...searched.map((folder) => resolve(folder)), ...startedFiles(started, request.workingDirectory)],
  };
}

/** The nearest lib/pythonX.Y with a standard library, from the program's folder upwards. */
function findLibrary(folder: string, version: string | undefined): string | undefined {
  for (let place = folder; ; place = dirname(place)) {
    const lib = join(place, "lib");
    const names = version === undefined ? newestFirst(lib) : [`python${version}`];
    const found = names.map((name) => join(lib, name)).find((path) => existsSync(join(path, "os.py")));
    if (found !== undefined) return found;
    if (place === "/") return undefined;
  }
}

function newestFirst(lib: string): string[] {
  if (!existsSync(lib)) return [];
  const names = readdirSync(lib).filter((name) => /^python\d+\.\d+$/.test(name));
  return names.sort((left, right) => right.localeCompare(left, "en", { numeric: true }));
}

/** The folder of the virtual environment to which the program was found to belong. */
function findEnvironment(program: string): string | undefined {
  const folder = dirname(dirname(resolve(program)));
  const file = join(folder, "pyvenv.cfg");
  return existsSync(file) && /^home\s*=/m.test(readFileSync(file, "utf8")) ? folder : undefined;
}

/** What of the library only its own tests and those who embed Python need: several times as much as the rest. */
function isUnneeded(path: string, library: string, module: string | undefined): boolean {
  if (!path.startsWith(library)) return false;
  const inside = path.slice(library.length + 1);
  if (/^config-/.test(inside) || inside.endsWith(".a")) return true;
  const isTest = /^(test|idlelib|turtledemo|lib2to3\/tests|(ctypes|distutils|sqlite3|tkinter|unittest)\/test)$/.test(inside);
  return isTest && !/^(test|idlelib|turtledemo|lib2to3)\b/.test(module ?? "");
}

interface Started {
  script?: string;
  module?: string;
  /** Code of the command line, or standard input: modules come from the working directory. */
  code: boolean;
}

function findStarted(args: readonly string[]): Started {
  for (let position = 0; position < args.length; position++) {
    const arg = args[position] ?? "";
    const joined = /^-[a-zA-Z]*?([mc])(.*)$/s.exec(arg);
    if (joined !== null && !arg.startsWith("--")) {
      if (joined[1] === "c") return { code: true };
      return { module: joined[2] || (args[position + 1] ?? ""), code: false };
    }
    if (arg === "-") return { code: true };
    if (OPTIONS_WITH_VALUE.test(arg)) position++;
    else if (!arg.startsWith("-")) return { script: arg, code: false };
  }
  return { code: true };
}

function startedFiles({ script, module, code }: Started, workingDirectory: string): string[] {
  if (script !== undefined) {
    const path = realPath(script);
    return path === undefined ? [] : scriptFiles(script);
  }
  if (module !== undefined) {
    const [top = ""] = module.split(".");
    const here = [join(workingDirectory, top), join(workingDirectory, `${top}.py`)].filter((path) => existsSync(path));
    return here.length > 0 && ownFolder(workingDirectory) ? [workingDirectory] : here;
  }
  return code && ownFolder(workingDirectory) ? [workingDirectory] : [];
}
