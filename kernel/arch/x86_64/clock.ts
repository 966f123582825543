// Time. The timestamp counter, scaled to nanoseconds since the machine's start:
//
//   nanoseconds = baseNanoseconds + ((timestamp - baseTimestamp) * multiplier) >> 32
//
// These numbers lie in a page of their own that the vDSO reads too (ClockPage), under a sequence number that is odd while they change.
//
// The counter's rate comes from whoever knows it without waiting: kvmclock, CPUID. Emulation (TCG) tells nobody its rate, and
// to measure it by waiting would cost more than the whole start of the machine; but its LAPIC timer counts nanoseconds. So that
// timer runs along from the start, the first question for the time compares the two, and later questions compare again, at
// doubled distances, until the rate is known to a few parts in a million. Each time the new rate also makes up for what the
// old one got wrong, so time never jumps. Last resort: the PC's interval timer, by waiting 10 ms.

import { addressOf } from "unsafe";
import { currentCpu } from "./cpu.ts";
import { features, Hypervisor } from "./features.ts";
import { disableInterrupts } from "./interrupts.ts";
import { readTimerCount, setTimerCount, useTimerCount } from "./local_apic.ts";
import { virtualToPhysical } from "./paging.ts";
import { ModelSpecificRegister, readPort8, readTimestamp, writeModelSpecificRegister, writePort8 } from "./processor.ts";

/**
 * What clock and vDSO share.
 * @align 4096
 * @size 4096
 */
export class ClockPage {
  /**
   * Odd while the rest changes.
   * @offset 0
   */
  readonly sequence = new Atomic<u32>(0);
  /**
   * Not 0: the rate is settled, the vDSO may use it. Else it makes a system call.
   * @offset 4
   */
  settled: u32 = 0;
  /** @offset 8 */
  baseTimestamp: u64 = 0;
  /** @offset 16 */
  baseNanoseconds: u64 = 0;
  /**
   * Nanoseconds for each count, times 2^32.
   * @offset 24
   */
  multiplier: u64 = 0;
  /**
   * Wall clock minus monotonic clock, in nanoseconds.
   * @offset 32
   */
  wallOffset: u64 = 0;
  readonly padding!: FixedArray<u8, 4056>;
}

const page = new ClockPage();

/** Since when, and from which count, a CPU's LAPIC counts down. */
class Stretch {
  timestamp: u64 = 0;
  count: u32 = 0;
}

/** The comparison of the timestamp counter with the LAPICs' countdowns of nanoseconds. */
class Comparison {
  /** There is one: nobody said the counter's rate. */
  active = false;
  /** A CPU is at work on the sums. */
  readonly busy = new Atomic<u32>(0);
  /** By CPU; only that CPU touches its own, with interrupts disabled. */
  readonly stretches!: FixedArray<Stretch, 64>;
  /** Sums over all stretches that were compared. */
  timestamps: u64 = 0;
  nanoseconds: u64 = 0;
  /** The timestamp when the clock began, at 0. */
  origin: u64 = 0;
  /** Compare again when the timestamp counter is here. */
  nextTimestamp: u64 = 0xffff_ffff_ffff_ffff;
}

const comparison = new Comparison();

/** From this much of comparison on the rate is good to a few parts in 100,000, and the vDSO may use it. */
const SETTLED_AFTER: u64 = 10_000_000;
/** From this much on it is not compared any more. */
const COMPARED_ENOUGH: u64 = 8_000_000_000;
const LONGEST_COUNT: u32 = 0xffff_ffff;
const SECOND: u64 = 1_000_000_000;

/**
 * (a * b) >> 32, the product with all its bits.
 * @asm mulq %[b]; shrd $32, %%rdx, %%rax
 * @output "=a"
 * @input "0" a
 * @input "r" b
 * @clobber rdx cc
 * @pure
 */
declare function multiplyShift32(a: u64, b: u64): u64;

/** Nanoseconds since the machine's start; never goes back. Any context. */
export function monotonicNanoseconds(): u64 {
  const now = readTimestamp();
  if (now >= comparison.nextTimestamp) compare();
  while (true) {
    const before = page.sequence.load();
    const base = page.baseTimestamp;
    const nanoseconds = page.baseNanoseconds + (now > base ? multiplyShift32(now - base, page.multiplier) : 0);
    compilerFence();
    if ((before & 1) === 0 && page.sequence.load() === before) return nanoseconds;
    spinHint();
  }
}

/** Nanoseconds since 1970-01-01 UTC. Any context. */
export function wallClockNanoseconds(): u64 {
  return monotonicNanoseconds() + page.wallOffset;
}

/** When the monotonic clock will be at the moment at which the wall clock shows a time; its present time if that has passed. */
export function monotonicAtWallTime(nanoseconds: u64): u64 {
  // Read once: between two readings time goes on, and a deadline would come too early by that.
  const monotonic = monotonicNanoseconds();
  const wall = monotonic + page.wallOffset;
  return nanoseconds > wall ? monotonic + (nanoseconds - wall) : monotonic;
}

/** Sets the wall clock. */
export function setWallClock(nanoseconds: u64): void {
  page.wallOffset = nanoseconds - monotonicNanoseconds();
}

/** The wall clock at the machine's start, as the tool has set it. Once, at start: asks nobody for the time. */
export function initializeWallClock(atStart: u64): void {
  page.wallOffset = atStart;
}

/** Nanoseconds for each count of the timestamp counter, times 2^32. May still become better. */
export function timestampMultiplier(): u64 {
  return page.multiplier;
}

/** How long a number of counts of the timestamp counter takes. */
export function nanosecondsOfCounts(counts: u64): u64 {
  if (page.multiplier === 0) compare();
  return multiplyShift32(counts, page.multiplier);
}

/** The page with the clock's numbers, for the vDSO. */
export function clockPage(): ClockPage {
  return page;
}

/** The value of the timestamp counter at a moment; the present value for one that has passed. */
export function timestampAt(nanoseconds: u64): u64 {
  const now = monotonicNanoseconds();
  if (nanoseconds <= now) return readTimestamp();
  // 2^32 / multiplier is counts for each nanosecond; both factors stay below 2^64 for a rate of 100 MHz and more.
  return readTimestamp() + multiplyShift32(nanoseconds - now, 0xffff_ffff_ffff_ffff / page.multiplier);
}

/** Starts the clock. Once, on the first CPU, its LAPIC on. */
export function initializeClock(): void {
  if (features.kvmClock) readKvmClock();
  else if (features.timestampFrequency !== 0) setFrequency(features.timestampFrequency);
  else if (features.hypervisor === Hypervisor.Tcg || features.hypervisor === Hypervisor.Kvm) startComparison();
  else setFrequency(measureByIntervalTimer());
}

function setFrequency(frequency: u64): void {
  page.baseTimestamp = readTimestamp();
  page.multiplier = (SECOND << 32) / frequency;
  page.settled = 1;
}

/**
 * One CPU's time as KVM describes it (Linux Documentation/virt/kvm/x86/msr.rst).
 * @align 32
 * @size 32
 */
class KvmTime {
  version!: u32;
  padding!: u32;
  timestamp!: u64;
  systemTime!: u64;
  multiplier!: u32;
  shift!: i8;
  flags!: u8;
  padding2!: u16;
}

const kvmTime = new KvmTime();

/** Lets KVM fill in its page once: it names the counter's rate. The counter itself serves as our clock. */
function readKvmClock(): void {
  writeModelSpecificRegister(ModelSpecificRegister.KvmSystemTime, u64(virtualToPhysical(addressOf(kvmTime))) | 1);
  const shift = kvmTime.shift;
  const multiplier = u64(kvmTime.multiplier);
  writeModelSpecificRegister(ModelSpecificRegister.KvmSystemTime, 0);
  if (multiplier === 0) {
    startComparison();
    return;
  }
  page.baseTimestamp = readTimestamp();
  page.multiplier = shift >= 0 ? multiplier << shift : multiplier >> -shift;
  page.settled = 1;
}

/** From here on the LAPICs' countdowns say what a nanosecond is. The first question for the time takes the first comparison. */
function startComparison(): void {
  comparison.active = true;
  comparison.nextTimestamp = 0;
  comparison.origin = readTimestamp();
  page.baseTimestamp = comparison.origin;
}

/** Whether the LAPICs' countdowns also serve to compare: then timer.ts frames each change of one. */
export function isComparing(): boolean {
  return comparison.active;
}

/** Starts this CPU's countdown, quietly, if it is to be compared. Interrupts disabled. */
export function startStretch(): void {
  if (!comparison.active) return;
  useTimerCount(true);
  setTimerCount(LONGEST_COUNT);
  afterCountChanged(LONGEST_COUNT);
}

/** Before the countdown of this CPU is set anew. Interrupts disabled. */
export function beforeCountChanges(): void {
  if (!comparison.active || !comparison.busy.compareExchange(0, 1)) return;
  takeStretch();
  comparison.busy.store(0);
}

/** After it. */
export function afterCountChanged(count: u32): void {
  if (!comparison.active) return;
  const stretch = comparison.stretches[currentCpu().index];
  stretch.timestamp = readTimestamp();
  stretch.count = count;
}

/** Adds this CPU's stretch since its countdown was last set or read to the sums, which are ours. */
function takeStretch(): void {
  const count = readTimerCount();
  const now = readTimestamp();
  const stretch = comparison.stretches[currentCpu().index];
  // A countdown that has ended says nothing about when.
  if (count !== 0 && stretch.count > count) {
    comparison.nanoseconds += u64(stretch.count - count);
    comparison.timestamps += now - stretch.timestamp;
  }
  stretch.timestamp = now;
  stretch.count = count;
}

/** Finds the rate anew. If another CPU is at it, or this CPU has nothing to add, the old rate must do for now. */
function compare(): void {
  using _ = disableInterrupts();
  while (!comparison.busy.compareExchange(0, 1)) {
    if (page.multiplier !== 0) return;
    spinHint();
  }
  takeStretch();
  if (comparison.timestamps !== 0) {
    let rate = ratio(comparison.nanoseconds, comparison.timestamps);
    const exact = u64(1) << 32;
    const difference = rate > exact ? rate - exact : exact - rate;
    let settled = comparison.nanoseconds >= SETTLED_AFTER;
    // Under -icount the counter counts nanoseconds by definition.
    if (difference < exact >> 9) {
      rate = exact;
      settled = true;
    }
    const now = setRate(rate, settled);
    comparison.nextTimestamp =
      comparison.nanoseconds >= COMPARED_ENOUGH ? 0xffff_ffff_ffff_ffff : now + maximum(comparison.timestamps, 1 << 16);
  }
  comparison.busy.store(0);
}

/**
 * Goes over to a new rate without a jump: the distance to where time should be is made up over the next stretch.
 * @returns the timestamp since when the rate holds
 */
function setRate(rate: u64, settled: boolean): u64 {
  page.sequence.add(1);
  // From here on nobody reads the clock: no CPU has shown a time by the old rate that the new one has yet to reach.
  const now = readTimestamp();
  const shown = page.baseNanoseconds + multiplyShift32(now - page.baseTimestamp, page.multiplier);
  const should = multiplyShift32(now - comparison.origin, rate);
  page.baseTimestamp = now;
  if (page.multiplier === 0) {
    page.baseNanoseconds = should;
    page.multiplier = rate;
  } else {
    page.baseNanoseconds = shown;
    // At most an eighth faster or slower, however wrong the first guess was.
    const correction = shown > should ? shown - should : should - shown;
    const step = minimum(ratio(correction, comparison.timestamps), rate >> 3);
    page.multiplier = shown > should ? rate - step : rate + step;
  }
  page.settled = settled ? 1 : 0;
  page.sequence.add(1);
  return now;
}

/** (a << 32) / b without overflow, for a below 2^63. */
function ratio(a: u64, b: u64): u64 {
  let numerator = a;
  let denominator = b;
  while (numerator >= u64(1) << 31) {
    numerator >>= 1;
    denominator >>= 1;
  }
  return denominator === 0 ? 0 : (numerator << 32) / denominator;
}

/** The 8254's input clock, in Hz. */
const INTERVAL_TIMER_FREQUENCY = 1_193_182;
const INTERVAL_TIMER_COUNTS = 11_932;

/** Counts the timestamp over 10 ms of the PC's interval timer, channel 2 (Intel 8254 datasheet, mode 0). */
function measureByIntervalTimer(): u64 {
  writePort8(0x61, (readPort8(0x61) & 0xfc) | 1);
  writePort8(0x43, 0xb0);
  writePort8(0x42, INTERVAL_TIMER_COUNTS & 0xff);
  const start = readTimestamp();
  writePort8(0x42, INTERVAL_TIMER_COUNTS >> 8);
  while ((readPort8(0x61) & 0x20) === 0) {
    if (readTimestamp() - start > u64(1) << 34) panic("clock: this machine has no clock that is known here");
  }
  return ((readTimestamp() - start) * INTERVAL_TIMER_FREQUENCY) / INTERVAL_TIMER_COUNTS;
}
