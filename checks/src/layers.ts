// The kernel's layers point one way: a file imports from its own layer and those below it, from kernel/abi, and
// from the compiler's prelude. Nothing else of the project, and no package.

import { dirname, join } from "node:path/posix";
import { findImports } from "./imports.ts";

/** From the bottom to the top; layers of one row may use each other. */
const LAYERS = [["lib"], ["arch"], ["mm"], ["sched"], ["fs", "net", "drivers"], ["sockets"], ["linux"], ["boot"]];
/** Constants that kernel and tool share: everybody may use them, and they use nothing of the kernel. */
const SHARED = "abi";

export interface Violation {
  file: string;
  line: number;
  message: string;
}

/** @param file relative to the project, such as kernel/mm/heap.ts */
export function checkLayers(file: string, source: string): Violation[] {
  const layer = layerOf(file);
  const violations: Violation[] = [];
  if (layer === undefined)
    return [{ file, line: 1, message: `kernel files belong to one of ${LAYERS.flat().join(", ")}, ${SHARED}` }];
  for (const { specifier, line } of findImports(source)) {
    const message = judge(file, layer, specifier);
    if (message !== undefined) violations.push({ file, line, message });
  }
  return violations;
}

/** Why an import is not allowed; nothing when it is. */
function judge(file: string, layer: string, specifier: string): string | undefined {
  if (specifier === "unsafe" || specifier === "flavour" || specifier.startsWith("prelude/")) return undefined;
  if (!specifier.startsWith(".")) return `"${specifier}": the kernel has no packages`;
  const target = layerOf(join(dirname(file), specifier));
  if (target === undefined) return `"${specifier}" leads out of the kernel`;
  if (target === SHARED || target === layer) return undefined;
  if (layer === SHARED) return `"${specifier}": kernel/${SHARED} uses nothing of the kernel`;
  if (rank(target) <= rank(layer)) return undefined;
  return `"${specifier}": ${layer} is below ${target} and may not use it`;
}

function layerOf(file: string): string | undefined {
  const folder = /^kernel\/([^/]+)\//.exec(file)?.[1];
  return folder === SHARED || (folder !== undefined && rank(folder) >= 0) ? folder : undefined;
}

function rank(layer: string): number {
  return LAYERS.findIndex((row) => row.includes(layer));
}
