import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** The absolute path of a tool in PATH, or nothing. */
export function findExecutable(name: string, searchPath = process.env["PATH"] ?? ""): string | undefined {
  for (const folder of searchPath.split(":")) {
    if (!folder.startsWith("/")) continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
