// What has arrived and the program has not read: packets in order, and behind a gap those that came too early.
//
//   in order   [packet][packet]…         the program reads here
//                               ^ next expected
//   early         gap   [packet] gap [packet][packet]       no two overlap; `mark` is the sequence number, `mark2` the end
//
// Bound: `footprint` counts the buffers, not the bytes, so that a peer that sends single bytes does not take more than one that
// sends full segments. Small packets are copied together; early ones go again when there are too many (RFC 2018, section 8 allows it).

import { List } from "prelude/list.ts";
import type { PacketBuffer } from "../packet.ts";
import { isAfter, isBefore, isBeforeOrAt } from "./sequence.ts";

/** Fewer bytes are copied behind those before them. */
const SMALL = 512;

/** Under the connection's lock; the program's reader may look at the bytes of the first packets without it. */
export class ReceiveQueue {
  private readonly ready = new List<PacketBuffer>();
  private readonly early = new List<PacketBuffer>();
  /** Bytes that can be read. */
  length: u32 = 0;
  /** Bytes that came too early. */
  earlyLength: u32 = 0;
  /** Memory of both lists. */
  footprint: usize = 0;
  /** The early range that changed last: first in the next selective acknowledgment (RFC 2018, section 4). */
  private latest: u32 = 0;

  hasEarly(): boolean {
    return this.early.first !== null;
  }

  /** Adds bytes that are next in order. Takes the packet. @returns whether they were copied to the packet before */
  append(packet: PacketBuffer): boolean {
    const count = packet.totalLength();
    this.length += count;
    const last = this.ready.last;
    if (last !== null && count <= last.tailroom() && count < SMALL) {
      packet.copyOut(0, last.extend(count));
      packet.release();
      return true;
    }
    this.footprint += packet.footprint();
    this.ready.append(packet);
    return false;
  }

  /** Whether nothing waits for the reader, or so many bytes more fit behind the last ones. */
  takesFreely(count: u32): boolean {
    const last = this.ready.last;
    return last === null || (count < SMALL && count <= last.tailroom());
  }

  /**
   * Keeps bytes from `start` that came too early, except those that are here already. Takes the packet.
   * @returns whether anything was new
   */
  insertEarly(packet: PacketBuffer, start: u32): boolean {
    const end = start + packet.totalLength();
    let before = this.early.last;
    while (before !== null && isAfter(before.mark, start)) before = this.early.previous(before);
    let begin: u32 = start;
    if (before !== null && isAfter(before.mark2, start)) {
      if (isBeforeOrAt(end, before.mark2)) {
        packet.release();
        return false;
      }
      packet.trimFront(before.mark2 - start);
      begin = before.mark2;
    }
    let after = before === null ? this.early.first : this.early.next(before);
    while (after !== null && isBeforeOrAt(after.mark2, end)) {
      const next = this.early.next(after);
      this.dropEarly(after);
      after = next;
    }
    if (after !== null && isBefore(after.mark, end)) {
      if (isBeforeOrAt(after.mark, begin)) {
        packet.release();
        return false;
      }
      packet.truncate(after.mark - begin);
    }
    packet.mark = begin;
    packet.mark2 = begin + packet.totalLength();
    this.latest = begin;
    if (before !== null && this.joinEarly(before, packet)) return true;
    this.earlyLength += packet.totalLength();
    this.footprint += packet.footprint();
    if (before === null) this.early.prepend(packet);
    else this.early.insertAfter(packet, before);
    return true;
  }

  /** Copies a small packet behind the one that it continues. Takes the packet when it does. */
  private joinEarly(before: PacketBuffer, packet: PacketBuffer): boolean {
    const count = packet.totalLength();
    if (before.mark2 !== packet.mark || count >= SMALL || count > before.tailroom()) return false;
    packet.copyOut(0, before.extend(count));
    before.mark2 += count;
    this.earlyLength += count;
    packet.release();
    return true;
  }

  /** Moves what is in order now, from a sequence number on. @returns the next expected one */
  advance(next: u32): u32 {
    let expected: u32 = next;
    for (let first = this.early.first; first !== null && isBeforeOrAt(first.mark, expected); first = this.early.first) {
      this.early.remove(first);
      const count = first.totalLength();
      this.earlyLength -= count;
      this.footprint -= first.footprint();
      if (isBeforeOrAt(first.mark2, expected)) {
        first.release();
        continue;
      }
      first.trimFront(expected - first.mark);
      expected = first.mark2;
      this.append(first);
    }
    return expected;
  }

  /** Gives up early packets, the farthest first, until the memory is at most `limit`. @returns whether any */
  prune(limit: usize): boolean {
    let any = false;
    for (let last = this.early.last; last !== null && this.footprint > limit; last = this.early.last) {
      this.dropEarly(last);
      any = true;
    }
    return any;
  }

  /** The ranges that came early, the latest first, at most as many as `ranges` has. @returns how many */
  selectRanges(each: (start: u32, end: u32) => void, limit: u32): u32 {
    let count: u32 = 0;
    for (let pass: u32 = 0; pass < 2; pass++) {
      let packet = this.early.first;
      while (packet !== null && count < limit) {
        const start = packet.mark;
        let end: u32 = packet.mark2;
        packet = this.early.next(packet);
        while (packet !== null && packet.mark === end) {
          end = packet.mark2;
          packet = this.early.next(packet);
        }
        const isLatest = isBeforeOrAt(start, this.latest) && isAfter(end, this.latest);
        if (isLatest !== (pass === 0)) continue;
        each(start, end);
        count++;
      }
    }
    return count;
  }

  /** Bytes from an offset on that lie side by side. */
  peek(offset: u32): Slice<u8> | null {
    let skip: u32 = offset;
    for (let packet = this.ready.first; packet !== null; packet = this.ready.next(packet)) {
      const length = packet.totalLength();
      if (skip < length) return packet.contiguous(skip);
      skip -= length;
    }
    return null;
  }

  /** The first packet: a reader that wants to keep it takes its bytes out with `consume`. */
  first(): PacketBuffer | null {
    return this.ready.first;
  }

  /** Forgets the first bytes: they were read. */
  consume(count: u32): void {
    assert(count <= this.length, "more was read than there is");
    this.length -= count;
    let rest: u32 = count;
    for (let packet = this.ready.first; packet !== null && rest > 0; packet = this.ready.first) {
      const length = packet.totalLength();
      if (rest < length) {
        this.footprint -= packet.footprint();
        packet.trimFront(rest);
        this.footprint += packet.footprint();
        return;
      }
      rest -= length;
      this.ready.remove(packet);
      this.footprint -= packet.footprint();
      packet.release();
    }
  }

  /** Forgets everything that came early. */
  clearEarly(): void {
    for (let packet = this.early.first; packet !== null; packet = this.early.first) this.dropEarly(packet);
  }

  clear(): void {
    this.clearEarly();
    this.consume(this.length);
  }

  private dropEarly(packet: PacketBuffer): void {
    this.early.remove(packet);
    this.earlyLength -= packet.totalLength();
    this.footprint -= packet.footprint();
    packet.release();
  }
}
