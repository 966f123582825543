// The notes of an ELF file (gABI draft, chapter 5, "Note Section"): name, type and description, each at four bytes' alignment.

import type { ByteSource } from "./byte-source.ts";

const HEADER_SIZE = 12;
/** Notes are small; whatever is longer is not searched to its end. */
const LIMIT = 64 * 1024;

/** Its owner is Go, and its type "build identifier": the Go linker writes it into every program. */
const GO_OWNER = "Go\0\0";
const GO_BUILD = 4;

/** Whether a segment of notes has the one that Go's linker leaves. Nonsense has none. */
export function hasGoNote(source: ByteSource, offset: number, size: number): boolean {
  const bytes = source.read(offset, Math.min(size, LIMIT));
  for (let at = 0; at + HEADER_SIZE <= bytes.length; ) {
    const nameSize = bytes.readUInt32LE(at);
    const name = bytes.toString("latin1", at + HEADER_SIZE, at + HEADER_SIZE + nameSize);
    if (name === GO_OWNER && bytes.readUInt32LE(at + 8) === GO_BUILD) return true;
    at += HEADER_SIZE + aligned(nameSize) + aligned(bytes.readUInt32LE(at + 4));
  }
  return false;
}

function aligned(size: number): number {
  return Math.ceil(size / 4) * 4;
}
