// The files beside a script: its folder when that is an application's, and not the user's home or some place where everything lies.

import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** A folder with more in it is no script's folder. */
const FOLDER_ENTRY_LIMIT = 2000;
const FOLDER_SIZE_LIMIT = 64 * 1024 ** 2;

/** Where scripts lie beside files that have nothing to do with them. */
const COMMON_FOLDERS = new Set([
  "/",
  "/bin",
  "/home",
  "/media",
  "/mnt",
  "/opt",
  "/root",
  "/sbin",
  "/srv",
  "/tmp",
  "/usr",
  "/var/tmp",
]);

/** The script and, where {@link ownFolder} finds it to be the application's, its folder. Nothing when there is no such file. */
export function scriptFiles(script: string): string[] {
  const path = realPath(script);
  if (path === undefined || !statSync(path).isFile()) return [];
  return [resolve(script), ...(ownFolder(dirname(path)) ? [dirname(path)] : [path])];
}

/** Whether a folder is an application's and small enough to come along unasked. */
export function ownFolder(folder: string): boolean {
  if (COMMON_FOLDERS.has(folder) || folder === homedir() || folder === tmpdir()) return false;
  if (/^\/(usr\/(local\/)?)?s?bin$|^\/(proc|sys|dev|run|etc)(\/|$)/.test(folder)) return false;
  const left = { entries: FOLDER_ENTRY_LIMIT, size: FOLDER_SIZE_LIMIT };
  return fits(folder, left);
}

/** Counts what is below a folder, as long as there is room for it. What cannot be listed is no application's. */
function fits(folder: string, left: { entries: number; size: number }): boolean {
  const entries = listFolder(folder);
  if (entries === undefined) return false;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    left.entries--;
    if (entry.isFile()) left.size -= lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (left.entries < 0 || left.size < 0) return false;
    if (entry.isDirectory() && entry.name !== ".git" && !fits(path, left)) return false;
  }
  return true;
}

function listFolder(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** Without symbolic links; nothing when it leads nowhere. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
