// The round-trip time and the timeout that follows from it (RFC 6298), in nanoseconds.

const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;
/** Before the first measurement (RFC 6298, 2.1). */
const INITIAL_TIMEOUT = 1 * SECOND;
/** Linux's bounds: RFC 6298, 2.4 would have a second, which loses far more than it saves. */
const MINIMUM_TIMEOUT = 200 * MILLISECOND;
const MAXIMUM_TIMEOUT = 120 * SECOND;
/** How long the smallest one counts. */
const MINIMUM_WINDOW = 300 * SECOND;

export class RoundTrip {
  /** Smoothed; 0: not measured yet. */
  smoothed: u64 = 0;
  variation: u64 = 0;
  /** The latest. */
  latest: u64 = 0;
  /** The smallest of the last five minutes; 0: none. */
  smallest: u64 = 0;
  private smallestSince: u64 = 0;
  /** Doublings of the timeout since something was acknowledged (RFC 6298, 5.5). */
  backoff: u32 = 0;

  /** A segment that was sent once was acknowledged after so long. */
  measure(time: u64, now: u64): void {
    const sample = maximum(time, u64(1));
    this.latest = sample;
    if (this.smallest === 0 || sample <= this.smallest || now - this.smallestSince > MINIMUM_WINDOW) {
      this.smallest = sample;
      this.smallestSince = now;
    }
    if (this.smoothed === 0) {
      this.smoothed = sample;
      this.variation = sample / 2;
      return;
    }
    const difference = this.smoothed > sample ? this.smoothed - sample : sample - this.smoothed;
    this.variation = (this.variation * 3 + difference) / 4;
    this.smoothed = (this.smoothed * 7 + sample) / 8;
  }

  /** Without doublings: SRTT + max(G, 4 × RTTVAR). */
  base(): u64 {
    if (this.smoothed === 0) return INITIAL_TIMEOUT;
    return minimum(maximum(this.smoothed + this.variation * 4, u64(MINIMUM_TIMEOUT)), u64(MAXIMUM_TIMEOUT));
  }

  /** The retransmission timeout. */
  timeout(): u64 {
    return minimum(this.base() << minimum(this.backoff, u32(12)), u64(MAXIMUM_TIMEOUT));
  }
}
