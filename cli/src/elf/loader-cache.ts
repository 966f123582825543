// /etc/ld.so.cache for the image: it tells glibc's loader where each library of the closure lies. So the guest finds what
// was found here, also in folders that only the host's ld.so.conf names, and without probing dozens of paths.
//
//   header, 48 bytes │ entries, 24 bytes each, sorted descending by name │ strings
//
// The format is glibc's "new" one, alone since 2.32 (sysdeps/generic/dl-cache.h, struct cache_file_new).

import type { Library } from "./closure.ts";

const MAGIC = "glibc-ld.so.cache1.1";
const HEADER_SIZE = 48;
const ENTRY_SIZE = 24;
const HeaderOffset = { count: 20, stringsLength: 24, flags: 28 } as const;
const LITTLE_ENDIAN = 2;
/** FLAG_X8664_LIB64 | FLAG_ELF_LIBC6. */
const LIBRARY_FLAGS = 0x0303;

export function encodeLoaderCache(libraries: readonly Library[]): Buffer {
  // The loader searches by halving, in descending order of its own comparison.
  const sorted = [...libraries].sort((left, right) => compareNames(right.name, left.name));
  const stringsStart = HEADER_SIZE + sorted.length * ENTRY_SIZE;
  const entries = Buffer.alloc(sorted.length * ENTRY_SIZE);
  const strings: Buffer[] = [];
  let end = stringsStart;
  const addString = (text: string): number => {
    const bytes = Buffer.from(`${text}\0`);
    strings.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  for (const [position, { name, path }] of sorted.entries()) {
    const start = position * ENTRY_SIZE;
    entries.writeUInt32LE(LIBRARY_FLAGS, start);
    entries.writeUInt32LE(addString(name), start + 4);
    entries.writeUInt32LE(addString(path), start + 8);
  }
  const header = Buffer.alloc(HEADER_SIZE);
  header.write(MAGIC, 0, "latin1");
  header.writeUInt32LE(sorted.length, HeaderOffset.count);
  header.writeUInt32LE(end - stringsStart, HeaderOffset.stringsLength);
  header.writeUInt8(LITTLE_ENDIAN, HeaderOffset.flags);
  return Buffer.concat([header, entries, ...strings]);
}

/** glibc's order of library names: runs of digits compare as numbers, and a digit is above any other character. */
export function compareNames(left: string, right: string): number {
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const leftDigits = /^\d+/.exec(left.slice(i))?.[0];
    const rightDigits = /^\d+/.exec(right.slice(j))?.[0];
    if (leftDigits !== undefined && rightDigits !== undefined) {
      const difference = BigInt(leftDigits) - BigInt(rightDigits);
      if (difference !== 0n) return difference > 0n ? 1 : -1;
      i += leftDigits.length;
      j += rightDigits.length;
    } else if (leftDigits !== undefined) {
      return 1;
    } else if (rightDigits !== undefined) {
      return -1;
    } else {
      const difference = left.charCodeAt(i) - right.charCodeAt(j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
  }
  return left.length - i - (right.length - j);
}
