// The packet buffer: one packet on its way through the stack, and the memory that it is made of.
//
//   storage   | headroom | headers, payload …          | tailroom |
//                        ^ start                       ^ start + length
//   fragments   [chunk, offset, length] [chunk, offset, length] …      payload that goes on behind those bytes
//
// Headers are always in the storage; a payload may go on in fragments, which are pieces of chunks that others hold as well:
// a send buffer of TCP, a device's large receive buffers. So 64 KiB leave, and arrive, without a copy.
//
// Ownership: who is given a packet by a call owns it, and passes it on, keeps it or gives it back with `release()`. A chunk
// counts its references, from any CPU; a packet has one owner and no count.
// Rejected: chains of small buffers. Every reader of a header would have to expect a seam inside it.

import { Link } from "prelude/list.ts";
import type { IpAddress } from "./address.ts";
import type { NetworkInterface } from "./interface.ts";

/** Room in front of a transport's header that every packet made here has: link, IPv6 with options, TCP with options. */
export const HEADROOM = 192;
/** Fragments of one packet: 64 KiB of 4 KiB pieces, and one for a bad alignment. */
export const MAXIMUM_FRAGMENTS = 17;

/** What is known of a packet's checksums. */
export const enum ChecksumState {
  /** Nothing: the receiver must look. Of a packet to send: it is complete. */
  None,
  /** Received: device or sender in the same machine vouches for the transport's checksum. */
  Verified,
  /** To send: the device sums from `checksumStart` to the end, and stores at `checksumStart + checksumOffset`. */
  Partial,
}

/** Into what a device cuts a packet that is longer than its MTU. */
export const enum SegmentKind {
  None,
  Tcp4,
  Tcp6,
}

/** Memory that several packets, buffers and sockets share. */
export class Chunk {
  /** For the list of its supplier, while nobody owns it. */
  readonly link = new Link<Chunk>();
  /** All of it. */
  storage!: Slice<u8>;
  /** Owners; the last one's `releaseChunk` gives it to `memory`. */
  readonly references = new Atomic<u32>(1);
  readonly memory: NetworkMemory;
  /** What the supplier of the memory wants to know of it. */
  token: u64 = 0;

  constructor(memory: NetworkMemory, storage: Slice<u8>) {
    this.memory = memory;
    this.storage = storage;
  }

  retain(): void {
    this.references.add(1);
  }

  /** Gives one reference back. */
  release(): void {
    if (this.references.subtract(1) === 1) this.memory.freeChunk(this);
  }
}

/** A piece of a chunk, with a reference of its own. */
export class Fragment {
  chunk: Chunk | null = null;
  offset: u32 = 0;
  length: u32 = 0;

  bytes(): Slice<u8> {
    return this.chunk!.storage.slice(u64(this.offset), u64(this.offset + this.length));
  }
}

/** Where packets and chunks come from: the kernel's pools, a test's heap. Any context; may be called on any CPU. */
export interface NetworkMemory {
  /** A packet with `room` bytes behind a headroom of {@link HEADROOM}, empty; null when there is no memory. */
  allocatePacket(room: usize): PacketBuffer | null;
  /** The same, with no more memory than that takes: for what may stay long while memory is short. */
  allocateCompact(room: usize): PacketBuffer | null;
  /** Takes the memory of a packet whose fragments are released already. */
  freePacket(packet: PacketBuffer): void;
  /** A chunk of at least `size` bytes with one reference; null when there is no memory. */
  allocateChunk(size: usize): Chunk | null;
  /** Takes a chunk without references. */
  freeChunk(chunk: Chunk): void;
}

/** One packet. */
export class PacketBuffer {
  /** For the list of whoever owns it. */
  readonly link = new Link<PacketBuffer>();
  readonly memory: NetworkMemory;
  storage!: Slice<u8>;
  /** Offset of the first byte in the storage. */
  start: u32;
  /** Bytes in the storage; those in fragments come on top. */
  length: u32 = 0;
  readonly fragments!: FixedArray<Fragment, 17>;
  fragmentCount: u32 = 0;
  /** Bytes in all fragments. */
  fragmentLength: u32 = 0;

  checksum: ChecksumState = ChecksumState.None;
  /** Offset in the storage from where the device sums. */
  checksumStart: u32 = 0;
  /** From there to the two bytes that take the sum. */
  checksumOffset: u32 = 0;
  segmentKind: SegmentKind = SegmentKind.None;
  /** Bytes of payload in each packet that the device makes, or has joined (received: 0 when it is not known). */
  segmentSize: u32 = 0;

  /** Received: which interface brought it. */
  source: NetworkInterface | null = null;
  /** Received: nanoseconds of the monotonic clock, for SO_TIMESTAMP. */
  receivedAt: u64 = 0;
  /** Received: offsets in the storage of the IP header and of what it carries. */
  networkOffset: u32 = 0;
  transportOffset: u32 = 0;
  /** Received: from whom, to whom, and the protocol's number in IP; set by {@link Network.parse}. */
  from!: IpAddress;
  to!: IpAddress;
  protocol: u8 = 0;
  hopLimit: u8 = 0;
  /** Type of service (RFC 2474, RFC 3168). */
  trafficClass: u8 = 0;
  /** It came to a link's broadcast or multicast address, or an Internet one. */
  isBroadcast = false;
  isMulticast = false;
  /** Of whoever owns it: TCP keeps the first sequence number here, UDP the port. */
  mark: u32 = 0;
  mark2: u32 = 0;
  /** What the supplier of the memory wants to know of it: a device's slot. */
  token: u64 = 0;

  constructor(memory: NetworkMemory, storage: Slice<u8>, start: u32) {
    this.memory = memory;
    this.storage = storage;
    this.start = start;
  }

  /** The bytes in the storage. @inline */
  bytes(): Slice<u8> {
    return this.storage.slice(u64(this.start), u64(this.start + this.length));
  }

  /** Bytes of the whole packet. @inline */
  totalLength(): u32 {
    return this.length + this.fragmentLength;
  }

  /** Bytes of memory that it keeps others from using. */
  footprint(): usize {
    let size = this.storage.length + sizeOf<PacketBuffer>();
    for (let i: u32 = 0; i < this.fragmentCount; i++) size += u64(this.fragments[i].length);
    return size;
  }

  /** Makes room for a header in front. Panics when the headroom is used up. @inline */
  prepend(count: u32): void {
    assert(count <= this.start, "a header does not fit in front of the packet");
    this.start -= count;
    this.length += count;
  }

  /** Adds bytes to the end of an unfragmented packet: the slice to fill. Panics when the tailroom is used up. */
  extend(count: u32): Slice<u8> {
    assert(this.fragmentCount === 0, "a packet with fragments grows by fragments");
    const end = this.start + this.length;
    assert(u64(end + count) <= this.storage.length, "more does not fit at the end of the packet");
    this.length += count;
    return this.storage.slice(u64(end), u64(end + count));
  }

  /** Bytes that `extend` can still give. */
  tailroom(): u32 {
    return this.fragmentCount === 0 ? u32(this.storage.length) - this.start - this.length : 0;
  }

  /** Adds a piece of a chunk, and a reference to it. False when there are too many already. */
  addFragment(chunk: Chunk, offset: u32, length: u32): boolean {
    const last: u32 = this.fragmentCount;
    if (last > 0) {
      const before = this.fragments[last - 1];
      if (before.chunk === chunk && before.offset + before.length === offset) {
        before.length += length;
        this.fragmentLength += length;
        return true;
      }
    }
    if (last === MAXIMUM_FRAGMENTS) return false;
    const fragment = this.fragments[last];
    chunk.retain();
    fragment.chunk = chunk;
    fragment.offset = offset;
    fragment.length = length;
    this.fragmentCount = last + 1;
    this.fragmentLength += length;
    return true;
  }

  /** Takes bytes off the front, from the storage first. Panics when there are not so many. */
  trimFront(count: u32): void {
    assert(count <= this.totalLength(), "more is cut off than the packet has");
    const own = minimum(count, this.length);
    this.start += own;
    this.length -= own;
    let rest: u32 = count - own;
    while (rest > 0) {
      const fragment = this.fragments[0];
      const part = minimum(rest, fragment.length);
      fragment.offset += part;
      fragment.length -= part;
      this.fragmentLength -= part;
      rest -= part;
      if (fragment.length === 0) this.dropFirstFragment();
    }
  }

  /** Keeps the first `count` bytes. */
  truncate(count: u32): void {
    let surplus: u32 = this.totalLength() - count;
    assert(count <= this.totalLength(), "a packet cannot be cut to more than it has");
    while (surplus > 0 && this.fragmentCount > 0) {
      const fragment = this.fragments[this.fragmentCount - 1];
      const part = minimum(surplus, fragment.length);
      fragment.length -= part;
      this.fragmentLength -= part;
      surplus -= part;
      if (fragment.length === 0) {
        fragment.chunk!.release();
        fragment.chunk = null;
        this.fragmentCount--;
      }
    }
    this.length -= surplus;
  }

  /** Copies bytes from an offset on to a slice, as many as both have. @returns how many */
  copyOut(offset: u32, target: Slice<u8>): usize {
    let skip: u64 = u64(offset);
    let done: usize = 0;
    for (let part: u32 = 0; part <= this.fragmentCount && done < target.length; part++) {
      const piece = part === 0 ? this.bytes() : this.fragments[part - 1].bytes();
      if (skip >= piece.length) {
        skip -= piece.length;
        continue;
      }
      const count = minimum(piece.length - skip, target.length - done);
      target.slice(done, done + count).copyFrom(piece.slice(skip, skip + count));
      done += count;
      skip = 0;
    }
    return done;
  }

  /** The bytes from an offset on that lie side by side; empty at the end. For readers that copy to the application. */
  contiguous(offset: u32): Slice<u8> {
    if (offset < this.length) return this.bytes().slice(u64(offset));
    let skip: u32 = offset - this.length;
    for (let i: u32 = 0; i < this.fragmentCount; i++) {
      const fragment = this.fragments[i];
      if (skip < fragment.length) return fragment.bytes().slice(u64(skip));
      skip -= fragment.length;
    }
    return this.storage.slice(0, 0);
  }

  /** Gives packet and fragments back. */
  release(): void {
    for (let i: u32 = 0; i < this.fragmentCount; i++) {
      this.fragments[i].chunk!.release();
      this.fragments[i].chunk = null;
    }
    this.fragmentCount = 0;
    this.fragmentLength = 0;
    this.memory.freePacket(this);
  }

  private dropFirstFragment(): void {
    this.fragments[0].chunk!.release();
    for (let i: u32 = 1; i < this.fragmentCount; i++) {
      const from = this.fragments[i];
      const to = this.fragments[i - 1];
      to.chunk = from.chunk;
      to.offset = from.offset;
      to.length = from.length;
    }
    this.fragmentCount--;
    this.fragments[this.fragmentCount].chunk = null;
  }
}
