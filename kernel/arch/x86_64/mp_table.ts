// The number of CPUs where there is no ACPI (QEMU's microvm with its small firmware): Intel MultiProcessor Specification 1.4, chapter 4.

import { pointer } from "unsafe";
import { PHYSICAL_MAP_BASE } from "./paging.ts";

const POINTER_SIGNATURE: u32 = 0x5f50_4d5f; // "_MP_"
const TABLE_SIGNATURE: u32 = 0x504d_4350; // "PCMP"
/** The pointer lies on a multiple of 16 in the last KiB of base memory or in the BIOS's 64 KiB (4, first page). */
const BASE_MEMORY_LAST: u64 = 0x9_fc00;
const BASE_MEMORY_END: u64 = 0xa_0000;
const BIOS_START: u64 = 0xf_0000;
const BIOS_END: u64 = 0x10_0000;
const HEADER_SIZE: u64 = 44;
const PROCESSOR_SIZE: u64 = 20;
const PROCESSOR: u32 = 0;
/** All other entries of the base table (table 4-3). */
const OTHER_SIZE: u64 = 8;

function wordAt(physical: u64): u32 {
  // Safe: the first MiB is in the direct map, and the tables lie there.
  return pointer<u32>(physical + PHYSICAL_MAP_BASE)[0];
}

/** Enabled CPUs in the table; 1 when there is none. */
export function countProcessorsInMpTable(): u32 {
  let found = findPointer(BASE_MEMORY_LAST, BASE_MEMORY_END);
  if (found === 0) found = findPointer(BIOS_START, BIOS_END);
  if (found === 0) return 1;
  const table = u64(wordAt(found + 4));
  if (table === 0 || table >= BIOS_END || wordAt(table) !== TABLE_SIGNATURE) return 1;
  const end = table + u64(wordAt(table + 4) & 0xffff);
  let processors: u32 = 0;
  let entry = table + HEADER_SIZE;
  while (entry < end) {
    const word = wordAt(entry);
    const isProcessor = (word & 0xff) === PROCESSOR;
    // Byte 3, bit 0: usable (4.3.1).
    if (isProcessor && (word & 0x100_0000) !== 0) processors++;
    entry += isProcessor ? PROCESSOR_SIZE : OTHER_SIZE;
  }
  return maximum(processors, 1);
}

function findPointer(start: u64, end: u64): u64 {
  for (let at = start; at < end; at += 16) {
    if (wordAt(at) === POINTER_SIGNATURE) return at;
  }
  return 0;
}
