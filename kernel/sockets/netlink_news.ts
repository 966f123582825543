// News of the network for the groups of NETLINK_ROUTE (rtnetlink(7)): an address came, changed or went, a route likewise.
//
//   network ── under its lock ──▶ messages on a list ── the network's thread ──▶ the queue of every socket that is in the group
//
// The network changes in interrupts, under a lock that comes after those of sockets: so messages wait for the thread. Without a socket
// in any group nothing is made. The network's lock guards the list.

import { List } from "prelude/list.ts";
import { Errno } from "../lib/errno.ts";
import { isIpv4 } from "../net/address.ts";
import type { InterfaceAddress, NetworkInterface } from "../net/interface.ts";
import type { NetworkObserver } from "../net/network.ts";
import type { Route } from "../net/route.ts";
import { freeDatagram, type NetlinkDatagram, NetlinkWriter } from "./netlink_message.ts";
import { spreadNews } from "./netlink_socket.ts";
import { stack } from "./network_stack.ts";
import { RouteType, writeAddress, writeRoute } from "./route_answers.ts";

/** Messages that wait for the thread, at most. */
const MOST_WAITING = 64;

/** Groups (linux/rtnetlink.h), from 1 on. */
const enum Group {
  Address4 = 5,
  Route4 = 7,
  Address6 = 9,
  Route6 = 11,
}

class NetlinkNews implements NetworkObserver {
  /** Sockets that are in any group. */
  readonly listeners = new Atomic<u32>(0);
  private readonly waiting = new List<NetlinkDatagram>();
  private count: u32 = 0;
  /** Something had to be left out. */
  private lost = false;

  addressChanged(on: NetworkInterface, address: InterfaceAddress, isThere: boolean): void {
    if (this.listeners.loadRelaxed() === 0) return;
    const writer = new NetlinkWriter(0, 0);
    writeAddress(writer, on, address, isThere ? RouteType.NewAddress : RouteType.DeleteAddress, 0);
    this.add(writer, isIpv4(address.address) ? Group.Address4 : Group.Address6);
  }

  routeChanged(route: Route, isThere: boolean): void {
    if (this.listeners.loadRelaxed() === 0) return;
    const writer = new NetlinkWriter(0, 0);
    writeRoute(writer, route, isThere ? RouteType.NewRoute : RouteType.DeleteRoute, 0);
    this.add(writer, isIpv4(route.destination) ? Group.Route4 : Group.Route6);
  }

  private add(writer: NetlinkWriter, group: Group): void {
    if (writer.failed) this.lost = true;
    for (let made = writer.datagrams.takeFirst(); made !== null; made = writer.datagrams.takeFirst()) {
      if (this.count === MOST_WAITING) {
        this.lost = true;
        freeDatagram(made);
        continue;
      }
      made.group = u32(group);
      this.waiting.append(made);
      this.count++;
    }
    stack.service.wakeAll();
  }

  /** A hint, without the lock. */
  hasNews(): boolean {
    return this.count !== 0 || this.lost;
  }

  /** Brings everything to those who want it. In the network's thread, without locks. */
  deliver(): void {
    for (;;) {
      const datagram = this.takeFirst();
      if (datagram === null) break;
      spreadNews(datagram, Errno.NONE);
      freeDatagram(datagram);
    }
    if (this.takeLost()) spreadNews(null, Errno.NOBUFS);
  }

  private takeFirst(): NetlinkDatagram | null {
    using _ = stack.lock.acquire();
    const first = this.waiting.takeFirst();
    if (first !== null) this.count--;
    return first;
  }

  private takeLost(): boolean {
    using _ = stack.lock.acquire();
    const lost = this.lost;
    this.lost = false;
    return lost;
  }
}

export const news = new NetlinkNews();
