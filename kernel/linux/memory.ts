// mmap, munmap, mprotect, mremap, brk: the arguments of Linux, in its order of checks, and what they mean to mm.
// mmap(2), mprotect(2), mremap(2); what Linux 6.1 does where they are silent.

import { isUserMode } from "../arch/x86_64/processor.ts";
import { Seal } from "../fs/abi.ts";
import { MemoryDevice, memoryDevice } from "../fs/device.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import type { Result } from "../lib/result.ts";
import { mapArea, roundUp, unmapRange } from "../mm/address_space.ts";
import { populateRange } from "../mm/advice.ts";
import { AreaFlag, PAGE_SIZE, Protection } from "../mm/area.ts";
import { moveBreak } from "../mm/break.ts";
import { memoryIsPlenty } from "../mm/frames.ts";
import type { PageSource } from "../mm/page_source.ts";
import { growingStart, protectRange } from "../mm/protect.ts";
import { remapArea } from "../mm/remap.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";
import { flagsOfFuture } from "./memory_advice.ts";
import { makeSharedMemory } from "./open.ts";
import { ringMapping } from "./uring_calls.ts";

/** Flags of mmap(2); the two lowest bits are the type. */
const enum MapFlag {
  Type = 0x0f,
  Fixed = 0x10,
  Anonymous = 0x20,
  Low = 0x40,
  GrowsDown = 0x100,
  Locked = 0x2000,
  NoReserve = 0x4000,
  Populate = 0x8000,
  NonBlocking = 0x1_0000,
  Stack = 0x2_0000,
  HugePages = 0x4_0000,
  FixedNoReplace = 0x10_0000,
}

/** MAP_HUGE_SHIFT: the logarithm of the size stands there. */
const HUGE_SIZE_SHIFT = 26;

const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_SHARED_VALIDATE = 3;
/** The flags that MAP_SHARED_VALIDATE knows: LEGACY_MAP_MASK and MAP_FIXED_NOREPLACE. */
const VALIDATED = 0x17_ff7f;

/** No file is longer: MAX_LFS_FILESIZE. */
const OFFSET_END = 0x7fff_ffff_ffff_ffff;

const PROTECTION_MASK = 7;
const PROT_SEM = 8;
const PROT_GROWSDOWN = 0x0100_0000;
const PROT_GROWSUP = 0x0200_0000;

/** Anonymous memory up to this many bytes is filled when it is mapped, in user mode. */
const FILLED_AT_ONCE = 4 * PAGE_SIZE;

/** mmap(2) */
export function sysMmap(address: u64, length: u64, protection: u64, flagBits: u64, descriptor: u64, offset: u64): i64 {
  const flags = u32(flagBits);
  if (offset % PAGE_SIZE !== 0) return errorCode(Errno.INVAL);
  if ((flags & MapFlag.Anonymous) !== 0) {
    // There is no pool of huge pages to map from; the usual memory gets them by itself.
    if ((flags & MapFlag.HugePages) !== 0) return errorCode(isHugeSize(flags >> HUGE_SIZE_SHIFT) ? Errno.NOMEM : Errno.INVAL);
    return mapAnonymous(address, length, u32(protection), flags);
  }
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const result = mapFile(address, length, u32(protection), flags, open, offset);
  open.release();
  return result;
}

function mapAnonymous(address: u64, length: u64, protection: u32, flags: u32): i64 {
  const kind = flags & MapFlag.Type;
  if (length === 0 || (kind !== MAP_SHARED && kind !== MAP_PRIVATE)) return errorCode(Errno.INVAL);
  if (kind === MAP_SHARED && (flags & MapFlag.GrowsDown) !== 0) return errorCode(Errno.INVAL);
  if (kind === MAP_SHARED) return mapShared(address, length, protection, areaFlags(flags));
  return map(address, length, protection, areaFlags(flags), null, 0);
}

/** Shared memory without a file: a file without a name, so that it has one content however often it is mapped. */
function mapShared(address: u64, length: u64, protection: u32, flags: u32): i64 {
  if (length > APPLICATION_END) return errorCode(Errno.NOMEM);
  const dentry = makeSharedMemory(roundUp(length), "/dev/zero");
  if (dentry === null) return errorCode(Errno.NOMEM);
  const inode = dentry.inode;
  const source = inode.pageSource()!;
  const mapped = map(address, length, protection, flags, source, 0);
  dentry.release();
  return mapped;
}

/** Whether the size that MAP_HUGETLB names is one that the processor has, or none is named. */
function isHugeSize(bits: u32): boolean {
  const size = bits & 0x3f;
  return size === 0 || size === 21 || size === 30;
}

function mapFile(address: u64, length: u64, protection: u32, flags: u32, open: OpenFile, offset: u64): i64 {
  if (length === 0 || open.pathOnly) return errorCode(open.pathOnly ? Errno.BADF : Errno.INVAL);
  if (length > ~u64(0) - PAGE_SIZE) return errorCode(Errno.NOMEM);
  if (offset > OFFSET_END || roundUp(length) > OFFSET_END - offset) return errorCode(Errno.OVERFLOW);
  let kept = areaFlags(flags);
  const kind = flags & MapFlag.Type;
  if (kind === MAP_SHARED || kind === MAP_SHARED_VALIDATE) {
    if (kind === MAP_SHARED_VALIDATE && (flags & ~VALIDATED) !== 0) return errorCode(Errno.OPNOTSUPP);
    if ((protection & Protection.Write) !== 0 && !open.writable) return errorCode(Errno.ACCES);
    kept |= AreaFlag.Shared;
    if (!open.writable) kept |= AreaFlag.WriteDenied;
  } else if (kind !== MAP_PRIVATE) {
    return errorCode(Errno.INVAL);
  }
  if (!open.readable) return errorCode(Errno.ACCES);
  const inode = open.dentry.inode;
  if (inode.device === memoryDevice(MemoryDevice.Zero))
    return mapZeros(address, length, protection, kept & ~AreaFlag.WriteDenied);
  // Sealed against writing: nobody may get a mapping that could write, now or by mprotect.
  if ((kept & AreaFlag.Shared) !== 0 && (inode.seals & (Seal.Write | Seal.FutureWrite)) !== 0) {
    if ((protection & Protection.Write) !== 0) return errorCode(Errno.PERM);
    kept |= AreaFlag.WriteDenied;
  }
  if (open.ringAddress !== 0) {
    const ring = ringMapping(open, offset);
    return ring === null ? errorCode(Errno.NOMEM) : map(address, length, protection, kept, ring, offset);
  }
  const source = inode.pageSource();
  if (source === null || (flags & MapFlag.GrowsDown) !== 0) return errorCode(source === null ? Errno.NODEV : Errno.INVAL);
  return map(address, length, protection, kept, source, offset);
}

/** /dev/zero: memory as without a file. */
function mapZeros(address: u64, length: u64, protection: u32, flags: u32): i64 {
  if ((flags & AreaFlag.Shared) !== 0) return mapShared(address, length, protection, flags);
  return map(address, length, protection, flags, null, 0);
}

function map(address: u64, length: u64, protection: u32, flags: u32, source: PageSource | null, offset: u64): i64 {
  const all = flags | flagsOfFuture();
  const mapped = mapArea(address, length, protection & PROTECTION_MASK, all, source, offset);
  // A page that cannot be had now will be missed when it is touched.
  const populates = (all & AreaFlag.Populate) !== 0 || (source === null && isFilledAtOnce(length, protection, flags));
  if (mapped.ok && populates) populateRange(mapped.value, mapped.value + roundUp(length));
  return resultCode(mapped);
}

/** In user mode a fault costs more than a page or two that nobody will touch: small memory is there at once. */
function isFilledAtOnce(length: u64, protection: u32, flags: u32): boolean {
  if (!isUserMode() || length > FILLED_AT_ONCE || (protection & Protection.Write) === 0) return false;
  return (flags & (AreaFlag.NoReserve | AreaFlag.GrowsDown)) === 0 && memoryIsPlenty();
}

/** What mm is to know of mmap's flags. */
function areaFlags(flags: u32): u32 {
  let kept: u32 = 0;
  if ((flags & MapFlag.Type) === MAP_SHARED) kept |= AreaFlag.Shared;
  if ((flags & MapFlag.Fixed) !== 0) kept |= AreaFlag.Fixed;
  if ((flags & MapFlag.FixedNoReplace) !== 0) kept |= AreaFlag.FixedNoReplace;
  if ((flags & MapFlag.Low) !== 0) kept |= AreaFlag.Low;
  if ((flags & MapFlag.GrowsDown) !== 0) kept |= AreaFlag.GrowsDown;
  if ((flags & MapFlag.NoReserve) !== 0) kept |= AreaFlag.NoReserve;
  if ((flags & MapFlag.Stack) !== 0) kept |= AreaFlag.NoHuge;
  if ((flags & MapFlag.Locked) !== 0) kept |= AreaFlag.Locked | AreaFlag.Populate;
  if ((flags & (MapFlag.Populate | MapFlag.NonBlocking)) === MapFlag.Populate) kept |= AreaFlag.Populate;
  return kept;
}

/** munmap(2) */
export function sysMunmap(address: u64, length: u64): i64 {
  return errorCode(unmapRange(address, length));
}

/** mprotect(2) */
export function sysMprotect(address: u64, length: u64, protection: u64): i64 {
  const bits = u32(protection);
  const grows = bits & (PROT_GROWSDOWN | PROT_GROWSUP);
  if (grows === (PROT_GROWSDOWN | PROT_GROWSUP)) return errorCode(Errno.INVAL);
  if (address % PAGE_SIZE !== 0) return errorCode(Errno.INVAL);
  if (length === 0) return 0;
  if (address + roundUp(length) <= address) return errorCode(Errno.NOMEM);
  if ((bits & ~(PROTECTION_MASK | PROT_SEM | grows)) !== 0) return errorCode(Errno.INVAL);
  if (grows === 0) return errorCode(protectRange(address, length, bits & PROTECTION_MASK));
  // Down to the start of a stack that grows. None grows upwards.
  const start = grows === PROT_GROWSDOWN ? growingStart(address) : 0;
  if (start === 0) return errorCode(Errno.INVAL);
  return errorCode(protectRange(start, roundUp(length) + (address - start), bits & PROTECTION_MASK));
}

/** pkey_mprotect(2): there are no protection keys, as on a processor without them. */
export function sysPkeyMprotect(address: u64, length: u64, protection: u64, key: u64): i64 {
  return i32(key) === -1 ? sysMprotect(address, length, protection) : errorCode(Errno.INVAL);
}

/** pkey_alloc(2) */
export function sysPkeyAlloc(flags: u64, rights: u64): i64 {
  return errorCode(flags !== 0 || (rights & ~u64(3)) !== 0 ? Errno.INVAL : Errno.NOSPC);
}

/** pkey_free(2) */
export function sysPkeyFree(key: u64): i64 {
  return errorCode(Errno.INVAL);
}

/** mremap(2) */
export function sysMremap(address: u64, oldLength: u64, newLength: u64, flags: u64, newAddress: u64): i64 {
  // Bits beyond 32 are flags that nobody knows.
  if (flags > 0xffff_ffff) return errorCode(Errno.INVAL);
  return resultCode(remapArea(address, oldLength, newLength, u32(flags), newAddress));
}

/** brk(2): the break as it is afterwards, never an error. */
export function sysBrk(address: u64): i64 {
  return i64(moveBreak(address));
}

function resultCode(result: Result<u64>): i64 {
  return result.ok ? i64(result.value) : errorCode(result.error);
}
