// The machine's CPUs and interrupt lines, from the ACPI table MADT. ACPI Specification 6.5: RSDP 5.2.5.3, RSDT 5.2.7, XSDT 5.2.8,
// MADT 5.2.12. Tables come from the hypervisor, lie in memory that the direct map reaches, and are read as bytes.

import { pointer } from "unsafe";
import { overrideLine } from "./io_apic.ts";
import { countProcessorsInMpTable } from "./mp_table.ts";
import { PHYSICAL_MAP_BASE } from "./paging.ts";

const MADT_SIGNATURE: u32 = 0x4349_5041; // "APIC"
/** Length of a table's header; the entries of RSDT and XSDT follow it. */
const HEADER_SIZE = 36;
/** The MADT's own fields end here. */
const MADT_ENTRIES = 44;
const LARGEST_TABLE: u32 = 0x10_0000;

/** Kinds of entries in the MADT (table 5.21). */
const enum MadtEntry {
  LocalApic = 0,
  InterruptOverride = 2,
}

function byteAt(physical: u64): u8 {
  // Safe: the direct map reaches the tables (extendDirectMap), and reading has no effect.
  return pointer<u8>(physical + PHYSICAL_MAP_BASE)[0];
}

function wordAt(physical: u64): u32 {
  return (
    u32(byteAt(physical)) |
    (u32(byteAt(physical + 1)) << 8) |
    (u32(byteAt(physical + 2)) << 16) |
    (u32(byteAt(physical + 3)) << 24)
  );
}

/** Usable CPUs; interrupt overrides are taken over on the way. Without ACPI the older table of the MP specification serves. */
export function readProcessors(rootPointer: u64): u32 {
  if (rootPointer === 0) return countProcessorsInMpTable();
  const isExtended = byteAt(rootPointer + 15) >= 2;
  const root = isExtended ? u64(wordAt(rootPointer + 24)) | (u64(wordAt(rootPointer + 28)) << 32) : u64(wordAt(rootPointer + 16));
  const step: u64 = isExtended ? 8 : 4;
  const length = wordAt(root + 4);
  if (length > LARGEST_TABLE) return 1;
  for (let at: u64 = HEADER_SIZE; at + step <= u64(length); at += step) {
    let table = u64(wordAt(root + at));
    if (isExtended) table |= u64(wordAt(root + at + 4)) << 32;
    if (wordAt(table) === MADT_SIGNATURE) return readMadt(table);
  }
  return 1;
}

function readMadt(table: u64): u32 {
  const length = minimum(wordAt(table + 4), LARGEST_TABLE);
  let processors: u32 = 0;
  let at: u64 = MADT_ENTRIES;
  while (at + 2 <= u64(length)) {
    const entry = table + at;
    const size = u64(byteAt(entry + 1));
    if (size < 2) break;
    const kind = byteAt(entry);
    // Flags bit 0: enabled (5.2.12.2).
    if (kind === MadtEntry.LocalApic && (wordAt(entry + 4) & 1) !== 0) processors++;
    if (kind === MadtEntry.InterruptOverride) {
      // Flags: polarity in bits 0 and 1 (3: active low), trigger in bits 2 and 3 (3: level) (5.2.12.5).
      const flags = wordAt(entry + 8) & 0xf;
      overrideLine(u32(byteAt(entry + 3)), wordAt(entry + 4), (flags & 0xc) === 0xc, (flags & 3) === 3);
    }
    at += size;
  }
  return maximum(processors, 1);
}
