// The multicast groups that a socket has joined (IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP, MCAST_JOIN_GROUP).
//
// Each is also counted with its interface (net/groups.ts), which listens to the group as long as somebody wants it. The network's lock
// guards both.

import { Link, List } from "prelude/list.ts";
import { Errno } from "../lib/errno.ts";
import { type IpAddress, isIpv4, isMulticast, isSameAddress } from "../net/address.ts";
import type { NetworkInterface } from "../net/interface.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { stack } from "./network_stack.ts";

/** Of one socket (net.ipv4.igmp_max_memberships). */
const MOST_MEMBERSHIPS = 20;

class Membership {
  readonly link = new Link<Membership>();
  readonly group: IpAddress;
  /** The interface's index. */
  readonly interface: u32;

  constructor(group: IpAddress, index: u32) {
    this.group = group;
    this.interface = index;
  }
}

export class Memberships {
  private readonly list = new List<Membership>();
  private count: u32 = 0;

  /**
   * Joins a group. INVAL: it is none; NODEV: no such interface; ADDRINUSE: joined already; NOBUFS: too many.
   * @param index of the interface; 0: the one by which packets to the group would leave
   */
  join(group: IpAddress, index: u32): Errno {
    if (!isMulticast(group)) return Errno.INVAL;
    using _ = stack.lock.acquire();
    const out = interfaceFor(group, index);
    if (out === null) return Errno.NODEV;
    if (this.find(group, out.index) !== null) return Errno.ADDRINUSE;
    if (this.count >= MOST_MEMBERSHIPS) return Errno.NOBUFS;
    const membership = create(Membership, group, out.index);
    if (membership === null) return Errno.NOBUFS;
    const error = stack.network!.joinGroup(out, group);
    if (error !== Errno.NONE) {
      destroy(membership);
      return error;
    }
    this.list.append(membership);
    this.count++;
    stack.arm();
    return Errno.NONE;
  }

  /** Leaves a group. @param index 0: on whichever interface it was joined first. ADDRNOTAVAIL: it was not joined; INVAL: of IPv6, and none */
  leave(group: IpAddress, index: u32): Errno {
    if (!isIpv4(group) && !isMulticast(group)) return Errno.INVAL;
    using _ = stack.lock.acquire();
    const membership = this.find(group, index);
    if (membership === null) return Errno.ADDRNOTAVAIL;
    this.drop(membership);
    stack.arm();
    return Errno.NONE;
  }

  /** Leaves all. */
  leaveAll(): void {
    if (this.list.isEmpty()) return;
    using _ = stack.lock.acquire();
    for (let first = this.list.first; first !== null; first = this.list.first) this.drop(first);
    stack.arm();
  }

  /** Whether the group that a packet came to was joined on the interface that brought it. Takes the network's lock. */
  has(packet: PacketBuffer): boolean {
    if (this.list.isEmpty()) return false;
    const source = packet.source;
    // What we have sent comes back by the loopback, whichever interface it left by.
    const index = source === null || !source.isEthernet() ? 0 : source.index;
    using _ = stack.lock.acquire();
    return this.find(packet.to, index) !== null;
  }

  private find(group: IpAddress, index: u32): Membership | null {
    for (let one = this.list.first; one !== null; one = this.list.next(one)) {
      if ((index === 0 || one.interface === index) && isSameAddress(one.group, group)) return one;
    }
    return null;
  }

  private drop(membership: Membership): void {
    const network = stack.network!;
    const out = network.interfaceAt(membership.interface);
    if (out !== null) network.leaveGroup(out, membership.group);
    this.list.remove(membership);
    this.count--;
    destroy(membership);
  }
}

/** The interface with an index, or that by which packets to a group leave. The network's lock is held. */
function interfaceFor(group: IpAddress, index: u32): NetworkInterface | null {
  const network = stack.network!;
  if (index !== 0) return network.interfaceAt(index);
  const route = network.routes.find(group, 0);
  if (route !== null) return route.interface;
  return network.interfaceAt(2);
}
