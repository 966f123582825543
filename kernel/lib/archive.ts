// The archive: the application's files, as the tool packed them behind the boot configuration (docs/guest-interface.md).
//
//   0        32                32 + 48 n                    next page
//   ┌────────┬─────────────────┬──────────────┬─────────────┬───────────────────────┐
//   │ header │ entries         │ string table │ zeros       │ file data, page by page│
//   └────────┴─────────────────┴──────────────┴─────────────┴───────────────────────┘
//
// Nothing in it is believed. `openArchive` checks what all entries share, `ArchiveReader.read` checks one entry completely
// before it hands anything out: whatever a caller receives lies inside the archive, and a path that it receives has no
// part that is empty, `.`, `..`, longer than a name may be, or with a NUL in it.
// Paths ascend strictly and file data ascend without overlap, so that every page belongs to one file and may be
// written where it lies.
// Rejected: cpio and tar. Both put a file's data behind its name, unaligned, so that each file would have to be copied.

import { addressOf, sliceAt } from "unsafe";

const MAGIC = 0x314d4959_52414e55; // the bytes UNARYIM1
const HEADER_SIZE = 32;
const ENTRY_SIZE = 48;
const PAGE_SIZE = 4096;
const LONGEST_NAME = 255;
const LONGEST_PATH = 4095;

const TYPE_MASK = 0o170000;
const TYPE_DIRECTORY = 0o040000;
const TYPE_REGULAR = 0o100000;
const TYPE_LINK = 0o120000;

/** What is wrong with an archive. */
export const enum ArchiveProblem {
  None = 0,
  TooShort = 1,
  BadMagic = 2,
  BadLength = 3,
  TableOutside = 4,
  StringOutside = 5,
  BadPath = 6,
  NotSorted = 7,
  BadMode = 8,
  BadTarget = 9,
  DataOutside = 10,
  DataNotAligned = 11,
  DataOverlaps = 12,
  BadTime = 13,
}

/** The problem as words, to follow "the archive". */
export function archiveProblemText(problem: ArchiveProblem): string {
  switch (problem) {
    case ArchiveProblem.None:
      return "is sound";
    case ArchiveProblem.TooShort:
      return "is shorter than its header";
    case ArchiveProblem.BadMagic:
      return "does not begin with its magic number";
    case ArchiveProblem.BadLength:
      return "has a length that is not a multiple of a page, or more than was loaded";
    case ArchiveProblem.TableOutside:
      return "has tables that reach past its end";
    case ArchiveProblem.StringOutside:
      return "has an entry with a string outside the string table";
    case ArchiveProblem.BadPath:
      return "has an entry with an invalid path";
    case ArchiveProblem.NotSorted:
      return "has entries out of order";
    case ArchiveProblem.BadMode:
      return "has an entry that is no file, folder or symbolic link";
    case ArchiveProblem.BadTarget:
      return "has a symbolic link with an invalid target";
    case ArchiveProblem.DataOutside:
      return "has a file with data outside the archive";
    case ArchiveProblem.DataNotAligned:
      return "has a file with data that does not begin on a page";
    case ArchiveProblem.DataOverlaps:
      return "has files with data that overlap";
    case ArchiveProblem.BadTime:
      return "has an entry with an invalid time";
  }
}

/** @packed @size 32 */
class RawHeader {
  magic!: u64;
  entries!: u32;
  stringsLength!: u32;
  length!: u64;
  reserved!: u64;
}

/** @packed @size 48 */
class RawEntry {
  pathOffset!: u32;
  pathLength!: u32;
  mode!: u32;
  reserved!: u32;
  contentOffset!: u64;
  contentLength!: u64;
  modifiedSeconds!: i64;
  modifiedNanoseconds!: u32;
  reservedEnd!: u32;
}

/** What kind of file an entry is. */
export const enum ArchiveKind {
  Regular = 0,
  Directory = 1,
  Link = 2,
}

/** One entry, checked. Slices point into the archive. */
export class ArchiveEntry {
  /** The whole path, without a leading slash. */
  path!: Slice<u8>;
  /** The path's last part. */
  name!: Slice<u8>;
  kind: ArchiveKind = ArchiveKind.Regular;
  /** Type and permission bits, as Linux has them. */
  mode!: u32;
  /** A regular file's bytes, or a symbolic link's target. Empty for a folder. */
  content!: Slice<u8>;
  /** Nanoseconds since 1970. */
  modified!: i64;
}

/** Reads the entries of one archive, in order. */
export class ArchiveReader {
  private all: Slice<u8> | null = null;
  private table: Slice<RawEntry> | null = null;
  private strings: Slice<u8> | null = null;
  private previousPath: Slice<u8> | null = null;
  /** Where the last part of the previous path begins. */
  private previousNameStart: usize = 0;
  private next: usize = 0;
  private dataEnd: u64 = 0;

  /** Number of entries. */
  count(): usize {
    const table = this.table;
    return table === null ? 0 : table.length;
  }

  /**
   * Takes the archive that begins at the first of `loaded`, which may be longer than the archive.
   * @returns None, or why this is no archive; then there are no entries
   */
  open(loaded: Slice<u8>): ArchiveProblem {
    if (loaded.length < HEADER_SIZE) return ArchiveProblem.TooShort;
    // Safe: the slice holds a whole header, and the class is packed, so alignment does not matter.
    const header = sliceAt<RawHeader>(addressOf(loaded), 1)[0];
    if (header.magic !== MAGIC) return ArchiveProblem.BadMagic;
    const length = header.length;
    if (length % PAGE_SIZE !== 0 || length < HEADER_SIZE || length > loaded.length) return ArchiveProblem.BadLength;

    // Neither product nor sum can overflow: 32-bit counts, times 48.
    const tableEnd = HEADER_SIZE + u64(header.entries) * ENTRY_SIZE;
    const stringsEnd = tableEnd + u64(header.stringsLength);
    if (stringsEnd > length) return ArchiveProblem.TableOutside;

    this.all = loaded.slice(0, length);
    // Safe: the table was just found to end inside the archive.
    this.table = sliceAt<RawEntry>(addressOf(loaded) + HEADER_SIZE, u64(header.entries));
    this.strings = loaded.slice(tableEnd, stringsEnd);
    this.previousPath = null;
    this.previousNameStart = 0;
    this.next = 0;
    this.dataEnd = stringsEnd;
    return ArchiveProblem.None;
  }

  /** Whether {@link read} has another entry to give. */
  hasMore(): boolean {
    return this.next < this.count();
  }

  /**
   * Checks the next entry and fills `entry` with it. The reader must have more.
   * @returns None, or why the archive is to be refused; `entry` is then not to be used
   */
  read(entry: ArchiveEntry): ArchiveProblem {
    const all = this.all!;
    const raw = this.table![this.next];
    const strings = this.strings!;
    this.next++;

    if (!inside(u64(raw.pathOffset), u64(raw.pathLength), strings.length)) return ArchiveProblem.StringOutside;
    const path = strings.slice(u64(raw.pathOffset), u64(raw.pathOffset) + u64(raw.pathLength));
    const previous = this.previousPath;
    const shared = previous === null ? 0 : sharedLength(previous, path);
    // Entries of one folder come together: the folder's path was found good with the entry before.
    const nameStart = lastPartOf(path, shared >= this.previousNameStart ? this.previousNameStart : 0);
    if (nameStart === path.length) return ArchiveProblem.BadPath;
    if (previous !== null && !precedes(previous, path, shared)) return ArchiveProblem.NotSorted;
    this.previousPath = path;
    this.previousNameStart = nameStart;

    if ((raw.mode & ~(TYPE_MASK | 0o7777)) !== 0) return ArchiveProblem.BadMode;
    if (raw.modifiedNanoseconds >= 1_000_000_000) return ArchiveProblem.BadTime;
    // Years 1678 to 2262: what 64 bits of nanoseconds hold.
    if (raw.modifiedSeconds > 9_223_372_035 || raw.modifiedSeconds < -9_223_372_035) return ArchiveProblem.BadTime;

    entry.path = path;
    entry.name = path.slice(nameStart);
    entry.mode = raw.mode;
    entry.modified = raw.modifiedSeconds * 1_000_000_000 + i64(raw.modifiedNanoseconds);
    entry.content = path.slice(0, 0);

    switch (raw.mode & TYPE_MASK) {
      case TYPE_DIRECTORY:
        entry.kind = ArchiveKind.Directory;
        return ArchiveProblem.None;
      case TYPE_LINK: {
        entry.kind = ArchiveKind.Link;
        if (!inside(raw.contentOffset, raw.contentLength, strings.length)) return ArchiveProblem.StringOutside;
        const target = strings.slice(raw.contentOffset, raw.contentOffset + raw.contentLength);
        if (target.length === 0 || target.length > LONGEST_PATH || hasNul(target)) return ArchiveProblem.BadTarget;
        entry.content = target;
        return ArchiveProblem.None;
      }
      case TYPE_REGULAR: {
        entry.kind = ArchiveKind.Regular;
        if (raw.contentLength === 0) return ArchiveProblem.None;
        if (raw.contentOffset % PAGE_SIZE !== 0) return ArchiveProblem.DataNotAligned;
        if (!inside(raw.contentOffset, raw.contentLength, all.length)) return ArchiveProblem.DataOutside;
        if (raw.contentOffset < this.dataEnd) return ArchiveProblem.DataOverlaps;
        const end = raw.contentOffset + raw.contentLength;
        // The last page belongs to the file as a whole. The archive's length is a multiple of a page, so it is inside.
        this.dataEnd = (end + (PAGE_SIZE - 1)) & ~u64(PAGE_SIZE - 1);
        entry.content = all.slice(raw.contentOffset, end);
        return ArchiveProblem.None;
      }
      default:
        return ArchiveProblem.BadMode;
    }
  }
}

/** Whether `length` bytes at `offset` lie in the first `limit` bytes, whatever the numbers are. */
function inside(offset: u64, length: u64, limit: u64): boolean {
  return offset <= limit && length <= limit - offset;
}

/**
 * Where the last part of a path begins; the path's length when the path is not as the format wants it.
 * @param good where a part begins before which all parts are known to be good
 */
function lastPartOf(path: Slice<u8>, good: usize): usize {
  const invalid = path.length;
  if (path.length === 0 || path.length > LONGEST_PATH) return invalid;
  let start = good;
  for (let i = good; i < path.length; i++) {
    const byte = path[i];
    if (byte === 0) return invalid;
    if (byte !== 0x2f) continue;
    if (!isName(path, start, i)) return invalid;
    start = i + 1;
  }
  return isName(path, start, path.length) ? start : invalid;
}

/** Whether path[start…end) can name a file. */
function isName(path: Slice<u8>, start: usize, end: usize): boolean {
  const length = end - start;
  if (length === 0 || length > LONGEST_NAME) return false;
  if (path[start] !== 0x2e) return true;
  return !(length === 1 || (length === 2 && path[start + 1] === 0x2e));
}

function hasNul(text: Slice<u8>): boolean {
  for (const byte of text) {
    if (byte === 0) return true;
  }
  return false;
}

/** Eight bytes at any address. @packed @size 8 */
class Word {
  value!: u64;
}

/** How many bytes two paths have in common from their beginning. */
function sharedLength(a: Slice<u8>, b: Slice<u8>): usize {
  const end = minimum(a.length, b.length);
  // Safe: only whole words inside both paths are looked at.
  const wordsOfA = sliceAt<Word>(addressOf(a), end / 8);
  const wordsOfB = sliceAt<Word>(addressOf(b), end / 8);
  let word: usize = 0;
  while (word < end / 8 && wordsOfA[word].value === wordsOfB[word].value) word++;
  let i = word * 8;
  while (i < end && a[i] === b[i]) i++;
  return i;
}

/** Whether a is smaller than b, bytewise; `shared` is their common length. */
function precedes(a: Slice<u8>, b: Slice<u8>, shared: usize): boolean {
  if (shared === a.length || shared === b.length) return a.length < b.length;
  return a[shared] < b[shared];
}
