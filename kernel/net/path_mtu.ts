// What routers have said about the size of packets on the way to an address (RFC 1191, RFC 8201). Forgotten after ten minutes
// (RFC 1191, 6.3), the oldest first when there are too many: anybody may send such a message, so the table is small.

import type { IpAddress } from "./address.ts";
import { isSameAddress } from "./address.ts";

/** Below this nobody is believed: net.ipv4.route.min_pmtu. */
export const LEAST_PATH_SIZE = 552;
const ENTRIES = 64;
const LIFETIME = 600_000_000_000;

class PathMtu {
  destination!: IpAddress;
  maximumPacket: u32 = 0;
  /** 0: not used. */
  until: u64 = 0;
}

/** Guarded by the network's lock. */
export class PathMtuTable {
  private readonly entries!: FixedArray<PathMtu, 64>;
  private oldest: usize = 0;

  /** Notes a size, unless a smaller one is known. @returns whether it is news */
  note(destination: IpAddress, maximumPacket: u32, now: u64): boolean {
    const known = this.lookUp(destination, now);
    if (known !== null) {
      const isNews = maximumPacket < known.maximumPacket;
      if (isNews) known.maximumPacket = maximumPacket;
      known.until = now + LIFETIME;
      return isNews;
    }
    const entry = this.entries[this.oldest];
    this.oldest = (this.oldest + 1) % ENTRIES;
    entry.destination = destination;
    entry.maximumPacket = maximumPacket;
    entry.until = now + LIFETIME;
    return true;
  }

  /** The smaller of what is known and what the interface allows. */
  limit(destination: IpAddress, maximumPacket: u32, now: u64): u32 {
    const known = this.lookUp(destination, now);
    return known === null ? maximumPacket : minimum(known.maximumPacket, maximumPacket);
  }

  private lookUp(destination: IpAddress, now: u64): PathMtu | null {
    for (const entry of this.entries) {
      if (entry.until > now && isSameAddress(entry.destination, destination)) return entry;
    }
    return null;
  }
}
