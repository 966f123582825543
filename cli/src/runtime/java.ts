// Java: the whole JDK, and everything on the class path. A program of a JDK's bin folder is told by the JVM beside that folder.

import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { jarClassPath } from "./jar.ts";
import type { Runtime, RuntimeRequest } from "./runtime.ts";
import { ownFolder } from "./script-files.ts";

/** Options whose value, an argument of its own, is a list of paths. */
const PATH_OPTIONS =
  /^(-cp|-classpath|--class-path|-p|--module-path|--upgrade-module-path|--patch-module|-processorpath|-sourcepath)$/;
/** Options whose value is no path. */
const WORD_OPTIONS =
  /^(-m|--module|--add-modules|--add-reads|--add-exports|--add-opens|--limit-modules|--source|--release|-target|-encoding)$/;
/** In a JDK, what no program reads as it runs: documentation, headers, the sources, modules in the form that jlink takes. */
const UNNEEDED = ["docs", "man", "include", "demo", "sample", "jmods", "lib/src.zip"];

export function javaRuntime({ executable, arguments: args, environment, workingDirectory }: RuntimeRequest): Runtime | undefined {
  const home = dirname(dirname(executable));
  if (basename(dirname(executable)) !== "bin" || !existsSync(join(home, "lib/server/libjvm.so"))) return undefined;
  const unneeded = new Set(UNNEEDED.map((path) => join(home, path)));
  // Those that link new images of modules.
  if (/^j(link|mod|package)$/.test(basename(executable))) unneeded.delete(join(home, "jmods"));
  return {
    name: "java",
    layers: [{ name: `the JDK ${home}`, trees: [home], leaveOut: (path) => unneeded.has(path) }],
    files: classPathFiles(args, environment.get("CLASSPATH"), workingDirectory),
  };
}

function classPathFiles(args: readonly string[], variable: string | undefined, workingDirectory: string): string[] {
  const files = new Set<string>();
  let named = false;
  const addList = (list: string): void => {
    for (const entry of list.split(":")) addEntry(entry, files);
  };
  for (let position = 0; position < args.length; position++) {
    const arg = args[position] ?? "";
    const [name = "", value] = arg.split("=", 2);
    if (arg === "-jar" || PATH_OPTIONS.test(arg)) {
      addList(args[++position] ?? "");
      named = true;
    } else if (PATH_OPTIONS.test(name) && value !== undefined) {
      addList(value);
      named = true;
    } else if (/^-(Xbootclasspath(\/[ap])?|javaagent|agentpath|Djava\.(ext|library)\.[\w.]+)[:=]/.test(arg)) {
      addList(arg.slice(arg.search(/[:=]/) + 1).replace(/=.*$/, ""));
    } else if (WORD_OPTIONS.test(arg)) {
      position++;
    } else if (!arg.startsWith("-") && !arg.startsWith("@")) {
      // The main class, or a source file: from here on the arguments are the application's.
      break;
    }
  }
  if (!named) {
    if (variable !== undefined) addList(variable);
    else if (ownFolder(workingDirectory)) files.add(workingDirectory);
  }
  return [...files];
}

/** One entry of a class path: a folder, a jar and what its manifest names, or all jars of a folder (FOLDER/*). */
function addEntry(entry: string, files: Set<string>): void {
  if (entry.endsWith("/*") || entry === "*") {
    const folder = entry.slice(0, -1) || ".";
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) if (/\.jar$/i.test(name)) addEntry(join(folder, name), files);
    return;
  }
  const path = resolve(entry);
  if (entry === "" || files.has(path) || !existsSync(path)) return;
  files.add(path);
  if (!statSync(path).isFile()) return;
  // The JVM takes a manifest's entries from where the jar was named, not from where its links lead.
  const folders = new Set([dirname(path), dirname(realpathSync(path))]);
  for (const relative of jarClassPath(path)) for (const folder of folders) addEntry(resolve(folder, relative), files);
}
