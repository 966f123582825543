// RACK (RFC 8985): a segment is lost when one that was sent enough later has arrived. And the tail loss probe's state.

import type { RoundTrip } from "./round_trip.ts";
import type { SentList, SentSegment } from "./sent_list.ts";
import { isAfter, isBefore } from "./sequence.ts";

const MILLISECOND = 1_000_000;
const MAXIMUM_MULTIPLIER = 20;
/** RFC 8985, 7.2: until the window of reordering is small again. */
const PERSISTENCE = 16;

export class Rack {
  /** Of the segment that was sent last among those that arrived: when, its end, its round trip. */
  private sentAt: u64 = 0;
  private end: u32 = 0;
  private roundTrip: u64 = 0;
  /** The highest sequence number that arrived. */
  private forward: u32 = 0;
  private hasForward = false;
  private reorderingSeen = false;
  /** Of the reordering window, in quarters of the smallest round trip. */
  private multiplier: u32 = 1;
  private persistence: u32 = 0;
  /** The tail loss probe: what was the next number when it was sent; 0 with `isProbing` false. */
  probeEnd: u32 = 0;
  isProbing = false;
  probeIsRetransmission = false;

  /** A segment has arrived (RFC 8985, 6.2, steps 1 to 3). */
  arrived(segment: SentSegment, roundTrip: RoundTrip, now: u64): void {
    if (!this.hasForward || isAfter(segment.end, this.forward)) {
      this.forward = segment.end;
      this.hasForward = true;
    } else if (isBefore(segment.end, this.forward) && !segment.isRetransmitted) {
      this.reorderingSeen = true;
    }
    const time = now - segment.sentAt;
    // An acknowledgment of what was sent before the repetition is not one of the repetition.
    if (segment.isRetransmitted && roundTrip.smallest !== 0 && time < roundTrip.smallest) return;
    this.roundTrip = time;
    if (segment.sentAt > this.sentAt || (segment.sentAt === this.sentAt && isAfter(segment.end, this.end))) {
      this.sentAt = segment.sentAt;
      this.end = segment.end;
    }
  }

  /** The peer got something twice: segments are reordered more than we believed (step 4). */
  repeated(): void {
    this.multiplier = minimum(this.multiplier + 1, u32(MAXIMUM_MULTIPLIER));
    this.persistence = PERSISTENCE;
  }

  /** A recovery ended. */
  recovered(): void {
    if (this.persistence === 0) return;
    this.persistence--;
    if (this.persistence === 0) this.multiplier = 1;
  }

  private reorderingWindow(roundTrip: RoundTrip, isRecovering: boolean, manyArrived: boolean): u64 {
    if (!this.reorderingSeen && (isRecovering || manyArrived)) return 0;
    const base = maximum(roundTrip.smallest / 4, u64(MILLISECOND));
    return minimum(base * u64(this.multiplier), maximum(roundTrip.smoothed, u64(MILLISECOND)));
  }

  /**
   * Marks what is lost (step 5).
   * @returns when to look again, for segments that may still be on their way; 0: none
   */
  detect(list: SentList, roundTrip: RoundTrip, isRecovering: boolean, manyArrived: boolean, now: u64): u64 {
    if (this.sentAt === 0) return 0;
    const window = this.reorderingWindow(roundTrip, isRecovering, manyArrived);
    let again: u64 = 0;
    for (let segment = list.segments.first; segment !== null; segment = list.segments.next(segment)) {
      if (segment.isSacked || segment.isLost) continue;
      const isEarlier = segment.sentAt < this.sentAt || (segment.sentAt === this.sentAt && isBefore(segment.end, this.end));
      if (!isEarlier) continue;
      const due = segment.sentAt + this.roundTrip + window;
      if (due <= now) list.markLost(segment);
      else if (again === 0 || due > again) again = due;
    }
    return again;
  }
}
