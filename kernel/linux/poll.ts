// poll(2), ppoll(2), select(2), pselect6(2).

import { addressOf, sliceAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { PollEvent } from "../fs/abi.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyFromUser, copyToUser, readUser64, type UserPointer } from "../mm/user_memory.ts";
import { Resource, softLimit } from "./limits.ts";
import { PollSet } from "./poll_set.ts";
import { resumeSignalMask, suspendSignalMask } from "./signals.ts";
import { readTimespec, readTimeval, writeTimespec, writeTimeval } from "./timespec.ts";

const MILLISECOND = 1_000_000;
const SIGNAL_SET_SIZE = 8;

/** struct pollfd. @size 8 */
class PollDescriptor {
  descriptor: i32 = 0;
  events: u16 = 0;
  found: u16 = 0;
}

/** How long a call may wait. */
class Patience {
  /** Monotonic nanoseconds; 0 for no end. */
  deadline: u64 = 0;
  mayWait = true;

  /** For a time from now. */
  set(nanoseconds: u64): void {
    this.mayWait = nanoseconds !== 0;
    if (this.mayWait) this.deadline = monotonicNanoseconds() + nanoseconds;
  }

  /** What is left, for calls that report it. */
  left(): u64 {
    if (!this.mayWait) return 0;
    const now = monotonicNanoseconds();
    return now < this.deadline ? this.deadline - now : 0;
  }
}

/** poll(2) */
export function sysPoll(address: u64, count: u64, timeout: u64): i64 {
  const patience = new Patience();
  if (i32(timeout) >= 0) patience.set(u64(u32(timeout)) * MILLISECOND);
  return poll(address, u64(u32(count)), patience);
}

/** ppoll(2) */
export function sysPpoll(address: u64, count: u64, timeAddress: u64, maskAddress: u64, maskSize: u64): i64 {
  const patience = new Patience();
  if (timeAddress !== 0) {
    const time = readTimespec(timeAddress);
    if (!time.ok) return errorCode(time.error);
    patience.set(time.value);
  }
  const masked = setMask(maskAddress, maskSize);
  if (masked !== Errno.NONE) return errorCode(masked);
  const result = poll(address, u64(u32(count)), patience);
  clearMask(result);
  // The time that is left is reported; a bad address is not an error any more.
  if (timeAddress !== 0) writeTimespec(timeAddress, patience.left());
  return result;
}

/** Blocks other signals for the time of a call. */
function setMask(address: u64, size: u64): Errno {
  if (address === 0) return Errno.NONE;
  if (size !== SIGNAL_SET_SIZE) return Errno.INVAL;
  const mask = readUser64(address as UserPointer);
  if (!mask.ok) return mask.error;
  suspendSignalMask(mask.value);
  return Errno.NONE;
}

function clearMask(result: i64): void {
  if (!isInterrupted(result)) resumeSignalMask();
}

/** Whether delivery still has to see the call's mask. */
function isInterrupted(result: i64): boolean {
  return result === errorCode(Errno.INTR) || result === errorCode(Errno.RESTARTNOHAND);
}

function poll(address: u64, count: u64, patience: Patience): i64 {
  if (count > softLimit(Resource.OpenFiles)) return errorCode(Errno.INVAL);
  if (count > SMALL_COUNT) return pollMany(address, count, patience);
  const few = new FewDescriptors();
  return pollThese(few.all.slice(0, count), address, patience);
}

const SMALL_COUNT = 8;

class FewDescriptors {
  readonly all!: FixedArray<PollDescriptor, 8>;
}

function pollMany(address: u64, count: u64, patience: Patience): i64 {
  const descriptors = createArray<PollDescriptor>(count);
  if (descriptors === null) return errorCode(Errno.NOMEM);
  const result = pollThese(descriptors, address, patience);
  destroyArray(descriptors);
  return result;
}

function pollThese(descriptors: Slice<PollDescriptor>, address: u64, patience: Patience): i64 {
  // Safe: the bytes of the descriptors themselves; every pattern is a value.
  const raw = sliceAt<u8>(addressOf(descriptors), descriptors.length * sizeOf<PollDescriptor>());
  const error = copyFromUser(raw, address as UserPointer);
  if (error !== Errno.NONE) return errorCode(error);
  const set = new PollSet();
  using _ = set;
  const begun = set.begin(descriptors.length);
  if (begun !== Errno.NONE) return errorCode(begun);
  for (let i: usize = 0; i < descriptors.length; i++) set.set(i, descriptors[i].descriptor, u32(descriptors[i].events));
  const outcome = set.wait(patience.deadline, patience.mayWait);
  if (outcome.interrupted) return errorCode(patience.deadline === 0 ? Errno.RESTARTNOHAND : Errno.INTR);
  for (let i: usize = 0; i < descriptors.length; i++) descriptors[i].found = u16(set.slots()[i].found);
  const copied = copyToUser(address as UserPointer, raw);
  return copied === Errno.NONE ? i64(outcome.found) : errorCode(copied);
}

// ---- select ---------------------------------------------------------------------------------------------------------

const READ_EVENTS = PollEvent.Readable | PollEvent.ReadNormal | PollEvent.ReadBand | PollEvent.HangUp | PollEvent.Error;
const WRITE_EVENTS = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand | PollEvent.Error;
const PRIORITY_EVENTS = PollEvent.Priority;
/** Descriptors that one call may ask about: more than any libc's fd_set has room for. */
const SELECT_MAX = 4096;

/** The three sets of a call, one bit a descriptor. */
class DescriptorSets {
  readonly reading!: FixedArray<u64, 64>;
  readonly writing!: FixedArray<u64, 64>;
  readonly priority!: FixedArray<u64, 64>;
}

/** select(2) */
export function sysSelect(count: u64, reading: u64, writing: u64, priority: u64, timeAddress: u64): i64 {
  const patience = new Patience();
  if (timeAddress !== 0) {
    const time = readTimeval(timeAddress);
    if (!time.ok) return errorCode(time.error);
    patience.set(time.value);
  }
  const result = select(count, reading, writing, priority, patience);
  if (timeAddress !== 0) writeTimeval(timeAddress, patience.left());
  return result;
}

/** pselect6(2). The sixth argument points to the signal mask's address and size. */
export function sysPselect6(count: u64, reading: u64, writing: u64, priority: u64, timeAddress: u64, maskArgument: u64): i64 {
  const patience = new Patience();
  if (timeAddress !== 0) {
    const time = readTimespec(timeAddress);
    if (!time.ok) return errorCode(time.error);
    patience.set(time.value);
  }
  if (maskArgument !== 0) {
    const mask = readUser64(maskArgument as UserPointer);
    const size = readUser64((maskArgument + 8) as UserPointer);
    if (!mask.ok || !size.ok) return errorCode(Errno.FAULT);
    const masked = setMask(mask.value, size.value);
    if (masked !== Errno.NONE) return errorCode(masked);
  }
  const result = select(count, reading, writing, priority, patience);
  clearMask(result);
  if (timeAddress !== 0) writeTimespec(timeAddress, patience.left());
  return result;
}

function select(count: u64, reading: u64, writing: u64, priority: u64, patience: Patience): i64 {
  if (i32(count) < 0) return errorCode(Errno.INVAL);
  const descriptors = minimum(u64(u32(count)), SELECT_MAX);
  const sets = create(DescriptorSets);
  if (sets === null) return errorCode(Errno.NOMEM);
  const result = selectIn(sets, descriptors, reading, writing, priority, patience);
  destroy(sets);
  return result;
}

/** The bytes of a set that hold `count` bits, in whole words as Linux reads them. */
function setBytes(words: Slice<u64>, count: u64): Slice<u8> {
  // Safe: the set's own bytes, at most all of them.
  return sliceAt<u8>(addressOf(words), ((count + 63) / 64) * 8);
}

function selectIn(sets: DescriptorSets, count: u64, reading: u64, writing: u64, priority: u64, patience: Patience): i64 {
  const read = sets.reading.slice();
  const write = sets.writing.slice();
  const urgent = sets.priority.slice();
  let error = Errno.NONE;
  if (reading !== 0) error = copyFromUser(setBytes(read, count), reading as UserPointer);
  if (error === Errno.NONE && writing !== 0) error = copyFromUser(setBytes(write, count), writing as UserPointer);
  if (error === Errno.NONE && priority !== 0) error = copyFromUser(setBytes(urgent, count), priority as UserPointer);
  if (error !== Errno.NONE) return errorCode(error);

  let asked: usize = 0;
  for (let descriptor: u64 = 0; descriptor < count; descriptor++) {
    if (wantedAt(sets, descriptor) !== 0) asked++;
  }
  const set = new PollSet();
  using _ = set;
  const begun = set.begin(asked);
  if (begun !== Errno.NONE) return errorCode(begun);
  let index: usize = 0;
  for (let descriptor: u64 = 0; descriptor < count; descriptor++) {
    const wanted = wantedAt(sets, descriptor);
    if (wanted === 0) continue;
    set.set(index, i32(descriptor), wanted);
    if (set.slots()[index].invalid) return errorCode(Errno.BADF);
    index++;
  }
  const outcome = set.wait(patience.deadline, patience.mayWait);
  if (outcome.interrupted) return errorCode(Errno.RESTARTNOHAND);

  let total: i64 = 0;
  index = 0;
  for (let descriptor: u64 = 0; descriptor < count; descriptor++) {
    if (wantedAt(sets, descriptor) === 0) continue;
    const found = set.slots()[index].found;
    index++;
    total += keep(read, descriptor, (found & READ_EVENTS) !== 0);
    total += keep(write, descriptor, (found & WRITE_EVENTS) !== 0);
    total += keep(urgent, descriptor, (found & PRIORITY_EVENTS) !== 0);
  }
  if (reading !== 0) error = copyToUser(reading as UserPointer, setBytes(read, count));
  if (error === Errno.NONE && writing !== 0) error = copyToUser(writing as UserPointer, setBytes(write, count));
  if (error === Errno.NONE && priority !== 0) error = copyToUser(priority as UserPointer, setBytes(urgent, count));
  return error === Errno.NONE ? total : errorCode(error);
}

function hasBit(words: Slice<u64>, bit: u64): boolean {
  return ((words[bit / 64] >> (bit % 64)) & 1) !== 0;
}

/** The events that the three sets ask of a descriptor. */
function wantedAt(sets: DescriptorSets, descriptor: u64): u32 {
  let wanted: u32 = 0;
  if (hasBit(sets.reading.slice(), descriptor)) wanted |= READ_EVENTS;
  if (hasBit(sets.writing.slice(), descriptor)) wanted |= WRITE_EVENTS;
  if (hasBit(sets.priority.slice(), descriptor)) wanted |= PRIORITY_EVENTS;
  return wanted;
}

/** Leaves a bit set only if it was found. @returns 1 when it is left */
function keep(words: Slice<u64>, bit: u64, found: boolean): i64 {
  if (!hasBit(words, bit)) return 0;
  if (found) return 1;
  words[bit / 64] &= ~(u64(1) << (bit % 64));
  return 0;
}
