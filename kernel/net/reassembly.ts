// Putting fragments of IP packets together again (RFC 791, 3.2; RFC 8200, 4.5).
//
// A datagram's fragments lie in the order of their offsets until none is missing, then one packet is made of them. Overlaps: a fragment
// that says exactly what another has said is ignored, any other overlap throws the whole datagram away (RFC 5722).
// Bounds: MAXIMUM_MEMORY bytes of buffers in all, MAXIMUM_DATAGRAMS, MAXIMUM_FRAGMENTS each, 30 seconds; the oldest goes first.

import { Link, List } from "prelude/list.ts";
import type { IpAddress } from "./address.ts";
import { isIpv4, isSameAddress } from "./address.ts";
import { Counter, type Counters } from "./counters.ts";
import { type NetworkMemory, PacketBuffer } from "./packet.ts";

const MAXIMUM_MEMORY = 256 * 1024;
const MAXIMUM_DATAGRAMS = 64;
const MAXIMUM_FRAGMENTS_OF_ONE = 256;
const LIFETIME = 30_000_000_000;
const LONGEST = 65535;

/** A datagram of which something is missing. */
class Datagram {
  readonly link = new Link<Datagram>();
  readonly from: IpAddress;
  readonly to: IpAddress;
  readonly identification: u32;
  readonly protocol: u8;
  readonly deadline: u64;
  /** By offset; a packet's `mark` is its offset in the datagram, and it holds nothing but payload. */
  readonly fragments = new List<PacketBuffer>();
  count: u32 = 0;
  received: u32 = 0;
  /** Bytes of the whole payload, once the last fragment is here. */
  length: u32 = 0;
  hasLast = false;

  constructor(from: IpAddress, to: IpAddress, identification: u32, protocol: u8, deadline: u64) {
    this.from = from;
    this.to = to;
    this.identification = identification;
    this.protocol = protocol;
    this.deadline = deadline;
  }
}

/** What became of a fragment. */
const enum Inserted {
  /** It is there, or was there already. */
  Well,
  /** It has bytes that another has as well. */
  Overlaps,
  /** It lies beyond the end, is another end, or is one too many. */
  Contradicts,
}

/** Guarded by the network's lock. */
export class Reassembly {
  /** Oldest first. */
  private readonly datagrams = new List<Datagram>();
  private count: u32 = 0;
  private memory: usize = 0;

  /** When the oldest datagram is given up; 0: there is none. */
  deadline(): u64 {
    const oldest = this.datagrams.first;
    return oldest === null ? 0 : oldest.deadline;
  }

  /**
   * Adds a fragment. Takes the packet, which begins with the fragment's payload.
   * @returns the whole packet, beginning with its payload, with the addresses and offsets of the fragments; null while parts are missing
   */
  add(
    packet: PacketBuffer,
    identification: u32,
    offset: u32,
    hasMore: boolean,
    memory: NetworkMemory,
    counters: Counters,
    now: u64,
  ): PacketBuffer | null {
    const four = isIpv4(packet.from);
    counters.count(four ? Counter.IpReasmReqds : Counter.Ip6ReasmReqds);
    const length = packet.totalLength();
    const datagram = this.obtain(packet, identification, now, counters);
    // All but the last are multiples of 8 long (RFC 791, 3.2); nothing may lie beyond the longest packet.
    if (datagram === null || length === 0 || (hasMore && length % 8 !== 0) || offset + length > LONGEST) {
      packet.release();
      counters.count(four ? Counter.IpReasmFails : Counter.Ip6ReasmFails);
      if (datagram !== null && datagram.count === 0) this.drop(datagram);
      return null;
    }
    packet.mark = offset;
    const inserted = this.insert(datagram, packet, offset + length, hasMore);
    if (inserted !== Inserted.Well) {
      if (four && inserted === Inserted.Overlaps) counters.count(Counter.IpExtReasmOverlaps);
      counters.count(four ? Counter.IpReasmFails : Counter.Ip6ReasmFails);
      this.drop(datagram);
      return null;
    }
    if (datagram.hasLast && datagram.received === datagram.length) {
      const whole = join(datagram, memory);
      this.drop(datagram);
      counters.count(
        whole === null ? (four ? Counter.IpReasmFails : Counter.Ip6ReasmFails) : four ? Counter.IpReasmOKs : Counter.Ip6ReasmOKs,
      );
      return whole;
    }
    while (this.memory > MAXIMUM_MEMORY) this.dropOldest(counters);
    return null;
  }

  /** Gives up what is too old. `expired` is told the first fragment, if it came (RFC 792: time exceeded, code 1). Takes nothing. */
  timer(now: u64, counters: Counters, expired: (first: PacketBuffer) => void): void {
    for (let oldest = this.datagrams.first; oldest !== null && now >= oldest.deadline; oldest = this.datagrams.first) {
      counters.count(isIpv4(oldest.from) ? Counter.IpReasmTimeout : Counter.Ip6ReasmTimeout);
      const first = oldest.fragments.first;
      if (first !== null && first.mark === 0) expired(first);
      this.dropOldest(counters);
    }
  }

  private obtain(packet: PacketBuffer, identification: u32, now: u64, counters: Counters): Datagram | null {
    for (let one = this.datagrams.last; one !== null; one = this.datagrams.previous(one)) {
      if (one.identification !== identification || one.protocol !== packet.protocol) continue;
      if (isSameAddress(one.from, packet.from) && isSameAddress(one.to, packet.to)) return one;
    }
    if (this.count === MAXIMUM_DATAGRAMS) this.dropOldest(counters);
    const made = create(Datagram, packet.from, packet.to, identification, packet.protocol, now + LIFETIME);
    if (made === null) return null;
    this.datagrams.append(made);
    this.count++;
    return made;
  }

  /** Takes the packet. */
  private insert(datagram: Datagram, packet: PacketBuffer, end: u32, hasMore: boolean): Inserted {
    const contradicts = hasMore
      ? datagram.hasLast && end >= datagram.length
      : (datagram.hasLast && end !== datagram.length) || endOf(datagram.fragments.last) > end;
    if (contradicts || datagram.count === MAXIMUM_FRAGMENTS_OF_ONE) {
      packet.release();
      return Inserted.Contradicts;
    }
    let before = datagram.fragments.last;
    while (before !== null && before.mark > packet.mark) before = datagram.fragments.previous(before);
    const after = before === null ? datagram.fragments.first : datagram.fragments.next(before);
    const overlaps = endOf(before) > packet.mark || (after !== null && after.mark < end);
    if (overlaps) {
      const isRepeat = before !== null && before.mark === packet.mark && endOf(before) === end;
      packet.release();
      return isRepeat ? Inserted.Well : Inserted.Overlaps;
    }
    if (!hasMore) {
      datagram.hasLast = true;
      datagram.length = end;
    }
    if (before === null) datagram.fragments.prepend(packet);
    else datagram.fragments.insertAfter(packet, before);
    datagram.count++;
    datagram.received += packet.totalLength();
    this.memory += packet.footprint();
    return Inserted.Well;
  }

  private dropOldest(counters: Counters): void {
    const oldest = this.datagrams.first!;
    counters.count(isIpv4(oldest.from) ? Counter.IpReasmFails : Counter.Ip6ReasmFails);
    this.drop(oldest);
  }

  private drop(datagram: Datagram): void {
    for (let packet = datagram.fragments.takeFirst(); packet !== null; packet = datagram.fragments.takeFirst()) {
      this.memory -= packet.footprint();
      packet.release();
    }
    this.datagrams.remove(datagram);
    this.count--;
    destroy(datagram);
  }

  /** Gives everything up. */
  clear(): void {
    for (let oldest = this.datagrams.first; oldest !== null; oldest = this.datagrams.first) this.drop(oldest);
  }
}

/** Where a fragment ends; 0 for none. */
function endOf(packet: PacketBuffer | null): u32 {
  return packet === null ? 0 : packet.mark + packet.totalLength();
}

/** One packet of all fragments, copied: fragments are rare, and readers of headers want them side by side. */
function join(datagram: Datagram, memory: NetworkMemory): PacketBuffer | null {
  const whole = memory.allocatePacket(u64(datagram.length));
  if (whole === null) return null;
  const data = whole.extend(datagram.length);
  for (let part = datagram.fragments.first; part !== null; part = datagram.fragments.next(part)) {
    part.copyOut(0, data.slice(u64(part.mark), u64(endOf(part))));
    // The strictest of them (RFC 3168, 5.3: congestion that one part met was met by all).
    if ((part.trafficClass & 3) === 3) whole.trafficClass |= 3;
  }
  const first = datagram.fragments.first!;
  whole.source = first.source;
  whole.receivedAt = first.receivedAt;
  whole.from = first.from;
  whole.to = first.to;
  whole.protocol = first.protocol;
  whole.hopLimit = first.hopLimit;
  whole.trafficClass |= first.trafficClass;
  whole.isBroadcast = first.isBroadcast;
  whole.isMulticast = first.isMulticast;
  return whole;
}
