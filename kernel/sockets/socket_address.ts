// An address of a socket as the application gives and gets it (struct sockaddr and its kin): bytes, of which the first two are the
// family. What the rest means is the family's affair.

import { addressOf, sliceAt } from "unsafe";

/** Address families (linux/socket.h). */
export const enum Family {
  Unspecified = 0,
  Unix = 1,
  Inet = 2,
  Inet6 = 10,
  Netlink = 16,
  Packet = 17,
}

/** Bytes of the longest address of any family (struct sockaddr_storage). */
export const ADDRESS_MAX = 128;

export class SocketAddress {
  readonly storage!: FixedArray<u8, 128>;
  /** Bytes that are meant; 0: no address. */
  length: u32 = 0;

  /** The family; unspecified for an address that is too short to have one. */
  family(): u32 {
    return this.length < 2 ? 0 : u32(this.storage[0]) | (u32(this.storage[1]) << 8);
  }

  /** The bytes that are meant. */
  content(): Slice<u8> {
    return this.storage.slice(0, u64(this.length));
  }

  /** Begins an address of a family, with zeros behind it. */
  begin(family: Family, length: u32): void {
    this.storage.slice().fill(0);
    this.storage[0] = u8(u32(family));
    this.length = length;
  }

  /** Takes over the whole of an object's bytes. */
  take<T>(object: T): void {
    // Safe: the object's own bytes; the classes of addresses are smaller than the storage, which copyFrom checks.
    this.storage.slice(0, sizeOf<T>()).copyFrom(sliceAt<u8>(addressOf(object), sizeOf<T>()));
    this.length = u32(sizeOf<T>());
  }
}
