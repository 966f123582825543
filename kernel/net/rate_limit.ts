// So many events a second, with a burst: what an outside host can make us answer.

const SECOND = 1_000_000_000;

export class RateLimit {
  private readonly perSecond: u32;
  private readonly burst: u32;
  private tokens: u32 = 0;
  /** When `tokens` was right; 0: never used, and full. */
  private since: u64 = 0;

  constructor(perSecond: u32, burst: u32) {
    this.perSecond = perSecond;
    this.burst = burst;
  }

  /** Whether one more is allowed now, and counts it. */
  allow(now: u64): boolean {
    if (this.since === 0 || now - this.since >= SECOND) {
      this.tokens = this.since === 0 ? this.burst : minimum(this.burst, this.tokens + this.perSecond);
      this.since = now;
    } else {
      const step = SECOND / u64(this.perSecond);
      const earned = (now - this.since) / step;
      this.tokens = u32(minimum(u64(this.burst), u64(this.tokens) + earned));
      this.since += earned * step;
    }
    if (this.tokens === 0) return false;
    this.tokens--;
    return true;
  }
}
