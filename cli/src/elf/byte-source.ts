import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Bytes that are read in pieces: a program may be larger than anything worth holding in memory. */
export interface ByteSource {
  readonly size: number;
  /** Up to `length` bytes from `offset`; fewer only at the end. */
  read(offset: number, length: number): Buffer;
}

export function bufferSource(bytes: Buffer): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, Math.min(offset + length, bytes.length)) };
}

/**
 * Opens a file, hands it to `use` as a source, and closes it.
 * The first pages are read once: headers, interpreter and often the dynamic section lie there.
 */
export function withFileSource<Result>(path: string, use: (source: ByteSource) => Result): Result {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const head = readPart(file, 0, Math.min(size, 4096));
    const read = (offset: number, length: number): Buffer => {
      const available = Math.max(0, Math.min(length, size - offset));
      return offset + available <= head.length ? head.subarray(offset, offset + available) : readPart(file, offset, available);
    };
    return use({ size, read });
  } finally {
    closeSync(file);
  }
}

function readPart(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(file, bytes, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
