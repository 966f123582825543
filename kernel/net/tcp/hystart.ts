// HyStart++ (RFC 9406): ends slow start before it loses packets, when round trips become longer.

const MILLISECOND = 1_000_000;
// RFC 9406, 4.3.
const MINIMUM_THRESHOLD = 4 * MILLISECOND;
const MAXIMUM_THRESHOLD = 16 * MILLISECOND;
const MINIMUM_SAMPLES = 8;
const CONSERVATIVE_ROUNDS = 5;
/** In conservative slow start the window grows by a fourth of what it would. */
export const CONSERVATIVE_DIVISOR = 4;
/** Without pacing, a burst grows by eight segments an acknowledgment at most. */
export const BURST_LIMIT = 8;
const NO_SAMPLE = 0xffff_ffff_ffff_ffff;

export const enum SlowStart {
  Normal,
  Conservative,
  Done,
}

export class Hystart {
  phase: SlowStart = SlowStart.Normal;
  /** The round ends when this is acknowledged. */
  private roundEnd: u32 = 0;
  private hasRound = false;
  private lastSmallest: u64 = NO_SAMPLE;
  private currentSmallest: u64 = NO_SAMPLE;
  /** The smallest when conservative slow start began. */
  private baseline: u64 = NO_SAMPLE;
  private samples: u32 = 0;
  private rounds: u32 = 0;

  /** Begins slow start again. */
  restart(): void {
    this.phase = SlowStart.Normal;
    this.hasRound = false;
    this.lastSmallest = NO_SAMPLE;
    this.currentSmallest = NO_SAMPLE;
    this.baseline = NO_SAMPLE;
    this.rounds = 0;
  }

  /** Everything up to `acknowledged` has arrived; `next` is the next number to send. @param sample round trip, 0 for none */
  acknowledge(acknowledged: u32, next: u32, sample: u64): void {
    if (this.phase === SlowStart.Done) return;
    if (!this.hasRound || i32(acknowledged - this.roundEnd) >= 0) this.beginRound(next);
    if (sample === 0) return;
    this.currentSmallest = minimum(this.currentSmallest, sample);
    this.samples++;
    if (this.samples < MINIMUM_SAMPLES || this.lastSmallest === NO_SAMPLE) return;
    if (this.phase === SlowStart.Normal) {
      const threshold = maximum(u64(MINIMUM_THRESHOLD), minimum(this.lastSmallest / 8, u64(MAXIMUM_THRESHOLD)));
      if (this.currentSmallest < this.lastSmallest + threshold) return;
      this.baseline = this.currentSmallest;
      this.phase = SlowStart.Conservative;
      this.rounds = 0;
    } else if (this.currentSmallest < this.baseline) {
      // It was a false alarm.
      this.baseline = NO_SAMPLE;
      this.phase = SlowStart.Normal;
    }
  }

  private beginRound(next: u32): void {
    if (this.hasRound && this.phase === SlowStart.Conservative) {
      this.rounds++;
      if (this.rounds >= CONSERVATIVE_ROUNDS) this.phase = SlowStart.Done;
    }
    this.hasRound = true;
    this.roundEnd = next;
    this.lastSmallest = this.currentSmallest;
    this.currentSmallest = NO_SAMPLE;
    this.samples = 0;
  }
}
