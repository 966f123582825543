// When a network card need not interrupt, because somebody looks by itself whether something has come.
//
//   interrupts ──▶ attended     an interrupt came soon after the last one, or soon after the CPU halted
//   attended ──▶ interrupts     a CPU has nothing to run, has looked for a while in vain, and is about to halt
//
// An interrupt costs more than the packet that it announces: the device's register is written, under a hypervisor the machine is left for
// both. So under load nobody is interrupted: a thread looks before it sleeps, a CPU before it halts, and a timer sees to it that
// packets do not wait for long where neither happens. An interrupt still comes when many have gathered.
// A CPU that is about to halt goes on looking for as long as packets have lately come within that time of its halting: the next one is
// then there at once, without interrupt and without the way back from the halt. The time grows and shrinks by what happens.
// Its bound is what clients need who all wait for answers at once, and then all ask again; one that halts in between serves half as many.
//
// Pure but for atomics: no clock, no device; the owner tells the time in nanoseconds.

const MICROSECOND = 1000;
/** Two interrupts that are closer than that are too many. */
const NEAR = 500 * MICROSECOND;
/** The longest time to look before a halt, and the first one. */
export const LONGEST_LOOK = 1000 * MICROSECOND;
const SHORTEST_LOOK = 2 * MICROSECOND;
/** While attended, an interrupt comes when so many packets wait. */
const MANY = 64;

export class Attendance {
  private readonly attended = new Atomic<u32>(0);
  private lastInterrupt: u64 = 0;
  /** When the last packet was found. */
  private lastArrival: u64 = 0;
  /** When the CPU halted for the first time since a packet came; 0: it has not. */
  private restingSince: u64 = 0;
  /** How long is looked in vain before a halt. */
  private patience: u64 = 0;

  /** Whether packets are looked for. */
  isAttended(): boolean {
    return this.attended.load() !== 0;
  }

  /** After how many packets the device is to interrupt. */
  wish(): u16 {
    return this.isAttended() ? MANY : 1;
  }

  /** An interrupt has come. @returns whether packets are looked for from now on, and were not before */
  interrupted(now: u64): boolean {
    const isNear = now - this.lastInterrupt < NEAR;
    this.lastInterrupt = now;
    if (this.isAttended()) return false;
    const isFound = this.wouldHaveFound(now);
    if (!isNear && !isFound) return false;
    this.lastArrival = now;
    return this.attended.exchange(1) === 0;
  }

  /** Whether a CPU that had looked longer instead of halting would have found what has come; how long it looks next time. */
  private wouldHaveFound(now: u64): boolean {
    const since = this.restingSince;
    if (since === 0) return false;
    this.restingSince = 0;
    const isFound = now - since < LONGEST_LOOK;
    if (isFound) this.patience = minimum(maximum(this.patience * 2, u64(SHORTEST_LOOK)), u64(LONGEST_LOOK));
    else this.patience /= 2;
    return isFound;
  }

  /** Somebody has looked. @returns whether it is worth it to look on before a halt */
  looked(found: boolean, now: u64): boolean {
    if (!found) return now - this.lastArrival < this.patience;
    this.lastArrival = now;
    this.restingSince = 0;
    return true;
  }

  /** From now on the device interrupts again, for a CPU halts. @returns false when it did so already */
  leave(now: u64): boolean {
    this.rest(now);
    return this.attended.exchange(0) !== 0;
  }

  /** A CPU halts while the device interrupts. */
  rest(now: u64): void {
    if (this.restingSince === 0) this.restingSince = now;
  }
}
