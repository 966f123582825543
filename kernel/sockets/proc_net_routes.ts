// /proc/net/route and /proc/net/ipv6_route: the routes, as programs read them by columns (proc_pid_net(5)).

import type { Writer } from "prelude/writer.ts";
import { Errno } from "../lib/errno.ts";
import { type IpAddress, ipv4Value, ipv6, isIpv4, unspecified6 } from "../net/address.ts";
import { AddressState, type NetworkInterface } from "../net/interface.ts";
import { stack, startNetwork } from "./network_stack.ts";
import { endLine, writeHex } from "./proc_net.ts";
import { networkOf } from "./route_answers.ts";

/** Lines of the first table have this width, whatever is in them. */
const ROUTE_WIDTH = 127;
/** Of what an interface reaches because it has an address there. */
const LINK_METRIC = 256;
const GROUPS = 0xff00_0000_0000_0000;

/** Flags of a route (linux/route.h, linux/ipv6_route.h). */
const enum RouteFlag {
  Up = 1,
  Gateway = 2,
  Host = 4,
  /** From a router's advertisement. */
  Advertised = 0x4_0000,
  Expires = 0x40_0000,
  NoNextHop = 0x20_0000,
  Reject = 0x200,
  Local = 0x8000_0000,
}

export function writeRouteTable(writer: Writer, subject: u32): void {
  let begun = writer.length;
  writer.text("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT");
  endLine(writer, begun, ROUTE_WIDTH);
  if (startNetwork() !== Errno.NONE) return;
  using _ = stack.lock.acquire();
  for (const route of stack.network!.routes.routes) {
    const out = route.interface;
    // The loopback's network is no route of the main table.
    if (!route.isUsed || !isIpv4(route.destination) || out === null || !out.isEthernet()) continue;
    let flags: u32 = RouteFlag.Up;
    if (route.hasGateway) flags |= RouteFlag.Gateway;
    if (route.prefixLength === 32) flags |= RouteFlag.Host;
    begun = writer.length;
    writer.bytes(out.nameBytes());
    writer.text("\t");
    writeHex(writer, u64(byteSwap(ipv4Value(networkOf(route.destination, route.prefixLength)))), 8, true);
    writer.text("\t");
    writeHex(writer, route.hasGateway ? u64(byteSwap(ipv4Value(route.gateway))) : 0, 8, true);
    writer.text("\t");
    writeHex(writer, u64(flags), 4, true);
    writer.message(`\t0\t0\t${route.metric}\t`);
    const mask: u32 = route.prefixLength === 0 ? 0 : ~u32(0) << (32 - route.prefixLength);
    writeHex(writer, u64(byteSwap(mask)), 8, true);
    writer.text("\t0\t0\t0");
    endLine(writer, begun, ROUTE_WIDTH);
  }
}

/** Routes to others, then our own addresses, groups, and what leads nowhere, which a JVM looks for. */
export function writeRouteTable6(writer: Writer, subject: u32): void {
  if (startNetwork() !== Errno.NONE) return;
  using _ = stack.lock.acquire();
  const network = stack.network!;
  for (const route of network.routes.routes) {
    const out = route.interface;
    if (!route.isUsed || isIpv4(route.destination) || out === null || !out.isEthernet()) continue;
    let flags: u32 = RouteFlag.Up;
    if (route.hasGateway) flags |= RouteFlag.Gateway;
    if (route.isAutomatic) flags |= RouteFlag.Advertised;
    if (route.validUntil !== 0) flags |= RouteFlag.Expires;
    const metric: u32 = route.metric === 0 ? LINK_METRIC : route.metric;
    const gateway = route.hasGateway ? route.gateway : unspecified6();
    writeRoute6(writer, networkOf(route.destination, route.prefixLength), route.prefixLength, gateway, metric, flags, out);
  }
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    for (const own of one.addresses) {
      if (own.state === AddressState.None || isIpv4(own.address)) continue;
      writeRoute6(writer, own.address, 128, unspecified6(), 0, RouteFlag.Up | RouteFlag.NoNextHop | RouteFlag.Local, one);
    }
  }
  for (let index: u32 = 2; index <= network.interfaceCount; index++) {
    writeRoute6(writer, ipv6(GROUPS, 0), 8, unspecified6(), LINK_METRIC, RouteFlag.Up, network.interfaceAt(index)!);
  }
  const nowhere: u32 = RouteFlag.Reject | RouteFlag.NoNextHop;
  writeRoute6(writer, unspecified6(), 0, unspecified6(), 0xffff_ffff, nowhere, network.interfaceAt(1)!);
}

/** A line: destination, source, next hop, metric, two counts that nobody keeps, flags, interface. */
function writeRoute6(
  writer: Writer,
  destination: IpAddress,
  prefixLength: u32,
  nextHop: IpAddress,
  metric: u32,
  flags: u32,
  out: NetworkInterface,
): void {
  writePrefix(writer, destination, prefixLength);
  writePrefix(writer, unspecified6(), 0);
  writeHex(writer, nextHop.high, 16, false);
  writeHex(writer, nextHop.low, 16, false);
  writer.text(" ");
  writeHex(writer, u64(metric), 8, false);
  writer.text(" 00000001 00000000 ");
  writeHex(writer, u64(flags), 8, false);
  writer.text(" ");
  const name = out.nameBytes();
  for (let i = name.length; i < 8; i++) writer.text(" ");
  writer.bytes(name);
  writer.text("\n");
}

function writePrefix(writer: Writer, address: IpAddress, length: u32): void {
  writeHex(writer, address.high, 16, false);
  writeHex(writer, address.low, 16, false);
  writer.text(" ");
  writeHex(writer, u64(length), 2, false);
  writer.text(" ");
}
