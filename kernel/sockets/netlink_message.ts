// Messages of netlink (RFC 3549, section 2; netlink(7)), in the order of bytes of the machine.
//
//   0        4      6       8          12     16
//   | length | type | flags | sequence | port | content, attributes …     a message; the next one begins at a multiple of 4
//   | length | kind | value …                                             an attribute, likewise
//
// Answers go into datagrams of at most ROOM bytes, so that a reader with a buffer of one page gets all of each.

import { Link, List } from "prelude/list.ts";
import type { IpAddress } from "../net/address.ts";
import { isIpv4, storeIpv4, storeIpv6 } from "../net/address.ts";

/** Bytes of a message's header, and of an attribute's. */
export const MESSAGE_HEADER = 16;
const ATTRIBUTE_HEADER = 4;
/** Bytes of a datagram with answers: what Linux takes for one where a page has 4096. */
const ROOM = 3776;
/** No answer of ours is longer, but for errors, which say theirs. */
const LONGEST_MESSAGE = 640;

/** Types that every protocol has (linux/netlink.h). */
export const enum ControlType {
  Nothing = 1,
  Error = 2,
  Done = 3,
  /** The first that belongs to a protocol. */
  First = 16,
}

/** Flags of a message. */
export const enum MessageMark {
  Request = 0x1,
  Multi = 0x2,
  Acknowledge = 0x4,
  /** Of an error: the request's content was left out. */
  Capped = 0x100,
  /** Of a question: about all that there are (NLM_F_ROOT, NLM_F_MATCH). */
  Dump = 0x300,
}

/** What one recvmsg(2) gets. */
export class NetlinkDatagram {
  readonly link = new Link<NetlinkDatagram>();
  readonly storage: Slice<u8>;
  length: usize = 0;
  /** The group that it is for, from 1 on; 0: an answer. */
  group: u32 = 0;

  constructor(storage: Slice<u8>) {
    this.storage = storage;
  }
}

/** Another one with the same bytes; null: no memory. */
export function copyDatagram(datagram: NetlinkDatagram): NetlinkDatagram | null {
  const storage = createArray<u8>(datagram.length);
  if (storage === null) return null;
  const copy = create(NetlinkDatagram, storage);
  if (copy === null) {
    destroyArray(storage);
    return null;
  }
  storage.copyFrom(datagram.storage.slice(0, datagram.length));
  copy.length = datagram.length;
  copy.group = datagram.group;
  return copy;
}

/** Frees a datagram that is on no list. */
export function freeDatagram(datagram: NetlinkDatagram): void {
  destroyArray(datagram.storage);
  destroy(datagram);
}

/** The header of a message that came in. */
export class NetlinkHeader {
  length: u32 = 0;
  type: u32 = 0;
  flags: u32 = 0;
  sequence: u32 = 0;

  /** Reads it from the beginning of what is left. False: there is no whole message. */
  read(from: Slice<u8>): boolean {
    if (from.length < MESSAGE_HEADER) return false;
    this.length = loadWord(from, 0);
    this.type = u32(from[4]) | (u32(from[5]) << 8);
    this.flags = u32(from[6]) | (u32(from[7]) << 8);
    this.sequence = loadWord(from, 8);
    return this.length >= MESSAGE_HEADER && u64(this.length) <= from.length;
  }
}

/** Four bytes. */
export function loadWord(from: Slice<u8>, at: usize): u32 {
  return u32(from[at]) | (u32(from[at + 1]) << 8) | (u32(from[at + 2]) << 16) | (u32(from[at + 3]) << 24);
}

/** The value of the first attribute of a kind; null: there is none. */
export function findAttribute(attributes: Slice<u8>, kind: u32): Slice<u8> | null {
  let at: usize = 0;
  while (at + ATTRIBUTE_HEADER <= attributes.length) {
    const length = u64(attributes[at]) | (u64(attributes[at + 1]) << 8);
    if (length < ATTRIBUTE_HEADER || at + length > attributes.length) return null;
    const own = u32(attributes[at + 2]) | (u32(attributes[at + 3] & 0x3f) << 8);
    if (own === kind) return attributes.slice(at + ATTRIBUTE_HEADER, at + length);
    at += aligned(length);
  }
  return null;
}

/** The next multiple of 4. @inline */
export function aligned(length: usize): usize {
  return (length + 3) & ~u64(3);
}

/** Makes the answers to one request. Without memory it goes on and keeps nothing: see `failed`. */
export class NetlinkWriter {
  /** What was made; the caller's. */
  readonly datagrams = new List<NetlinkDatagram>();
  private readonly sequence: u32;
  private readonly port: u32;
  private current: NetlinkDatagram | null = null;
  /** Where the message begins that is being made. */
  private begun: usize = 0;
  failed = false;

  /** @param port of the socket that asked */
  constructor(sequence: u32, port: u32) {
    this.sequence = sequence;
    this.port = port;
  }

  /** Begins a message. @param flags a union of MessageMark @param room bytes that it may have */
  begin(type: u32, flags: u32, room: usize = LONGEST_MESSAGE): void {
    let datagram = this.current;
    if (datagram === null || datagram.length + room > datagram.storage.length) {
      datagram = this.add(maximum(room, u64(ROOM)));
      if (datagram === null) return;
    }
    this.begun = datagram.length;
    this.word(0);
    this.half(type);
    this.half(flags);
    this.word(this.sequence);
    this.word(this.port);
  }

  /** Ends the message. */
  end(): void {
    const datagram = this.current;
    if (datagram === null) return;
    const length = u32(datagram.length - this.begun);
    for (let i: usize = 0; i < 4; i++) datagram.storage[this.begun + i] = u8(length >> (u32(i) * 8));
    this.align();
  }

  byte(value: u32): void {
    const datagram = this.current;
    if (datagram === null) return;
    datagram.storage[datagram.length] = u8(value);
    datagram.length++;
  }

  half(value: u32): void {
    this.byte(value);
    this.byte(value >> 8);
  }

  word(value: u32): void {
    this.half(value);
    this.half(value >> 16);
  }

  long(value: u64): void {
    this.word(u32(value));
    this.word(u32(value >> 32));
  }

  bytes(value: Slice<u8>): void {
    for (const one of value) this.byte(u32(one));
  }

  /** Begins an attribute whose value follows. @param length of the value */
  attribute(kind: u32, length: usize): void {
    this.align();
    this.half(u32(length) + ATTRIBUTE_HEADER);
    this.half(kind);
  }

  byteAttribute(kind: u32, value: u32): void {
    this.attribute(kind, 1);
    this.byte(value);
  }

  wordAttribute(kind: u32, value: u32): void {
    this.attribute(kind, 4);
    this.word(value);
  }

  /** Text, with its NUL. */
  textAttribute(kind: u32, value: Slice<u8>): void {
    this.attribute(kind, value.length + 1);
    this.bytes(value);
    this.byte(0);
  }

  addressAttribute(kind: u32, address: IpAddress): void {
    const place = new AddressBytes();
    if (isIpv4(address)) {
      this.attribute(kind, 4);
      storeIpv4(place.all.slice(), 0, address);
      this.bytes(place.all.slice(0, 4));
    } else {
      this.attribute(kind, 16);
      storeIpv6(place.all.slice(), 0, address);
      this.bytes(place.all.slice());
    }
  }

  /** An address of Ethernet: the first byte is the highest. */
  hardwareAttribute(kind: u32, address: u64): void {
    this.attribute(kind, 6);
    for (let shift: u32 = 48; shift > 0; shift -= 8) this.byte(u32(address >> (shift - 8)) & 0xff);
  }

  private align(): void {
    const datagram = this.current;
    if (datagram === null) return;
    while ((datagram.length & 3) !== 0) this.byte(0);
  }

  private add(room: usize): NetlinkDatagram | null {
    this.current = null;
    const storage = createArray<u8>(aligned(room));
    if (storage === null) {
      this.failed = true;
      return null;
    }
    const datagram = create(NetlinkDatagram, storage);
    if (datagram === null) {
      destroyArray(storage);
      this.failed = true;
      return null;
    }
    this.datagrams.append(datagram);
    this.current = datagram;
    return datagram;
  }
}

class AddressBytes {
  readonly all!: FixedArray<u8, 16>;
}
