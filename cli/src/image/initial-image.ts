// The initial image of one run: its boot configuration, then the archive (docs/guest-interface.md).

import { closeSync, constants, copyFileSync, openSync, renameSync } from "node:fs";
import { type BootConfiguration, encodeBootConfiguration } from "@unary/abi/boot-configuration";
import { PAGE_SIZE } from "@unary/abi/page";
import { type Progress, writeWhole } from "./archive-file.ts";
import { cachedArchive, openNameless } from "./cache.ts";
import type { RootFolder } from "./root-folder.ts";

export interface InitialImage {
  /** Open for reading and writing, without a name. The caller closes it. */
  file: number;
  size: number;
  /** The archive was in the cache. */
  cached: boolean;
}

/**
 * Makes the image as a file without a name. The archive is copied by the kernel (or shared, where the file system
 * can), and the configuration is written into the pages left free in front of it.
 */
export function makeInitialImage(configuration: BootConfiguration, root: RootFolder, progress?: Progress): InitialImage {
  const head = encodeBootConfiguration(configuration);
  const archive = cachedArchive(root.list(), head.length / PAGE_SIZE, progress);
  const file = openNameless();
  copyFileSync(archive.path, `/proc/self/fd/${file}`, constants.COPYFILE_FICLONE);
  writeWhole(file, head, 0);
  return { file, size: archive.size, cached: archive.hit };
}

/** Makes the image as a file in the cache, for a command line that is to be used later. */
export function saveInitialImage(
  configuration: BootConfiguration,
  root: RootFolder,
  progress?: Progress,
): { path: string; size: number } {
  const head = encodeBootConfiguration(configuration);
  const archive = cachedArchive(root.list(), head.length / PAGE_SIZE, progress);
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
  return { path, size: archive.size };
}
