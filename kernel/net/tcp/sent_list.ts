// What is on its way: a record for each segment that was sent and is not acknowledged, in the order of sequence numbers, and the sums
// that say how much of it is still in the network (RFC 6675, section 4: pipe).
//
// A record covers what one call sent, up to 64 KiB; a selective acknowledgment of a part splits it. Splits are what a peer can make us
// do: beyond MAXIMUM_RECORDS only whole records are looked at.

import { Link, List } from "prelude/list.ts";
import { isAfter, isBefore, isBeforeOrAt } from "./sequence.ts";

const MAXIMUM_RECORDS = 8192;

export class SentSegment {
  readonly link = new Link<SentSegment>();
  start: u32;
  end: u32;
  /** When it was sent last. */
  sentAt: u64;
  isSacked = false;
  isLost = false;
  /** More than once. */
  isRetransmitted = false;

  constructor(start: u32, end: u32, sentAt: u64) {
    this.start = start;
    this.end = end;
    this.sentAt = sentAt;
  }

  length(): u32 {
    return this.end - this.start;
  }
}

/** Under the connection's lock. */
export class SentList {
  readonly segments = new List<SentSegment>();
  private count: u32 = 0;
  /** Bytes of all records, of those that arrived by a selective acknowledgment, of those that are believed lost. */
  outstanding: u32 = 0;
  sacked: u32 = 0;
  lost: u32 = 0;
  /** Segments that were lost once more after they were sent again: for the counters. */
  lostAgain: u64 = 0;

  /** Bytes that are believed to be in the network. */
  inFlight(): u32 {
    return this.outstanding - this.sacked - this.lost;
  }

  /** Notes a segment that was sent for the first time. False when there is no memory. */
  add(start: u32, end: u32, now: u64): boolean {
    const segment = create(SentSegment, start, end, now);
    if (segment === null) return false;
    this.segments.append(segment);
    this.count++;
    this.outstanding += segment.length();
    return true;
  }

  /** The first record; null when nothing is under way. */
  first(): SentSegment | null {
    return this.segments.first;
  }

  /** The first record that is believed lost and not sent again. */
  firstLost(): SentSegment | null {
    if (this.lost === 0) return null;
    for (let segment = this.segments.first; segment !== null; segment = this.segments.next(segment)) {
      if (segment.isLost) return segment;
    }
    return null;
  }

  /** Cuts a record in two at a sequence number inside it. @returns the second; null when there may be no more records */
  split(segment: SentSegment, at: u32): SentSegment | null {
    if (this.count >= MAXIMUM_RECORDS) return null;
    const rest = create(SentSegment, at, segment.end, segment.sentAt);
    if (rest === null) return null;
    rest.isSacked = segment.isSacked;
    rest.isLost = segment.isLost;
    rest.isRetransmitted = segment.isRetransmitted;
    segment.end = at;
    this.segments.insertAfter(rest, segment);
    this.count++;
    return rest;
  }

  markLost(segment: SentSegment): void {
    if (segment.isLost || segment.isSacked) return;
    segment.isLost = true;
    this.lost += segment.length();
    if (segment.isRetransmitted) this.lostAgain++;
  }

  /** Nothing was lost after all: what was sent again is under way twice. */
  markNoneLost(): void {
    for (let segment = this.segments.first; segment !== null; segment = this.segments.next(segment)) segment.isLost = false;
    this.lost = 0;
  }

  markSacked(segment: SentSegment): void {
    if (segment.isSacked) return;
    if (segment.isLost) this.lost -= segment.length();
    segment.isLost = false;
    segment.isSacked = true;
    this.sacked += segment.length();
  }

  /** It was sent again. */
  markSent(segment: SentSegment, now: u64): void {
    if (segment.isLost) this.lost -= segment.length();
    segment.isLost = false;
    segment.isRetransmitted = true;
    segment.sentAt = now;
  }

  /** Takes off what is acknowledged, each whole record given to `visit` first. A record that is so in part becomes shorter. */
  acknowledge(una: u32, visit: (segment: SentSegment) => void): void {
    for (let first = this.segments.first; first !== null && isBefore(first.start, una); first = this.segments.first) {
      if (isAfter(first.end, una)) {
        const part = una - first.start;
        this.outstanding -= part;
        if (first.isSacked) this.sacked -= part;
        if (first.isLost) this.lost -= part;
        first.start = una;
        return;
      }
      visit(first);
      this.remove(first);
    }
  }

  /** What lies inside a range arrived, as the peer says: each record, split where needed, is given to `visit` before it is marked. */
  select(start: u32, end: u32, visit: (segment: SentSegment) => void): void {
    let segment = this.segments.first;
    while (segment !== null && isBeforeOrAt(segment.end, start)) segment = this.segments.next(segment);
    while (segment !== null && isBefore(segment.start, end)) {
      const next = this.segments.next(segment);
      if (!segment.isSacked) {
        let inside: SentSegment | null = segment;
        if (isBefore(segment.start, start)) inside = this.split(segment, start);
        if (inside !== null && (!isAfter(inside.end, end) || this.split(inside, end) !== null)) {
          visit(inside);
          this.markSacked(inside);
        }
      }
      segment = next;
    }
  }

  /** A timeout: nothing that the peer said selectively counts any more, all is believed lost (RFC 6675, 5.1; RFC 8985, 6.3). */
  markAllLost(forgetSacked: boolean): void {
    for (let segment = this.segments.first; segment !== null; segment = this.segments.next(segment)) {
      if (forgetSacked && segment.isSacked) {
        segment.isSacked = false;
        this.sacked -= segment.length();
      }
      this.markLost(segment);
    }
  }

  clear(): void {
    for (let first = this.segments.first; first !== null; first = this.segments.first) this.remove(first);
  }

  private remove(segment: SentSegment): void {
    const length = segment.length();
    this.outstanding -= length;
    if (segment.isSacked) this.sacked -= length;
    if (segment.isLost) this.lost -= length;
    this.segments.remove(segment);
    this.count--;
    destroy(segment);
  }
}
