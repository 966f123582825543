// The repository's folder, and the files in it that are ours.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));

/** Paths relative to the project, of files that git knows or would add: nothing built, nothing installed. */
export function projectFiles(...patterns: string[]): string[] {
  const text = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...patterns], {
    cwd: PROJECT_FOLDER,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(text.split("\0").filter((path) => path !== ""))].sort();
}

/** The text of a file, or nothing when it was deleted and not yet committed. */
export function readProjectFile(path: string): string | undefined {
  try {
    return readFileSync(join(PROJECT_FOLDER, path), "utf8");
  } catch {
    return undefined;
  }
}
