// Node: the program has its library in it. What it needs besides is the package that the script belongs to, and the node_modules
// folders on the way up from there, where Node looks for packages (nodejs.org/api/modules.html, "Loading from node_modules folders").

import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Runtime, RuntimeRequest } from "./runtime.ts";
import { realPath, scriptFiles } from "./script-files.ts";

/** Debian's node loads some of its own modules from here. */
const SYSTEM_MODULES = "/usr/share/nodejs";

/** Options whose value is an argument of its own (`node --help`); those with a file in it first. */
const OPTIONS_WITH_VALUE =
  /^(-r|--require|--import|--loader|--experimental-loader|--env-file|-C|--conditions|--title|--input-type)$/;
const OPTIONS_WITH_CODE = /^(-e|--eval|-p|--print|-pe)$/;

export function nodeRuntime({ executable, arguments: args, workingDirectory, environment }: RuntimeRequest): Runtime | undefined {
  if (!/^node(js)?[\d.]*$/.test(basename(executable))) return undefined;
  const { script, code } = findScript(args);
  const place = script === undefined ? undefined : realPath(scriptFile(script));
  const folder =
    place === undefined ? (code ? workingDirectory : undefined) : statSync(place).isDirectory() ? place : dirname(place);
  const nodePath = (environment.get("NODE_PATH") ?? "").split(":").filter((path) => path !== "" && existsSync(path));
  return {
    name: "node",
    layers: [{ name: "node with its libraries", trees: existsSync(SYSTEM_MODULES) ? [SYSTEM_MODULES] : [] }],
    files: [...nodePath, ...(folder === undefined ? [] : packageFiles(folder, place, script))],
  };
}

/** `node app` stands for app, app.js, app.mjs…: the CommonJS loader tries them. */
function scriptFile(script: string): string {
  return [script, `${script}.js`, `${script}.json`, `${script}.node`].find((path) => existsSync(path)) ?? script;
}

function findScript(args: readonly string[]): { script?: string; code: boolean } {
  for (let position = 0; position < args.length; position++) {
    const arg = args[position] ?? "";
    if (arg === "-" || OPTIONS_WITH_CODE.test(arg)) return { code: true };
    if (OPTIONS_WITH_VALUE.test(arg)) position++;
    else if (arg !== "--" && !arg.startsWith("-")) return { script: arg, code: false };
  }
  return { code: true };
}

function packageFiles(folder: string, place: string | undefined, script: string | undefined): string[] {
  const files: string[] = [];
  const root = ancestors(folder).find((candidate) => existsSync(join(candidate, "package.json")));
  // A package.json in the root folder or at home says nothing about a script far below it.
  if (root !== undefined && root.split("/").length > 2) files.push(root);
  else if (place !== undefined && script !== undefined && place !== folder) files.push(...scriptFiles(script));
  for (const candidate of ancestors(folder)) {
    const modules = join(candidate, "node_modules");
    if (existsSync(modules)) files.push(modules);
  }
  return files;
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
