// Which listener gets a segment: the one for exactly its address, else one for any address; several with SO_REUSEPORT share by hash.

import { HashTable, mixHash } from "prelude/hash_table.ts";
import { type IpAddress, isIpv4, isSameAddress, isUnspecified } from "../address.ts";
import { hashConnection } from "./connection.ts";
import type { Listener } from "./listener.ts";

/** The owner locks it. */
export class ListenerTable {
  readonly listeners = new HashTable<Listener, 256>();

  /** The listener for a segment from `remote`; null when nobody listens. */
  find(local: IpAddress, port: u16, remote: IpAddress, remotePort: u16, incoming: u32): Listener | null {
    let best: Listener | null = null;
    let bestScore: u32 = 0;
    let count: u64 = 0;
    const spread = mixHash(hashConnection(local, port, remote, remotePort));
    for (let one = this.listeners.firstWithHash(hashPort(port)); one !== null; one = this.listeners.nextWithHash(one)) {
      const score = scoreOf(one, local, port, incoming);
      if (score === 0 || score < bestScore) continue;
      count = score > bestScore ? 1 : count + 1;
      // Of several that are equal each gets its share, and a peer always meets the same one while they stay.
      if (score > bestScore || (spread >> 8) % count === 0) best = one;
      bestScore = score;
    }
    return best;
  }

  /** Whether another listener stands in the way of a new one (EADDRINUSE). */
  conflicts(added: Listener): boolean {
    for (let one = this.listeners.firstWithHash(added.hash()); one !== null; one = this.listeners.nextWithHash(one)) {
      if (one === added || one.localPort !== added.localPort || (one.reusePort && added.reusePort)) continue;
      if (one.boundInterface !== added.boundInterface && one.boundInterface !== 0 && added.boundInterface !== 0) continue;
      if (overlaps(one, added)) return true;
    }
    return false;
  }

  insert(listener: Listener): void {
    this.listeners.insert(listener);
  }

  /** Takes a listener out, if it is in. */
  remove(listener: Listener): void {
    if (listener.entry.linked) this.listeners.remove(listener);
  }
}

/** The hash of a port: the address may be any. */
export function hashPort(port: u16): u64 {
  return mixHash(u64(port));
}

/** How well a listener fits; 0: not at all. */
function scoreOf(listener: Listener, local: IpAddress, port: u16, incoming: u32): u32 {
  if (listener.localPort !== port || (listener.boundInterface !== 0 && listener.boundInterface !== incoming)) return 0;
  let score: u32 = listener.boundInterface === 0 ? 1 : 2;
  if (isSameAddress(listener.localAddress, local)) return score + 8;
  if (!isUnspecified(listener.localAddress)) return 0;
  // `::` takes IPv4 as well, unless it was told not to; 0.0.0.0 comes first.
  if (isIpv4(listener.localAddress)) return isIpv4(local) ? score + 4 : 0;
  if (isIpv4(local) && listener.onlySix) return 0;
  score += 2;
  return score;
}

/** Whether two listeners could both get a segment. */
function overlaps(a: Listener, b: Listener): boolean {
  if (isSameAddress(a.localAddress, b.localAddress)) return true;
  return takes(a, b.localAddress) || takes(b, a.localAddress);
}

/** Whether a listener for any address takes what is for another address. */
function takes(any: Listener, address: IpAddress): boolean {
  if (!isUnspecified(any.localAddress)) return false;
  if (isIpv4(any.localAddress)) return isIpv4(address);
  return !(any.onlySix && isIpv4(address));
}
