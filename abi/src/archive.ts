// The second part of the initial image: the application's root folder (docs/guest-interface.md, "Archive").
//
//   header │ entries, 48 bytes each, sorted by path │ strings │ 0… │ data of a file │ 0… │ data of a file │ 0…
//                                                             page                  page
//
// The index (all before the first data) is made here in memory. The data is not: files can be large, and the
// writer copies them straight from file to file, to the offsets that the index names.

import { wellFormed } from "./malformed.ts";
import { PAGE_SIZE, roundUpToPage } from "./page.ts";

export const ARCHIVE_MAGIC = "UNARYIM1";

/** Byte offsets in the header. */
export const ArchiveHeaderOffset = { magic: 0, entryCount: 8, stringsLength: 12, length: 16, reserved: 24 } as const;
export const ARCHIVE_HEADER_SIZE = 32;

/** Byte offsets in one entry. */
export const ArchiveEntryOffset = {
  path: 0,
  pathLength: 4,
  mode: 8,
  reservedAfterMode: 12,
  data: 16,
  size: 24,
  modifiedSeconds: 32,
  modifiedNanoseconds: 40,
  reservedAtEnd: 44,
} as const;
export const ARCHIVE_ENTRY_SIZE = 48;

/** The file types that an archive can hold; the values are Linux's (inode(7)). */
export const FileType = { mask: 0o170000, folder: 0o040000, file: 0o100000, link: 0o120000 } as const;

export interface ArchiveEntry {
  /** No leading slash; no empty part, `.` or `..`. */
  path: string;
  /** Type and permissions. */
  mode: number;
  /** Bytes of a regular file; ignored for the others. */
  size: number;
  /** Target of a symbolic link; ignored for the others. */
  target?: string | undefined;
  modified: { seconds: bigint; nanoseconds: number };
}

/** An entry and where its data lies, in bytes from the start of the archive. Zero when there is none. */
export type PlacedEntry = ArchiveEntry & { dataOffset: number };

export interface ArchiveIndex {
  /** Header, entries and strings, filled up to whole pages. */
  bytes: Buffer;
  /** Sorted as in the archive. */
  entries: PlacedEntry[];
  /** Length of the whole archive, data included. */
  length: number;
}

/** Lays an archive out. The entries may come in any order, and every folder on the way to an entry must be among them. */
export function encodeArchiveIndex(entries: Iterable<ArchiveEntry>): ArchiveIndex {
  const sorted = [...entries].map((entry) => ({ entry, path: Buffer.from(entry.path) }));
  sorted.sort((left, right) => Buffer.compare(left.path, right.path));

  const strings: Buffer[] = [];
  let stringsLength = 0;
  const addString = (string: Buffer): number => {
    strings.push(string);
    stringsLength += string.length;
    return stringsLength - string.length;
  };
  const placed = sorted.map(({ entry, path }) => {
    const pathOffset = addString(path);
    const target = Buffer.from(entry.target ?? "");
    const isLink = (entry.mode & FileType.mask) === FileType.link;
    return { entry, path, pathOffset, target, targetOffset: isLink ? addString(target) : 0 };
  });

  const indexLength = roundUpToPage(ARCHIVE_HEADER_SIZE + placed.length * ARCHIVE_ENTRY_SIZE + stringsLength);
  const bytes = Buffer.alloc(indexLength);
  let length = indexLength;
  const result: PlacedEntry[] = placed.map(({ entry, path, pathOffset, target, targetOffset }, position) => {
    const type = entry.mode & FileType.mask;
    const size = type === FileType.link ? target.length : type === FileType.file ? entry.size : 0;
    const dataOffset = type === FileType.file && size > 0 ? length : 0;
    if (dataOffset > 0) length += roundUpToPage(size);

    const start = ARCHIVE_HEADER_SIZE + position * ARCHIVE_ENTRY_SIZE;
    bytes.writeUInt32LE(pathOffset, start + ArchiveEntryOffset.path);
    bytes.writeUInt32LE(path.length, start + ArchiveEntryOffset.pathLength);
    bytes.writeUInt32LE(entry.mode, start + ArchiveEntryOffset.mode);
    bytes.writeBigUInt64LE(BigInt(type === FileType.link ? targetOffset : dataOffset), start + ArchiveEntryOffset.data);
    bytes.writeBigUInt64LE(BigInt(size), start + ArchiveEntryOffset.size);
    bytes.writeBigInt64LE(entry.modified.seconds, start + ArchiveEntryOffset.modifiedSeconds);
    bytes.writeUInt32LE(entry.modified.nanoseconds, start + ArchiveEntryOffset.modifiedNanoseconds);
    return { ...entry, dataOffset };
  });

  bytes.write(ARCHIVE_MAGIC, ArchiveHeaderOffset.magic, "latin1");
  bytes.writeUInt32LE(placed.length, ArchiveHeaderOffset.entryCount);
  bytes.writeUInt32LE(stringsLength, ArchiveHeaderOffset.stringsLength);
  bytes.writeBigUInt64LE(BigInt(length), ArchiveHeaderOffset.length);
  Buffer.concat(strings).copy(bytes, ARCHIVE_HEADER_SIZE + placed.length * ARCHIVE_ENTRY_SIZE);
  return { bytes, entries: result, length };
}

/**
 * Reads an archive's index.
 * @param bytes the archive from its first byte, at least up to the end of its strings
 * @param available bytes that really are there; the archive may not claim to be longer
 * @throws MalformedError for everything that the format does not allow
 */
export function decodeArchiveIndex(bytes: Buffer, available = bytes.length): PlacedEntry[] {
  wellFormed(bytes.length >= ARCHIVE_HEADER_SIZE, "the archive is shorter than its header");
  wellFormed(bytes.toString("latin1", 0, 8) === ARCHIVE_MAGIC, "the archive has the wrong magic");
  const count = bytes.readUInt32LE(ArchiveHeaderOffset.entryCount);
  const stringsLength = bytes.readUInt32LE(ArchiveHeaderOffset.stringsLength);
  const length = readSize(bytes, ArchiveHeaderOffset.length);
  wellFormed(length % PAGE_SIZE === 0 && length <= available, `the archive's length ${length} is out of bounds`);
  wellFormed(bytes.readBigUInt64LE(ArchiveHeaderOffset.reserved) === 0n, "the archive's reserved field is not zero");
  const stringsStart = ARCHIVE_HEADER_SIZE + count * ARCHIVE_ENTRY_SIZE;
  const indexEnd = stringsStart + stringsLength;
  wellFormed(indexEnd <= Math.min(bytes.length, length), `the archive's index of ${count} entries does not fit`);
  const strings = bytes.subarray(stringsStart, indexEnd);

  const entries: PlacedEntry[] = [];
  const folders = new Set<string>([""]);
  let previous: Buffer | undefined;
  for (let position = 0; position < count; position++) {
    const start = ARCHIVE_HEADER_SIZE + position * ARCHIVE_ENTRY_SIZE;
    const path = slice(strings, bytes.readUInt32LE(start), bytes.readUInt32LE(start + ArchiveEntryOffset.pathLength));
    wellFormed(!previous || Buffer.compare(previous, path) < 0, "the archive's entries are not sorted");
    previous = path;
    const entry = decodeEntry(bytes.subarray(start, start + ARCHIVE_ENTRY_SIZE), strings, path, { indexEnd, length });
    // Bytes, not text: two names that are not UTF-8 may look alike as text.
    const name = path.toString("latin1");
    const parent = name.slice(0, Math.max(name.lastIndexOf("/"), 0));
    wellFormed(folders.has(parent), `the archive has no folder for ${entry.path}`);
    if ((entry.mode & FileType.mask) === FileType.folder) folders.add(name);
    entries.push(entry);
  }
  return entries;
}

function decodeEntry(
  bytes: Buffer,
  strings: Buffer,
  pathBytes: Buffer,
  archive: { indexEnd: number; length: number },
): PlacedEntry {
  const at = ArchiveEntryOffset;
  const path = pathBytes.toString("utf8");
  const goodParts = path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  wellFormed(goodParts && !path.includes("\0"), `the archive has a bad path ${JSON.stringify(path.slice(0, 200))}`);
  const mode = bytes.readUInt32LE(at.mode);
  const reserved = bytes.readUInt32LE(at.reservedAfterMode) | bytes.readUInt32LE(at.reservedAtEnd);
  wellFormed(reserved === 0, `reserved fields of ${path} are not zero`);
  const nanoseconds = bytes.readUInt32LE(at.modifiedNanoseconds);
  wellFormed(nanoseconds < 1_000_000_000, `the time of ${path} has more than a second of nanoseconds`);
  const modified = { seconds: bytes.readBigInt64LE(at.modifiedSeconds), nanoseconds };
  const offset = readSize(bytes, at.data);
  const size = readSize(bytes, at.size);

  switch (mode & FileType.mask) {
    case FileType.folder:
      wellFormed(offset === 0 && size === 0, `the folder ${path} has data`);
      return { path, mode, size: 0, modified, dataOffset: 0 };
    case FileType.link:
      wellFormed(size > 0, `the link ${path} has no target`);
      return { path, mode, size, target: slice(strings, offset, size).toString("utf8"), modified, dataOffset: 0 };
    case FileType.file: {
      const inside = offset % PAGE_SIZE === 0 && offset >= archive.indexEnd && offset + size <= archive.length;
      wellFormed(size === 0 || inside, `the data of ${path} is outside the archive`);
      return { path, mode, size, modified, dataOffset: size === 0 ? 0 : offset };
    }
  }
  wellFormed(false, `${path} is neither a file, a folder nor a link`);
}

/** A 64-bit size or offset as a number; what no file can be is malformed. */
function readSize(bytes: Buffer, offset: number): number {
  const value = bytes.readBigUInt64LE(offset);
  wellFormed(value <= BigInt(Number.MAX_SAFE_INTEGER), `0x${value.toString(16)} is no size`);
  return Number(value);
}

function slice(strings: Buffer, offset: number, length: number): Buffer {
  wellFormed(offset + length <= strings.length, "the archive names a string outside its table");
  return strings.subarray(offset, offset + length);
}
