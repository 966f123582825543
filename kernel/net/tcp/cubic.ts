// CUBIC congestion control (RFC 9438), with slow start by HyStart++. Windows are in bytes, times in nanoseconds.
//
// After a loss the window follows W(t) = C (t − K)³ + Wmax, where C = 0.4 segments / s³ and K is the time to come back to Wmax.

import { BURST_LIMIT, CONSERVATIVE_DIVISOR, Hystart, SlowStart } from "./hystart.ts";

const MILLISECOND = 1_000_000;
/** RFC 6928: ten segments. */
const INITIAL_SEGMENTS = 10;
/** β = 0.7. */
const BETA_NUMERATOR = 7;
const BETA_DENOMINATOR = 10;
/** Beyond that the curve's numbers would not fit; a window that has grown for so long is limited elsewhere. */
const LONGEST_MILLISECONDS = 100_000;
const INFINITE = 0x7fff_ffff;

export class Cubic {
  /** The congestion window. */
  window: u32 = 0;
  /** Slow start below it. */
  threshold: u32 = INFINITE;
  segment: u32 = 1460;
  readonly hystart = new Hystart();
  /** Wmax, and when growth towards it began; 0: no epoch. */
  private largest: u32 = 0;
  private epoch: u64 = 0;
  /** K in milliseconds. */
  private period: u64 = 0;
  /** What Reno would have (RFC 9438, 4.3), and bytes acknowledged that did not make a whole step. */
  private friendly: u64 = 0;
  private credit: u64 = 0;
  private friendlyCredit: u64 = 0;

  begin(segment: u32): void {
    this.segment = segment;
    this.window = segment * INITIAL_SEGMENTS;
  }

  isSlowStart(): boolean {
    return this.window < this.threshold;
  }

  /** New bytes were acknowledged while the window was what limited us. */
  acknowledge(count: u32, roundTrip: u64, now: u64): void {
    let rest: u32 = count;
    if (this.isSlowStart()) {
      const step = minimum(rest, this.segment * BURST_LIMIT);
      const growth = this.hystart.phase === SlowStart.Conservative ? step / CONSERVATIVE_DIVISOR : step;
      this.window = minimum(this.window + growth, u32(INFINITE));
      if (this.hystart.phase === SlowStart.Done) this.threshold = this.window;
      if (this.isSlowStart()) return;
      rest = 0;
    }
    if (rest !== 0) this.grow(rest, roundTrip, now);
  }

  private grow(count: u32, roundTrip: u64, now: u64): void {
    if (this.epoch === 0) this.beginEpoch(now);
    const window = u64(this.window);
    const segment = u64(this.segment);
    const elapsed = minimum((now - this.epoch) / MILLISECOND, u64(LONGEST_MILLISECONDS));
    const ahead = elapsed + roundTrip / MILLISECOND;
    // RFC 9438, 4.2: the target of a round trip later, at most half as much again.
    const target = minimum(maximum(this.curve(ahead), window), window + window / 2);
    if (target > window) {
      this.credit += (target - window) * u64(count);
      const step = this.credit / window;
      this.credit -= step * window;
      this.window += u32(step);
    } else {
      this.credit = 0;
    }
    // RFC 9438, 4.3: α = 3 (1 − β) / (1 + β) = 9/17 segments a window, and one once Wmax is reached.
    const alpha = this.friendly < u64(this.largest) ? segment * 9 : segment * 17;
    this.friendlyCredit += u64(count) * alpha;
    const unit = this.friendly * 17;
    const grown = this.friendlyCredit / unit;
    this.friendlyCredit -= grown * unit;
    this.friendly += grown;
    if (this.friendly > u64(this.window)) this.window = u32(minimum(this.friendly, u64(INFINITE)));
    this.window = minimum(this.window, u32(INFINITE));
  }

  /** W(t), t in milliseconds after the epoch's beginning. */
  private curve(time: u64): u64 {
    const isBelow = time < this.period;
    const distance = minimum(isBelow ? this.period - time : time - this.period, u64(LONGEST_MILLISECONDS));
    // C = 0.4 segments / s³, and 10⁹ ms³ are one s³; in two steps, so that nothing overflows.
    const change = (((distance * distance * distance) / 1_000_000) * 4 * u64(this.segment)) / 10_000;
    const largest = u64(this.largest);
    if (!isBelow) return largest + change;
    return change >= largest ? u64(this.segment) : largest - change;
  }

  private beginEpoch(now: u64): void {
    this.epoch = now;
    this.credit = 0;
    this.friendlyCredit = 0;
    this.friendly = u64(this.window);
    if (this.window >= this.largest) {
      this.largest = this.window;
      this.period = 0;
      return;
    }
    // K = ∛((Wmax − cwnd) / C): in milliseconds, of segments × 10⁹ × 10 / 4.
    const missing = u64(this.largest - this.window);
    this.period = cubeRoot((missing * 2_500_000_000) / u64(this.segment));
  }

  /** Packets were lost: a new, lower threshold; the caller lowers the window to it in recovery. */
  congest(inFlight: u32): void {
    this.epoch = 0;
    // RFC 9438, 4.7: who loses below the last maximum leaves room for others.
    this.largest = this.window < this.largest ? u32((u64(this.window) * 17) / 20) : this.window;
    const base = maximum(minimum(this.window, maximum(inFlight, this.segment * 2)), this.segment * 2);
    this.threshold = maximum(u32((u64(base) * BETA_NUMERATOR) / BETA_DENOMINATOR), this.segment * 2);
    this.hystart.phase = SlowStart.Done;
  }

  /** Nothing came for a whole timeout (RFC 5681, 3.1). */
  timeout(): void {
    this.window = this.segment;
    this.epoch = 0;
  }

  /** Nothing was sent for a while: what the window knew is old (RFC 5681, 4.1). */
  restart(): void {
    this.window = minimum(this.window, this.segment * INITIAL_SEGMENTS);
    this.epoch = 0;
  }
}

/** The integer cube root, rounded down. */
export function cubeRoot(value: u64): u64 {
  let low: u64 = 0;
  let high: u64 = 2_642_245;
  while (low < high) {
    const middle = (low + high + 1) / 2;
    if (middle * middle * middle <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
