// The dynamic section: which libraries a program needs and where it wants them looked for.
// gABI, chapter 5, "Dynamic Section".

import type { ByteSource } from "./byte-source.ts";
import { sound } from "./elf-error.ts";
import type { Segment } from "./elf-file.ts";

export interface DynamicSection {
  /** Names (DT_NEEDED) in order. */
  needed: string[];
  /** This library's own name (DT_SONAME). */
  soname: string | undefined;
  /** Folders separated by colons (DT_RPATH, DT_RUNPATH), tokens not yet replaced. */
  rpath: string | undefined;
  runpath: string | undefined;
  /** The program says that it is a position-independent executable (DF_1_PIE). */
  isProgram: boolean;
  /** Default folders are not to be searched (DF_1_NODEFLIB). */
  noDefaultFolders: boolean;
  /** True when it refers to the C library's calls that load libgcc_s.so.1 while the program runs. */
  unwinds: boolean;
}

const Tag = {
  end: 0,
  needed: 1,
  stringTable: 5,
  stringSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  flags1: 0x6ffffffb,
} as const;
const FLAG_1_NODEFLIB = 0x800n;
const FLAG_1_PIE = 0x08000000n;
const ENTRY_SIZE = 16;
/** Far above real ones: the largest libraries have some dozens of entries, and megabytes of names. */
const SECTION_LIMIT = 64 * 1024;
const STRINGS_LIMIT = 256 * 1024 * 1024;

/** glibc loads the unwinder on the first use of these (sysdeps/generic/unwind-resume). */
const UNWINDING_CALLS = ["pthread_exit", "pthread_cancel", "backtrace", "thrd_exit"].map((name) => Buffer.from(`\0${name}\0`));

/** @throws ElfError */
export function readDynamicSection(
  source: ByteSource,
  place: { offset: number; fileSize: number },
  segments: readonly Segment[],
): DynamicSection {
  sound(place.fileSize <= SECTION_LIMIT, `its dynamic section has ${place.fileSize} bytes`);
  const entries = readEntries(source.read(place.offset, place.fileSize));
  const value = (tag: number): bigint | undefined => entries.find((entry) => entry.tag === BigInt(tag))?.value;
  const strings = readStrings(source, segments, value(Tag.stringTable), value(Tag.stringSize));

  const string = (tag: number): string | undefined => {
    const offset = value(tag);
    return offset === undefined ? undefined : stringAt(strings, offset);
  };
  const flags1 = value(Tag.flags1) ?? 0n;
  return {
    needed: entries.filter((entry) => entry.tag === BigInt(Tag.needed)).map((entry) => stringAt(strings, entry.value)),
    soname: string(Tag.soname),
    rpath: string(Tag.rpath),
    runpath: string(Tag.runpath),
    isProgram: (flags1 & FLAG_1_PIE) !== 0n,
    noDefaultFolders: (flags1 & FLAG_1_NODEFLIB) !== 0n,
    unwinds: UNWINDING_CALLS.some((name) => strings.includes(name)),
  };
}

function readEntries(bytes: Buffer): { tag: bigint; value: bigint }[] {
  const entries: { tag: bigint; value: bigint }[] = [];
  for (let start = 0; start + ENTRY_SIZE <= bytes.length; start += ENTRY_SIZE) {
    const tag = bytes.readBigInt64LE(start);
    if (tag === BigInt(Tag.end)) break;
    entries.push({ tag, value: bytes.readBigUInt64LE(start + 8) });
  }
  return entries;
}

/** The string table is named by its address in memory; a segment says where in the file that is. */
function readStrings(
  source: ByteSource,
  segments: readonly Segment[],
  address: bigint | undefined,
  size: bigint | undefined,
): Buffer {
  if (address === undefined || size === undefined) return Buffer.alloc(0);
  sound(size <= BigInt(STRINGS_LIMIT), `its table of names has ${size} bytes`);
  const segment = segments.find(
    ({ address: start, fileSize }) => address >= BigInt(start) && address + size <= BigInt(start) + BigInt(fileSize),
  );
  sound(segment !== undefined, "its table of names is in no segment");
  return source.read(segment.offset + Number(address - BigInt(segment.address)), Number(size));
}

function stringAt(strings: Buffer, offset: bigint): string {
  sound(offset < BigInt(strings.length), "the dynamic section names a string outside its table");
  const end = strings.indexOf(0, Number(offset));
  sound(end >= 0, "a name in the dynamic section has no end");
  return strings.toString("utf8", Number(offset), end);
}
