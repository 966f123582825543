// The initial image of one run: its boot configuration, then the archive; and the layers, archives that the machine maps from the
// cache (docs/guest-interface.md).
//
// What is small is copied into the image, which costs a machine one transfer. What is large, and what many runs have in common, is
// a layer: it costs nothing until it is used.

import { closeSync, constants, copyFileSync, openSync, renameSync } from "node:fs";
import { type BootConfiguration, encodeBootConfiguration } from "@unary/abi/boot-configuration";
import { PAGE_SIZE } from "@unary/abi/page";
import { LAYER_ALIGNMENT, type MemoryLayout } from "../machine/memory-layout.ts";
import { type Progress, writeWhole } from "./archive-file.ts";
import { type CachedArchive, cachedArchive, openNameless } from "./cache.ts";
import type { RootFolder } from "./root-folder.ts";

/** Files that are larger together are a layer, whatever they are. */
const COPY_LIMIT = 4 * 1024 ** 2;

/** Everything of a boot configuration but what only the image knows. */
export type Settings = Omit<BootConfiguration, "layers">;

/** Says where layers go. */
export type LayOut = (layers: readonly CachedArchive[]) => MemoryLayout;

export interface InitialImage {
  /** Open for reading and writing, without a name. The caller closes it. */
  file: number;
  /** Of the file. */
  size: number;
  memory: MemoryLayout;
  /** Bytes of archives, and whether all of them were in the cache. */
  archived: number;
  cached: boolean;
}

/**
 * Makes the image as a file without a name. The archive is copied by the kernel (or shared, where the file system
 * can), and the configuration is written into the pages left free in front of it.
 */
export function makeInitialImage(settings: Settings, root: RootFolder, layOut: LayOut, progress?: Progress): InitialImage {
  const { head, archive, memory, archived, cached } = findParts(settings, root, layOut, progress);
  const file = openNameless();
  copyFileSync(archive.path, `/proc/self/fd/${file}`, constants.COPYFILE_FICLONE);
  writeWhole(file, head, 0);
  return { file, size: archive.size, memory, archived, cached };
}

/** Bytes of the root's files that are copied into the machine's memory. */
export function copiedSize(root: RootFolder): number {
  const size = root.ownSize;
  return size > COPY_LIMIT ? 0 : size;
}

/** Makes the image as a file in the cache, for a command line that is to be used later. */
export function saveInitialImage(
  settings: Settings,
  root: RootFolder,
  layOut: LayOut,
  progress?: Progress,
): { path: string; size: number; memory: MemoryLayout } {
  const { head, archive, memory } = findParts(settings, root, layOut, progress);
  const path = `${archive.path}-dry-run`;
  const unfinished = `${path}-${process.pid}`;
  copyFileSync(archive.path, unfinished, constants.COPYFILE_FICLONE);
  const file = openSync(unfinished, "r+");
  try {
    writeWhole(file, head, 0);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  return { path, size: archive.size, memory };
}

interface Parts {
  head: Buffer;
  archive: CachedArchive;
  memory: MemoryLayout;
  archived: number;
  cached: boolean;
}

function findParts(settings: Settings, root: RootFolder, layOut: LayOut, progress: Progress | undefined): Parts {
  const { own, layers: groups } = root.split();
  const isLarge = root.ownSize > COPY_LIMIT;
  const placement = { freePages: 0, alignment: LAYER_ALIGNMENT };
  const layers = (isLarge ? [...groups, own] : groups).map((entries) => cachedArchive(entries, placement, progress));
  const memory = layOut(layers);
  const head = encodeBootConfiguration({ ...settings, layers: memory.layers });
  const archive = cachedArchive(isLarge ? [] : own, { freePages: head.length / PAGE_SIZE }, progress);
  const all = [...layers, archive];
  return {
    ...{ head, archive, memory },
    archived: all.reduce((sum, { size }) => sum + size, 0),
    cached: all.every(({ hit }) => hit),
  };
}
