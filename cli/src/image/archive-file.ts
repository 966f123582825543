// Writes an archive (docs/guest-interface.md) to a file, data and all, a megabyte at a time.

import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { type ArchiveIndex, encodeArchiveIndex } from "@unary/abi/archive";
import { Failure, reason, Status } from "../failure.ts";
import type { RootEntry } from "./root-folder.ts";

const CHUNK_SIZE = 1024 * 1024;

/** Called with the bytes written so far and the bytes in all. */
export type Progress = (written: number, total: number) => void;

/**
 * Writes header, entries, names and data, from `start` on. What lies between files stays a hole of zeros.
 * @throws Failure when a file of the host changes or vanishes meanwhile
 */
export function writeArchive(file: number, start: number, entries: readonly RootEntry[], progress?: Progress): ArchiveIndex {
  const index = encodeArchiveIndex(entries);
  const sources = new Map(entries.map((entry) => [entry.path, entry.source]));
  writeWhole(file, index.bytes, start);
  let written = index.bytes.length;
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
  for (const entry of index.entries) {
    const source = sources.get(entry.path);
    if (entry.dataOffset === 0 || source === undefined) continue;
    const position = start + entry.dataOffset;
    if ("bytes" in source) writeWhole(file, source.bytes, position);
    else copyFile(source.path, entry.size, file, position, chunk, (count) => progress?.(written + count, index.length));
    written += entry.size;
  }
  ftruncateSync(file, start + index.length);
  return index;
}

function copyFile(
  path: string,
  size: number,
  file: number,
  position: number,
  chunk: Buffer,
  progress: (count: number) => void,
): void {
  const source = openSource(path);
  try {
    let copied = 0;
    while (copied < size) {
      const count = readSync(source, chunk, 0, Math.min(chunk.length, size - copied), copied);
      if (count === 0) break;
      writeWhole(file, chunk.subarray(0, count), position + copied);
      copied += count;
      progress(copied);
    }
    if (copied !== size || fstatSync(source).size !== size) {
      throw new Failure(
        Status.unary,
        `${path} changed while it was put into the image`,
        "Run it again once the file is at rest.",
      );
    }
  } finally {
    closeSync(source);
  }
}

function openSource(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new Failure(Status.unary, `${path} cannot be put into the image: ${reason(error)}`);
  }
}

/** write(2) may write less than it was given. */
export function writeWhole(file: number, bytes: Buffer, position: number): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, position + written);
}
