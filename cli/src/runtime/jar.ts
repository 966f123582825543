// What a jar's manifest says of its class path ("JAR File Specification", Class-Path). A jar is a ZIP file (PKWARE APPNOTE.TXT 6.3.10):
// its directory is at the end and names, for each entry, method, sizes and place.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const MANIFEST = "META-INF/MANIFEST.MF";
/** End of central directory record (4.3.16) with the longest comment. */
const END_LENGTH = 22;
const END_SIGNATURE = 0x06054b50;
const COMMENT_LIMIT = 0xffff;
const DIRECTORY_SIGNATURE = 0x02014b50;
const DIRECTORY_LENGTH = 46;
const LOCAL_LENGTH = 30;
/** A manifest with signatures of all its entries may be large; its main section is at its beginning. */
const MANIFEST_LIMIT = 16 * 1024 ** 2;

/** Paths of the Class-Path, absolute or relative to the jar's folder; none for what is no jar or has none. */
export function jarClassPath(path: string): string[] {
  const manifest = readManifest(path);
  if (manifest === undefined) return [];
  // A line that begins with a space continues the one before; the main section ends with an empty line.
  const [main = ""] = manifest.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replaceAll("\n ", "").split("\n\n", 1);
  const list = /^Class-Path:(.*)$/im.exec(main)?.[1] ?? "";
  return list
    .split(" ")
    .filter((entry) => entry !== "")
    .map(decodeEntry);
}

/** Entries are URLs, mostly relative ones. */
function decodeEntry(entry: string): string {
  try {
    return decodeURIComponent(entry.replace(/^file:(\/\/(?=\/))?/, ""));
  } catch {
    return entry;
  }
}

function readManifest(path: string): string | undefined {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const tail = readAt(file, Math.max(0, size - END_LENGTH - COMMENT_LIMIT), Math.min(size, END_LENGTH + COMMENT_LIMIT));
    for (let end = tail.length - END_LENGTH; end >= 0; end--) {
      if (tail.readUInt32LE(end) !== END_SIGNATURE) continue;
      const directory = readAt(file, tail.readUInt32LE(end + 16), Math.min(tail.readUInt32LE(end + 12), size));
      return findManifest(file, directory);
    }
    return undefined;
  } catch {
    // What is no jar has no class path; the JVM will say what it thinks of it.
    return undefined;
  } finally {
    closeSync(file);
  }
}

function findManifest(file: number, directory: Buffer): string | undefined {
  let start = 0;
  while (start + DIRECTORY_LENGTH <= directory.length && directory.readUInt32LE(start) === DIRECTORY_SIGNATURE) {
    const nameLength = directory.readUInt16LE(start + 28);
    const name = directory.toString("utf8", start + DIRECTORY_LENGTH, start + DIRECTORY_LENGTH + nameLength);
    if (name.toUpperCase() === MANIFEST) {
      const packed = directory.readUInt32LE(start + 20);
      if (packed > MANIFEST_LIMIT || directory.readUInt32LE(start + 24) > MANIFEST_LIMIT) return undefined;
      const place = directory.readUInt32LE(start + 42);
      const local = readAt(file, place, LOCAL_LENGTH);
      const data = readAt(file, place + LOCAL_LENGTH + local.readUInt16LE(26) + local.readUInt16LE(28), packed);
      const isStored = directory.readUInt16LE(start + 10) === 0;
      return (isStored ? data : inflateRawSync(data, { maxOutputLength: MANIFEST_LIMIT })).toString("utf8");
    }
    start += DIRECTORY_LENGTH + nameLength + directory.readUInt16LE(start + 30) + directory.readUInt16LE(start + 32);
  }
  return undefined;
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const count = readSync(file, bytes, 0, length, position);
  if (count !== length) throw new RangeError("the file is shorter than its directory says");
  return bytes;
}
