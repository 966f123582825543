// What the hypervisor says at the start: memory, the initial image, ACPI. "x86/HVM direct boot ABI" (Xen,
// xen/include/public/arch-x86/hvm/start_info.h). It lies in the first GiB, which the direct map has from the first instruction.

import { objectAt, pointer, sliceAt } from "unsafe";
import { PHYSICAL_MAP_BASE } from "./paging.ts";

const START_MAGIC: u32 = 0x336e_c578;

const LONGEST_COMMAND_LINE = 2048;

/** @size 56 */
export class StartInformation {
  magic!: u32;
  version!: u32;
  flags!: u32;
  moduleCount!: u32;
  modules!: u64;
  commandLine!: u64;
  acpiRootPointer!: u64;
  memoryMap!: u64;
  memoryMapEntries!: u32;
  reserved!: u32;
}

/** @size 32 */
export class StartModule {
  address!: u64;
  size!: u64;
  commandLine!: u64;
  reserved!: u64;
}

/** Kinds of memory, as E820 numbers them. */
export const enum MemoryKind {
  Usable = 1,
  Reserved = 2,
  AcpiTables = 3,
}

/** @size 24 */
export class MemoryMapEntry {
  address!: u64;
  size!: u64;
  kind!: u32;
  reserved!: u32;
}

/** The start information at a physical address. Panics when it is something else. */
export function startInformationAt(physical: u64): StartInformation {
  // Safe: the hypervisor's address, in the first GiB; the magic number says whether it is what we think.
  const start = objectAt<StartInformation>(physical + PHYSICAL_MAP_BASE);
  if (start.magic !== START_MAGIC) panic(`start: no PVH start information at ${hex(physical)}`);
  if (start.version < 1 || start.memoryMapEntries === 0) panic("start: the hypervisor gives no memory map");
  return start;
}

/** The memory map. */
export function memoryMapOf(start: StartInformation): Slice<MemoryMapEntry> {
  // Safe: as above.
  return sliceAt<MemoryMapEntry>(start.memoryMap + PHYSICAL_MAP_BASE, u64(start.memoryMapEntries));
}

/** The kernel's command line; it lies in memory that is given away later. Longer ones are cut. */
export function commandLineOf(start: StartInformation): Slice<u8> {
  if (start.commandLine === 0) return bytes("");
  // Safe: as above, and the text is read up to its end only.
  const text = pointer<u8>(start.commandLine + PHYSICAL_MAP_BASE);
  let length: usize = 0;
  while (length < LONGEST_COMMAND_LINE && text[length] !== 0) length++;
  return sliceAt<u8>(text.address, length);
}

/** The modules that the hypervisor loaded; the first is the initial image. */
export function modulesOf(start: StartInformation): Slice<StartModule> {
  return sliceAt<StartModule>(start.modules + PHYSICAL_MAP_BASE, u64(start.moduleCount));
}
