// Archives that were made before, by content: ${XDG_CACHE_HOME:-~/.cache}/unary/images/KEY-PAGES[-ALIGNMENT].
//
// The key is a digest of what the archive would hold: path, mode, size, time and inode of every file, not its bytes,
// so that a second run reads nothing but directories. PAGES are left free at the start for the boot configuration. A layer, which
// machines map as it is, has none, and its alignment behind that.
//
// An archive appears under its name only when it is whole (rename), so runs at the same time do not meet. What a
// killed run leaves bears the number of its process, and the next run that writes here removes it.

import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PAGE_SIZE } from "@unary/abi/page";
import { Failure, reason, Status } from "../failure.ts";
import { type Progress, writeArchive } from "./archive-file.ts";
import type { RootEntry } from "./root-folder.ts";

/** Changes when the way an archive is written changes. */
const FORMAT = "unary archive 1";
/** The least recently used archives go when all together take more. */
const CACHE_SIZE_LIMIT = 4 * 1024 ** 3;

export interface CachedArchive {
  path: string;
  /** Bytes of the file, the pages left free included. */
  size: number;
  /** It was there already. */
  hit: boolean;
}

/** The folder of the images, where also everything unfinished lies. */
export function imageFolder(): string {
  return join(cacheFolder(), "images");
}

export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  return join(base?.startsWith("/") ? base : join(homedir(), ".cache"), "unary");
}

/** How an archive lies in its file. */
export interface Placement {
  /** Zero pages in front. */
  freePages: number;
  /** The file is filled up with zeros to a multiple of this many bytes. */
  alignment?: number;
}

/** Finds or makes the archive of these entries. */
export function cachedArchive(entries: readonly RootEntry[], placement: Placement, progress?: Progress): CachedArchive {
  const { freePages, alignment = PAGE_SIZE } = placement;
  const folder = imageFolder();
  const path = join(folder, `${archiveKey(entries)}-${freePages}${alignment === PAGE_SIZE ? "" : `-${alignment}`}`);
  const now = new Date();
  try {
    // The time of use, for the order in which archives go.
    utimesSync(path, now, now);
    return { path, size: statSync(path).size, hit: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw cacheFailure(folder, error);
  }
  try {
    mkdirSync(folder, { recursive: true });
    removeUnfinished(folder);
    removeOldest(folder);
  } catch (error) {
    throw cacheFailure(folder, error);
  }
  writeNew(folder, path, (file) => {
    const { length } = writeArchive(file, freePages * PAGE_SIZE, entries, progress);
    ftruncateSync(file, Math.ceil((freePages * PAGE_SIZE + length) / alignment) * alignment);
  });
  return { path, size: statSync(path).size, hit: false };
}

/**
 * Creates a file in the cache that has no name: it is gone when its last descriptor is closed, however the process ends.
 * Others reach it as /proc/PID/fd/FILE.
 */
export function openNameless(): number {
  const folder = imageFolder();
  try {
    mkdirSync(folder, { recursive: true });
    const path = unfinishedName(folder);
    const file = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return file;
  } catch (error) {
    throw cacheFailure(folder, error);
  }
}

function writeNew(folder: string, path: string, write: (file: number) => void): void {
  const unfinished = unfinishedName(folder);
  try {
    const file = openSync(unfinished, "wx+", 0o600);
    try {
      write(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error instanceof Failure ? error : cacheFailure(folder, error);
  }
}

/** A name that no other process takes. What is left under it by a killed process is removed by a later run. */
export function unfinishedName(folder: string): string {
  return join(folder, `.unfinished-${process.pid}-${process.hrtime.bigint()}`);
}

function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const process = /^\.unfinished-(\d+)-/.exec(name)?.[1];
    if (process !== undefined && !existsSync(`/proc/${process}`)) rmSync(join(folder, name), { force: true });
  }
}

function archiveKey(entries: readonly RootEntry[]): string {
  const hash = createHash("sha256").update(FORMAT);
  for (const entry of [...entries].sort((left, right) => (left.path < right.path ? -1 : 1))) {
    hash.update(
      `\0${entry.path}\0${entry.mode}\0${entry.target ?? ""}\0${entry.modified.seconds}.${entry.modified.nanoseconds}\0`,
    );
    if (entry.source === undefined) continue;
    if ("bytes" in entry.source) hash.update(entry.source.bytes);
    else hash.update(entry.source.stamp);
  }
  return hash.digest("hex").slice(0, 32);
}

function removeOldest(folder: string): void {
  const archives = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && !name.startsWith(".") ? [{ path, stats }] : [];
  });
  archives.sort((left, right) => right.stats.mtimeMs - left.stats.mtimeMs);
  let total = 0;
  for (const { path, stats } of archives) {
    total += stats.size;
    if (total > CACHE_SIZE_LIMIT) rmSync(path, { force: true });
  }
}

function cacheFailure(folder: string, error: unknown): Failure {
  return new Failure(
    Status.unary,
    `the cache ${folder} cannot be used: ${reason(error)}`,
    "Set XDG_CACHE_HOME to a folder that you can write to.",
  );
}
