// The kernel's heap: what create() and createArray() take from.
//
//   create ─▶ this CPU's magazine of the size class ─▶ pages of that class (slabs) ─▶ frames
//
// A magazine is a short stack of free objects, linked through their first words; it needs no lock, only that this
// CPU is not interrupted. A slab is one page cut into objects of one class. The frame table says which pages are slabs,
// of which class (`order`), how many objects are free and where the first one lies; so nothing is stored in the page itself,
// objects keep the alignment of their class, and a page whose objects have all come back is freed.
// Larger objects are runs of frames, up to 2 MiB.
// Invariants: an object is with its user, in one magazine, or on its slab's list; a slab is on its class's list of
// partial slabs exactly when it has a free object; memory is zero when it is given out.
// In the checked build freed objects bear a pattern (corruption.ts): one that is freed twice, or written to after, ends the machine.
// Any context except below a lock of the frames. Out of memory is an answer (0), never a panic.

import { isChecked } from "flavour";
import { pointer } from "unsafe";
import { currentCpu, MAXIMUM_CPUS } from "../arch/x86_64/cpu.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { PHYSICAL_MAP_BASE, type PhysicalAddress, physicalToVirtual, virtualToPhysical } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type Corruption, isSpoiled, spoil } from "./corruption.ts";
import { FRAME_SHIFT, FRAME_SIZE, Frame, FrameState, MAXIMUM_PHYSICAL } from "./frame_table.ts";
import { allocateFrame, allocateFrameRun, frameEntry, freeFrame, freeFrameRun } from "./frames.ts";
import { memoryCounts } from "./memory_counts.ts";
import { zeroPage, zeroSmall } from "./page_memory.ts";
import { classOfAligned, classOfSize, LARGEST_SMALL_OBJECT, OBJECT_ALIGNMENT, objectSize, SIZE_CLASSES } from "./size_classes.ts";
import { verifySlab } from "./slab_check.ts";

/** Objects that move between a magazine and the slabs at once, at most. */
const LARGEST_BATCH = 16;

/** Free objects of one class on one CPU. */
class Magazine {
  head: u64 = 0;
  count: u64 = 0;
}

/** What all CPUs share of one size class. */
class SizeClass {
  readonly lock = new SpinLock();
  /** Frame number of the first slab with a free object; 0 when there is none. */
  partial: u32 = 0;
  /** Pages of this class, full ones included. */
  slabs: u32 = 0;
}

class Heap {
  readonly magazines!: FixedArray<Magazine, 960>; // MAXIMUM_CPUS times SIZE_CLASSES
  readonly classes!: FixedArray<SizeClass, 15>;
}

const heap = new Heap();

/** For the checked build: says the class of the heap's locks. */
export function classifyHeapLocks(): void {
  for (const sizes of heap.classes) sizes.lock.classify(LockOrder.Heap);
}

/** Zeroed memory of `size` bytes at a multiple of `alignment` (a power of two, at most 4,096); 0 when there is none. @export barets_allocate */
export function allocateMemory(size: u64, alignment: u64): u64 {
  if (size > LARGEST_SMALL_OBJECT || alignment > LARGEST_SMALL_OBJECT) return allocatePages(size);
  const index = alignment > OBJECT_ALIGNMENT ? classOfAligned(size, alignment) : classOfSize(size);
  const object = takeObject(index);
  if (isChecked() && object !== 0 && !isSpoiled(object, objectSize(index))) {
    panic(`heap: the free object of ${objectSize(index)} bytes at ${hex(object)} was written to`);
  }
  if (object !== 0) zeroSmall(object, objectSize(index));
  return object;
}

/** Gives memory of allocateMemory back; `size` is the one that was asked for. @export barets_free */
export function freeMemoryBlock(address: u64, size: u64): void {
  const frame = virtualToPhysical(address);
  const entry = frameEntry(frame);
  assert(entry !== null, "heap: memory is freed that the heap never gave");
  if (entry.state !== FrameState.Slab) {
    const frames = (size + (FRAME_SIZE - 1)) >> FRAME_SHIFT;
    memoryCounts.heap.subtract(frames);
    freeFrameRun(frame, frames);
    return;
  }
  const index = u64(entry.order);
  if (isChecked()) spoilFreed(address, size, index);
  using _ = disableInterrupts();
  const magazine = heap.magazines[magazineIndex(index)];
  // A free object belongs to the heap, which keeps the link in its first word.
  pointer<u64>(address)[0] = magazine.head;
  magazine.head = address;
  magazine.count++;
  const batch = batchOf(index);
  if (magazine.count > 2 * batch) emptyMagazine(magazine, index, batch);
}

/** Before an object is freed in the checked build. */
function spoilFreed(address: u64, size: u64, index: u64): void {
  const length = objectSize(index);
  if (size > length) panic(`heap: an object of ${length} bytes at ${hex(address)} is freed as one of ${size}`);
  if ((address & (FRAME_SIZE - 1)) % length !== 0) panic(`heap: ${hex(address)} is freed, which is within an object`);
  if (isSpoiled(address, length)) panic(`heap: the object of ${length} bytes at ${hex(address)} is freed twice`);
  spoil(address, length);
}

function allocatePages(size: u64): u64 {
  if (size > u64(FRAME_SIZE) << 9) return 0;
  const frames = (size + (FRAME_SIZE - 1)) >> FRAME_SHIFT;
  const frame = allocateFrameRun(frames);
  if (u64(frame) === 0) return 0;
  memoryCounts.heap.add(frames);
  const address = physicalToVirtual(frame);
  zeroPage(address, frames);
  return address;
}

/** An object of a class, its content unknown; 0 when there is no memory. */
function takeObject(index: u64): u64 {
  using _ = disableInterrupts();
  const magazine = heap.magazines[magazineIndex(index)];
  if (magazine.count === 0 && !fillMagazine(magazine, index)) return 0;
  const object = magazine.head;
  magazine.head = pointer<u64>(object)[0];
  magazine.count--;
  return object;
}

/** @inline */
function magazineIndex(index: u64): u64 {
  return u64(currentCpu().index % MAXIMUM_CPUS) * SIZE_CLASSES + index;
}

/** @inline */
function batchOf(index: u64): u64 {
  return minimum(FRAME_SIZE / objectSize(index), LARGEST_BATCH);
}

/** Moves objects of partial slabs to an empty magazine; false when there is no memory. Interrupts are disabled. */
function fillMagazine(magazine: Magazine, index: u64): boolean {
  const sizeClass = heap.classes[index];
  using _ = sizeClass.lock.acquire();
  const batch = batchOf(index);
  while (magazine.count < batch) {
    if (sizeClass.partial === 0 && (magazine.count !== 0 || !addSlab(sizeClass, index))) break;
    const slab = frameAt(sizeClass.partial);
    const object = slabAddress(sizeClass.partial) + u64(slab.references.loadRelaxed());
    const next = pointer<u64>(object)[0];
    slab.references.storeRelaxed(u32(next));
    slab.count--;
    if (slab.count === 0) unlinkSlab(sizeClass, slab);
    pointer<u64>(object)[0] = magazine.head;
    magazine.head = object;
    magazine.count++;
  }
  return magazine.count !== 0;
}

/** Gives `count` objects of a magazine back to their slabs, and empty slabs back to the frames. Interrupts are disabled. */
function emptyMagazine(magazine: Magazine, index: u64, count: u64): void {
  const sizeClass = heap.classes[index];
  const perPage = FRAME_SIZE / objectSize(index);
  using _ = sizeClass.lock.acquire();
  for (let i: u64 = 0; i < count; i++) {
    const object = magazine.head;
    magazine.head = pointer<u64>(object)[0];
    magazine.count--;
    const frame = virtualToPhysical(object);
    const frameNumber = u32(u64(frame) >> FRAME_SHIFT);
    const slab = frameAt(frameNumber);
    pointer<u64>(object)[0] = u64(slab.references.loadRelaxed());
    slab.references.storeRelaxed(u32(object & (FRAME_SIZE - 1)));
    if (slab.count === 0) linkSlab(sizeClass, slab, frameNumber);
    slab.count++;
    if (u64(slab.count) === perPage) {
      unlinkSlab(sizeClass, slab);
      slab.state = FrameState.Allocated;
      slab.order = 0;
      slab.references.storeRelaxed(1);
      memoryCounts.heap.subtract(1);
      sizeClass.slabs--;
      freeFrame(frameAddress(frameNumber));
    }
  }
}

/** Makes a new page of free objects the first partial slab; false when there is no memory. */
function addSlab(sizeClass: SizeClass, index: u64): boolean {
  const frame = allocateFrame();
  if (u64(frame) === 0) return false;
  memoryCounts.heap.add(1);
  const frameNumber = u32(u64(frame) >> FRAME_SHIFT);
  const address = physicalToVirtual(frame);
  const size = objectSize(index);
  const perPage = FRAME_SIZE / size;
  // Each free object holds the offset of the next one in the page; the last one's is never followed.
  for (let i: u64 = 0; i < perPage; i++) pointer<u64>(address + i * size)[0] = (i + 1) * size;
  if (isChecked()) for (let i: u64 = 0; i < perPage; i++) spoil(address + i * size, size);
  sizeClass.slabs++;
  const slab = frameAt(frameNumber);
  slab.state = FrameState.Slab;
  slab.order = u8(index);
  slab.count = u16(perPage);
  slab.references.storeRelaxed(0);
  linkSlab(sizeClass, slab, frameNumber);
  return true;
}

function linkSlab(sizeClass: SizeClass, slab: Frame, frameNumber: u32): void {
  slab.next = sizeClass.partial;
  slab.previous = 0;
  if (slab.next !== 0) frameAt(slab.next).previous = frameNumber;
  sizeClass.partial = frameNumber;
}

function unlinkSlab(sizeClass: SizeClass, slab: Frame): void {
  if (slab.previous !== 0) frameAt(slab.previous).next = slab.next;
  else sizeClass.partial = slab.next;
  if (slab.next !== 0) frameAt(slab.next).previous = slab.previous;
}

/** How one size of small objects is used. */
export class SlabUse {
  objectSize: u64 = 0;
  /** Objects that somebody has, and those there are. */
  used: u64 = 0;
  objects: u64 = 0;
  slabs: u64 = 0;
}

/** Fills in how a class is used; what other CPUs take and free meanwhile may be missing. */
export function describeClass(index: u64, use: SlabUse): void {
  const sizeClass = heap.classes[index];
  use.objectSize = objectSize(index);
  using _ = sizeClass.lock.acquire();
  use.slabs = u64(sizeClass.slabs);
  use.objects = use.slabs * (FRAME_SIZE / use.objectSize);
  let free: u64 = 0;
  for (let slab = sizeClass.partial; slab !== 0; slab = frameAt(slab).next) free += u64(frameAt(slab).count);
  for (let cpu: u64 = 0; cpu < MAXIMUM_CPUS; cpu++) free += heap.magazines[cpu * SIZE_CLASSES + index].count;
  use.used = use.objects - minimum(free, use.objects);
}

/** Walks what all CPUs share: the slabs with free objects. @returns false when something is wrong, which is noted */
export function verifySlabs(corruption: Corruption): boolean {
  for (let index: u64 = 0; index < SIZE_CLASSES; index++) {
    const sizeClass = heap.classes[index];
    using _ = sizeClass.lock.acquire();
    let previous: u32 = 0;
    let count: u32 = 0;
    for (let slab = sizeClass.partial; slab !== 0; slab = frameAt(slab).next) {
      if (frameEntry(frameAddress(slab)) === null) return corruption.note("a list of slabs leads astray", u64(slab));
      if (!verifySlab(frameAt(slab), slabAddress(slab), index, isChecked(), corruption)) return false;
      if (frameAt(slab).previous !== previous)
        return corruption.note("a slab does not know the one before it", slabAddress(slab));
      count++;
      if (count > sizeClass.slabs) return corruption.note("more slabs have free objects than there are", slabAddress(slab));
      previous = slab;
    }
  }
  return true;
}

/** Walks this CPU's magazines. Interrupts are disabled. @returns false when something is wrong, which is noted */
export function verifyMagazines(corruption: Corruption): boolean {
  for (let index: u64 = 0; index < SIZE_CLASSES; index++) {
    const magazine = heap.magazines[magazineIndex(index)];
    const size = objectSize(index);
    let object = magazine.head;
    for (let i: u64 = 0; i < magazine.count; i++) {
      const entry = isKernelMemory(object) ? frameEntry(virtualToPhysical(object)) : null;
      const isObject = entry !== null && entry.state === FrameState.Slab && u64(entry.order) === index;
      if (!isObject || (object & (FRAME_SIZE - 1)) % size !== 0)
        return corruption.note("a CPU's list of free objects leads astray", object);
      if (isChecked() && !isSpoiled(object, size)) return corruption.note("a free object was written to", object);
      object = pointer<u64>(object)[0];
    }
  }
  return true;
}

/** Whether an address lies where frames are seen through. */
function isKernelMemory(address: u64): boolean {
  return address >= PHYSICAL_MAP_BASE && address - PHYSICAL_MAP_BASE < MAXIMUM_PHYSICAL;
}

function frameAt(frameNumber: u32): Frame {
  return frameEntry(frameAddress(frameNumber))!;
}

/** @inline */
function frameAddress(frameNumber: u32): PhysicalAddress {
  return (u64(frameNumber) << FRAME_SHIFT) as PhysicalAddress;
}

/** @inline */
function slabAddress(frameNumber: u32): u64 {
  return physicalToVirtual(frameAddress(frameNumber));
}
