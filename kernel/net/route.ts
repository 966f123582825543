// Routes: which interface and which router lead to an address. The longest prefix wins, then the lowest metric (RFC 1812, 5.2.4.3).
//
// A flat table: a guest has a handful of routes, and connections remember theirs in a `Path`.

import type { IpAddress } from "./address.ts";
import { isIpv4, isSameAddress, sharesPrefix } from "./address.ts";
import type { NetworkInterface } from "./interface.ts";

const MAXIMUM_ROUTES = 64;

export class Route {
  isUsed = false;
  destination!: IpAddress;
  /** Bits of the destination, of 32 or 128; 0: the default route. */
  prefixLength: u32 = 0;
  /** Unspecified when the destination is on the link. */
  gateway!: IpAddress;
  hasGateway = false;
  interface: NetworkInterface | null = null;
  metric: u32 = 0;
  /** When it ends, in nanoseconds; 0: never. */
  validUntil: u64 = 0;
  /** From a router's advertisement: netlink and /proc show it. */
  isAutomatic = false;
}

/** Guarded by the network's lock. */
export class RouteTable {
  readonly routes!: FixedArray<Route, 64>;

  /** Adds a route or renews an equal one; null when the table is full. */
  add(
    destination: IpAddress,
    prefixLength: u32,
    gateway: IpAddress,
    hasGateway: boolean,
    out: NetworkInterface,
    metric: u32,
  ): Route | null {
    let route = this.findExact(destination, prefixLength, gateway, hasGateway, out);
    for (let i: usize = 0; i < MAXIMUM_ROUTES && route === null; i++) {
      if (!this.routes[i].isUsed) route = this.routes[i];
    }
    if (route === null) return null;
    route.destination = destination;
    route.prefixLength = prefixLength;
    route.gateway = gateway;
    route.hasGateway = hasGateway;
    route.interface = out;
    route.metric = metric;
    route.validUntil = 0;
    route.isAutomatic = false;
    route.isUsed = true;
    return route;
  }

  /** The best route to an address, only by `boundInterface` when that is not 0. */
  find(destination: IpAddress, boundInterface: u32): Route | null {
    let best: Route | null = null;
    for (const route of this.routes) {
      if (!route.isUsed || !route.interface!.isUp || !isMatch(route, destination)) continue;
      if (boundInterface !== 0 && route.interface!.index !== boundInterface) continue;
      if (best === null || isBetter(route, best)) best = route;
    }
    return best;
  }

  /** Takes routes away: all of an interface. */
  removeInterface(out: NetworkInterface): void {
    for (const route of this.routes) if (route.interface === out) route.isUsed = false;
  }

  /** When the next route ends; 0: none does. */
  deadline(): u64 {
    let earliest: u64 = 0;
    for (const route of this.routes) {
      if (!route.isUsed || route.validUntil === 0) continue;
      if (earliest === 0 || route.validUntil < earliest) earliest = route.validUntil;
    }
    return earliest;
  }

  /** Calls `end` with each route whose time is over. */
  expire(now: u64, end: (route: Route) => void): void {
    for (const route of this.routes) {
      if (route.isUsed && route.validUntil !== 0 && now >= route.validUntil) end(route);
    }
  }

  findExact(
    destination: IpAddress,
    prefixLength: u32,
    gateway: IpAddress,
    hasGateway: boolean,
    out: NetworkInterface,
  ): Route | null {
    for (const route of this.routes) {
      if (!route.isUsed || route.interface !== out || route.prefixLength !== prefixLength) continue;
      if (route.hasGateway !== hasGateway || (hasGateway && !isSameAddress(route.gateway, gateway))) continue;
      if (isIpv4(route.destination) !== isIpv4(destination)) continue;
      if (sharesPrefix(route.destination, destination, prefixLength)) return route;
    }
    return null;
  }
}

function isMatch(route: Route, destination: IpAddress): boolean {
  return sharesPrefix(route.destination, destination, route.prefixLength);
}

function isBetter(a: Route, b: Route): boolean {
  return a.prefixLength !== b.prefixLength ? a.prefixLength > b.prefixLength : a.metric < b.metric;
}
