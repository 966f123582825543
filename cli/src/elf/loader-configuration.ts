// Where a dynamic loader looks when neither program nor user says: ld.so.conf(5) of glibc, and musl's path file.

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Includes may nest; a file that includes itself ends here. */
const INCLUDE_DEPTH = 8;

/** glibc's built-in folders: those of Debian and Ubuntu, then those of everybody else. */
export const GLIBC_DEFAULT_FOLDERS = [
  "/lib/x86_64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/lib64",
  "/usr/lib64",
  "/lib",
  "/usr/lib",
] as const;

/** musl's built-in folders, for when there is no path file. */
export const MUSL_DEFAULT_FOLDERS = ["/lib", "/usr/local/lib", "/usr/lib"] as const;

/**
 * The folders that ld.so.conf lists, in order, its includes followed. A file that is not there or not
 * readable lists none: ldconfig takes it so.
 */
export function readLoaderConfiguration(path = "/etc/ld.so.conf", depth = 0): string[] {
  const text = readIfThere(path);
  if (text === undefined || depth > INCLUDE_DEPTH) return [];
  const folders: string[] = [];
  for (const rawLine of text.split("\n")) {
    const line = rawLine.replace(/#.*/, "").trim();
    const [word = "", ...patterns] = line.split(/\s+/);
    if (word === "include") {
      for (const pattern of patterns) {
        for (const file of filesMatching(resolve(dirname(path), pattern)))
          folders.push(...readLoaderConfiguration(file, depth + 1));
      }
    } else if (word.startsWith("/")) {
      // Old files write FOLDER=TYPE; the type has no meaning any more.
      folders.push(...line.split(/[\s:,]+/).map((folder) => folder.replace(/=.*/, "").replace(/(?<=.)\/+$/, "")));
    }
  }
  return [...new Set(folders)];
}

/** Files that match a shell pattern whose wildcards are in its last part, sorted as glob(3) does. */
function filesMatching(pattern: string): string[] {
  const name = basename(pattern);
  if (!/[*?[]/.test(name)) return [pattern];
  const source = name
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  let expression: RegExp;
  try {
    expression = new RegExp(`^${source}$`);
  } catch {
    return [];
  }
  try {
    const names = readdirSync(dirname(pattern)).filter((entry) => expression.test(entry) && !entry.startsWith("."));
    return names.sort().map((entry) => join(dirname(pattern), entry));
  } catch {
    return [];
  }
}

/** Where musl's path file lies, for its loader's path: /lib/ld-musl-x86_64.so.1 reads /etc/ld-musl-x86_64.path. */
export function muslPathFile(interpreter: string): string {
  const prefix = dirname(dirname(interpreter));
  return join(prefix, "etc", basename(interpreter).replace(/\.so\.1$/, ".path"));
}

/** The folders of musl's path file, separated by newlines or colons. */
export function readMuslPath(interpreter: string): readonly string[] {
  const text = readIfThere(muslPathFile(interpreter));
  return text === undefined ? MUSL_DEFAULT_FOLDERS : text.split(/[\n:]/).filter((folder) => folder !== "");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
