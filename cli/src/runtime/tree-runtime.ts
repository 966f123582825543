// Runtimes whose libraries lie in the same places on every system of their kind: perl, ruby, PHP, Lua, Tcl.

import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Runtime, RuntimeRequest } from "./runtime.ts";
import { scriptFiles } from "./script-files.ts";

interface Place {
  /** What the program's file is called. */
  program: RegExp;
  /** Folders; a last part with `*` stands for all that match. */
  trees: readonly string[];
}

const MULTIARCH = "/usr/lib/x86_64-linux-gnu";

const PLACES: readonly Place[] = [
  {
    program: /^perl(5[\d.]*)?$/,
    trees: ["/etc/perl", "/usr/local/share/perl", "/usr/share/perl", "/usr/share/perl5", `${MULTIARCH}/perl*`, "/usr/lib/perl5"],
  },
  {
    program: /^ruby[\d.]*$/,
    trees: ["/usr/lib/ruby", `${MULTIARCH}/ruby`, "/usr/share/rubygems-integration", "/var/lib/gems", "/usr/local/lib/ruby"],
  },
  { program: /^php[\d.]*$/, trees: ["/etc/php", "/usr/lib/php", "/usr/share/php"] },
  { program: /^lua(jit)?[\d.-]*$/, trees: ["/usr/share/lua", "/usr/local/share/lua", `${MULTIARCH}/lua`, "/usr/share/luajit*"] },
  { program: /^(tclsh|wish)[\d.]*$/, trees: ["/usr/share/tcltk", "/usr/lib/tcltk", `${MULTIARCH}/tcltk`] },
];

export function treeRuntime(request: RuntimeRequest): Runtime | undefined {
  const name = basename(request.executable);
  const place = PLACES.find(({ program }) => program.test(name));
  if (place === undefined) return undefined;
  const script = request.arguments.find((argument) => !argument.startsWith("-"));
  return {
    name,
    layers: [{ name: `${name} with its library`, trees: place.trees.flatMap(matching) }],
    files: script === undefined ? [] : scriptFiles(script),
  };
}

function matching(tree: string): string[] {
  if (!tree.endsWith("*")) return existsSync(tree) ? [tree] : [];
  const [folder = "", start = ""] = [tree.slice(0, tree.lastIndexOf("/")), basename(tree).slice(0, -1)];
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => entry.startsWith(start))
    .map((entry) => join(folder, entry));
}
