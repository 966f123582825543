// Page tables: the form of their entries, where physical memory is seen, and how translations are dropped.
// Intel SDM 3A, 4.5 (4-level paging). The application's tables are mm's; this file has what the machine itself needs.

import { addressOf, pointer } from "unsafe";
import { features } from "./features.ts";
import { invalidateAllTranslations, invalidateTranslations, reloadTranslations } from "./processor.ts";

/** An address on the memory bus. */
export type PhysicalAddress = Flavour<u64, "PhysicalAddress">;

/** All physical memory is seen from here on (slot 384 of the top table). */
export const PHYSICAL_MAP_BASE = 0xffff_c000_0000_0000;
/** The kernel's own mappings: devices, stacks (slot 416). */
export const KERNEL_MAP_BASE = 0xffff_d000_0000_0000;
/** The kernel image is linked here, plus its physical address. */
export const KERNEL_IMAGE_BASE = 0xffff_ffff_8000_0000;

/** Bits of an entry (Intel SDM 3A, tables 4-15 to 4-20). */
export const enum PageFlag {
  Present = 0x1,
  Writable = 0x2,
  User = 0x4,
  WriteThrough = 0x8,
  Uncached = 0x10,
  Accessed = 0x20,
  Dirty = 0x40,
  /** In the second and third level: the entry is a page of 2 MiB or 1 GiB. */
  Large = 0x80,
  Global = 0x100,
  NoExecute = 0x8000_0000_0000_0000,
}

const PAGE_2M: u64 = 0x20_0000;
/** Page tables of the kernel's image, 2 MiB each (kernel.ld). */
const IMAGE_TABLES = 4;
const PAGE_1G: u64 = 0x4000_0000;

/** @extern page_table_root */
declare function pageTableRoot(): void;
/** @extern direct_map_level3 */
declare function directMapLevel3(): void;
/** @extern image_level2 */
declare function imageLevel2(): void;
/** @extern image_level1 */
declare function imageLevel1(): void;
/** @extern __text_start */
declare function textStart(): void;
/** @extern __rodata_start */
declare function rodataStart(): void;
/** @extern __data_start */
declare function dataStart(): void;
/** @extern __image_end */
declare function imageEnd(): void;

/**
 * Where the kernel sees a physical address.
 * @inline
 */
export function physicalToVirtual(address: PhysicalAddress): u64 {
  return u64(address) + PHYSICAL_MAP_BASE;
}

/**
 * The physical address behind an address of the direct map or of the kernel image.
 * @inline
 */
export function virtualToPhysical(address: u64): PhysicalAddress {
  if (address >= KERNEL_IMAGE_BASE) return (address - KERNEL_IMAGE_BASE) as PhysicalAddress;
  return (address - PHYSICAL_MAP_BASE) as PhysicalAddress;
}

/** Physical address of the one top page table. */
export function pageTableRootAddress(): PhysicalAddress {
  return virtualToPhysical(addressOf(pageTableRoot));
}

/** Drops the translation of a page on this CPU. */
export function flushPage(address: u64): void {
  invalidateTranslations(address, 1);
}

/** Drops the translations of the application's pages in [start, end) on this CPU, perhaps of more of them. */
export function flushPages(start: u64, end: u64): void {
  invalidateTranslations(start, (end - start) >> 12);
}

/** Drops all translations of the application's pages on this CPU. */
export function flushApplication(): void {
  reloadTranslations();
}

/** Drops all translations on this CPU, the kernel's global ones too. */
export function flushAll(): void {
  invalidateAllTranslations();
}

/**
 * Makes the direct map reach up to `end`: start.S has mapped the first GiB. In pages of 1 GiB where the processor has them,
 * else in tables of 2 MiB pages, each a page from `allocate` (zeroed, below the first GiB).
 */
export function extendDirectMap(end: u64, allocate: Static<() => u64>): void {
  // Safe: these tables are the ones that start.S made, seen through the image.
  const level3 = pointer<u64>(addressOf(directMapLevel3));
  const flags = u64(PageFlag.Present) | PageFlag.Writable | PageFlag.User | PageFlag.Large | PageFlag.Global;
  for (let base = PAGE_1G; base < end; base += PAGE_1G) {
    const slot = base / PAGE_1G;
    if (slot >= 512) panic("paging: more than 512 GiB of memory");
    if (features.hugePages) {
      level3[slot] = base | flags;
      continue;
    }
    const table = allocate();
    level3[slot] = table | u64(PageFlag.Present) | PageFlag.Writable | PageFlag.User;
    // Safe: the page is new, and seen through the first GiB of the direct map.
    const level2 = pointer<u64>(table + PHYSICAL_MAP_BASE);
    const last = minimum(end, base + PAGE_1G);
    for (let page = base; page < last; page += PAGE_2M) level2[(page - base) / PAGE_2M] = page | flags;
  }
}

/**
 * Gives the parts of the kernel's image their permissions, page by page: text is read and executed, constants are read, data is
 * written. start.S maps all of it in large pages. Takes effect with the next flush of everything (finishPaging).
 */
export function protectImage(): void {
  // Safe: these tables are start.S's, seen through the image; the image ends below 8 MiB, which four tables side by side map (kernel.ld).
  const table = pointer<u64>(addressOf(imageLevel1));
  const flags = u64(PageFlag.Present) | PageFlag.User | PageFlag.Global;
  const constants = addressOf(rodataStart);
  const data = addressOf(dataStart);
  for (let address = addressOf(textStart); address < addressOf(imageEnd); address += 4096) {
    const physical = address - KERNEL_IMAGE_BASE;
    let entry = physical | flags;
    if (address >= data) entry |= PageFlag.Writable | PageFlag.NoExecute;
    else if (address >= constants) entry |= PageFlag.NoExecute;
    table[physical >> 12] = entry;
  }
  const level2 = pointer<u64>(addressOf(imageLevel2));
  const first = u64(virtualToPhysical(addressOf(imageLevel1))) | PageFlag.Present | PageFlag.Writable | PageFlag.User;
  for (let i: u64 = 0; i < IMAGE_TABLES; i++) level2[i] = first + i * 4096;
}

/** Takes the mapping of the first GiB away from address 0, which start.S needed: from here on that half is the application's. */
export function finishPaging(): void {
  // Safe: the table is the one that start.S made.
  pointer<u64>(addressOf(pageTableRoot))[0] = 0;
  flushAll();
}

/** The kernel's entries of the top page table (slots 256 to 511), for the tables of secondary CPUs on their way up. */
export function copyKernelSlots(table: u64): void {
  const root = pointer<u64>(addressOf(pageTableRoot));
  // Safe: the caller gives a page of its own.
  const copy = pointer<u64>(table);
  for (let slot: u64 = 256; slot < 512; slot++) copy[slot] = root[slot];
  copy[0] = (addressOf(directMapLevel3) - KERNEL_IMAGE_BASE) | PageFlag.Present | PageFlag.Writable | PageFlag.User;
}
