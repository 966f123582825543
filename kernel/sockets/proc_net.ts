// /proc/net: what Linux shows there of interfaces, routes, neighbours and counters (proc_pid_net(5)), in its formats, which programs read by
// columns or by names. Tables of sockets are in proc_net_sockets.ts, those of routes in proc_net_routes.ts. To read one of these files starts the network.

import type { Writer } from "prelude/writer.ts";
import type { PseudoFolder } from "../fs/pseudo.ts";
import { Errno } from "../lib/errno.ts";
import { type IpAddress, ipv4Value, isIpv4, isLinkLocal, isLoopback } from "../net/address.ts";
import { counterNames } from "../net/counter_names.ts";
import { AddressState, InterfaceCounts } from "../net/interface.ts";
import { NeighbourState } from "../net/neighbour.ts";
import { TcpState } from "../net/tcp/state.ts";
import { writeIpv4 } from "./lease.ts";
import { stack, startNetwork, totalCount } from "./network_stack.ts";
import { writeRouteTable, writeRouteTable6 } from "./proc_net_routes.ts";
import {
  countConnections,
  countListeners,
  countUdpSockets,
  timeWaitCount,
  writeTcp,
  writeUdp,
  writeUnix,
} from "./proc_net_sockets.ts";
import { addressFlags } from "./route_answers.ts";
import { socketsInUse } from "./socket.ts";
import { Family } from "./socket_address.ts";

const DIGITS = "0123456789abcdef";
const UPPER_DIGITS = "0123456789ABCDEF";

/** The children of /proc/self/net. */
export function addNetworkFiles(folder: PseudoFolder, subject: u32): void {
  folder.file("dev", writeDevices);
  folder.file("route", writeRouteTable);
  folder.file("ipv6_route", writeRouteTable6);
  folder.file("arp", writeNeighbourTable);
  folder.file("if_inet6", writeAddresses6);
  folder.file("snmp", writeStatistics);
  folder.file("snmp6", writeStatistics6);
  folder.file("netstat", writeMoreStatistics);
  folder.file("sockstat", writeSocketCounts);
  folder.file("sockstat6", writeSocketCounts6);
  // It is also /etc/resolv.conf, which some resolvers read only as far as its size goes.
  folder.sizedFile("pnp", writeConfiguration);
  folder.file("tcp", writeTcp, Family.Inet);
  folder.file("tcp6", writeTcp, Family.Inet6);
  folder.file("udp", writeUdp, Family.Inet);
  folder.file("udp6", writeUdp, Family.Inet6);
  folder.file("unix", writeUnix);
}

// ---- pieces of lines ------------------------------------------------------------------------------------------------

/** Hexadecimal digits, as many as are asked for. */
export function writeHex(writer: Writer, value: u64, digits: u32, upper: boolean): void {
  const alphabet = bytes(upper ? UPPER_DIGITS : DIGITS);
  for (let i: u32 = digits; i > 0; i--) writer.character(alphabet[(value >> u64((i - 1) * 4)) & 15]);
}

/** Spaces up to a column of the line that began at a place; then the end of it. */
export function endLine(writer: Writer, begun: usize, width: usize): void {
  while (writer.length - begun < width && !writer.overflowed) writer.text(" ");
  writer.text("\n");
}

/** An address of Ethernet, with colons. */
export function writeHardware(writer: Writer, address: u64): void {
  for (let i: u32 = 6; i > 0; i--) {
    writeHex(writer, (address >> u64((i - 1) * 8)) & 255, 2, false);
    if (i > 1) writer.text(":");
  }
}

function padTo(writer: Writer, begun: usize, width: usize): void {
  while (writer.length - begun < width && !writer.overflowed) writer.text(" ");
}

// ---- interfaces -----------------------------------------------------------------------------------------------------

function writeDevices(writer: Writer, subject: u32): void {
  writer.text("Inter-|   Receive                                                |  Transmit\n");
  writer.text(
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n",
  );
  if (startNetwork() !== Errno.NONE) return;
  using _ = stack.lock.acquire();
  const network = stack.network!;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    const name = one.nameBytes();
    for (let i = name.length; i < 6; i++) writer.text(" ");
    writer.bytes(name);
    writer.text(": ");
    const received = new InterfaceCounts();
    const transmitted = new InterfaceCounts();
    one.count(received, transmitted);
    writeCounts(writer, received);
    writer.text("   0     0          0         0 ");
    writer.paddedUnsigned(transmitted.bytes, 8);
    writer.text(" ");
    writeThree(writer, transmitted);
    writer.text("   0     0       0          0\n");
  }
}

function writeCounts(writer: Writer, counts: InterfaceCounts): void {
  writer.paddedUnsigned(counts.bytes, 7);
  writer.text(" ");
  writeThree(writer, counts);
}

function writeThree(writer: Writer, counts: InterfaceCounts): void {
  writer.paddedUnsigned(counts.packets, 7);
  writer.text(" ");
  writer.paddedUnsigned(counts.errors, 4);
  writer.text(" ");
  writer.paddedUnsigned(counts.dropped, 4);
  writer.text(" ");
}

function writeAddresses6(writer: Writer, subject: u32): void {
  if (startNetwork() !== Errno.NONE) return;
  using _ = stack.lock.acquire();
  const network = stack.network!;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    for (const own of one.addresses) {
      if (own.state === AddressState.None || isIpv4(own.address)) continue;
      writeHex(writer, own.address.high, 16, false);
      writeHex(writer, own.address.low, 16, false);
      writer.text(" ");
      writeHex(writer, u64(one.index), 2, false);
      writer.text(" ");
      writeHex(writer, u64(own.prefixLength), 2, false);
      writer.text(" ");
      writeHex(writer, u64(scope6(own.address)), 2, false);
      writer.text(" ");
      writeHex(writer, u64(addressFlags(own)), 2, false);
      writer.text(" ");
      const name = one.nameBytes();
      for (let i = name.length; i < 8; i++) writer.text(" ");
      writer.bytes(name);
      writer.text("\n");
    }
  }
}

/** net/ipv6.h: the host, the link, the site, the world. */
function scope6(address: IpAddress): u32 {
  if (isLoopback(address)) return 0x10;
  if (isLinkLocal(address)) return 0x20;
  return address.high >> 54 === 0x3fb ? 0x40 : 0;
}

function writeNeighbourTable(writer: Writer, subject: u32): void {
  writer.text("IP address       HW type     Flags       HW address            Mask     Device\n");
  if (startNetwork() !== Errno.NONE) return;
  using _ = stack.lock.acquire();
  const network = stack.network!;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    for (let other = one.neighbours.first(); other !== null; other = one.neighbours.next(other)) {
      if (!isIpv4(other.address)) continue;
      const begun = writer.length;
      writeIpv4(writer, ipv4Value(other.address));
      padTo(writer, begun, 17);
      let flags = "0x0         ";
      if (other.isKnown()) flags = other.state === NeighbourState.Permanent ? "0x6         " : "0x2         ";
      writer.text("0x1         ");
      writer.text(flags);
      writeHardware(writer, other.isKnown() ? u64(other.hardware) : 0);
      writer.text("     *        ");
      writer.bytes(one.nameBytes());
      writer.text("\n");
    }
  }
}

// ---- counters -------------------------------------------------------------------------------------------------------

function writeStatistics(writer: Writer, subject: u32): void {
  writeGroup(
    writer,
    "Ip",
    "Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates",
  );
  writeGroup(
    writer,
    "Icmp",
    "InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps",
  );
  writeGroup(
    writer,
    "Tcp",
    "RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors",
  );
  const datagrams = "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors";
  writeGroup(writer, "Udp", datagrams);
  writeGroup(writer, "UdpLite", datagrams);
}

/** A line of names and a line of their values. */
function writeGroup(writer: Writer, group: string, names: string): void {
  writer.text(group);
  writer.text(": ");
  writer.text(names);
  writer.text("\n");
  writer.text(group);
  writer.text(":");
  const all = bytes(names);
  let begun: usize = 0;
  for (let i: usize = 0; i <= all.length; i++) {
    if (i < all.length && all[i] !== 0x20) continue;
    writer.text(" ");
    const name = all.slice(begun, i);
    if (isSame(bytes("MaxConn"), name)) writer.text("-1");
    else writer.unsigned(valueOf(bytes(group), name));
    begun = i + 1;
  }
  writer.text("\n");
}

/** What a name stands for; 0 for what cannot happen here. */
function valueOf(group: Slice<u8>, name: Slice<u8>): u64 {
  // RFC 1213: we forward nothing; timeouts are van Jacobson's ("other"), in milliseconds.
  if (isSame(bytes("Forwarding"), name)) return 2;
  if (isSame(bytes("DefaultTTL"), name)) return 64;
  if (isSame(bytes("RtoAlgorithm"), name)) return 1;
  if (isSame(bytes("RtoMin"), name)) return 200;
  if (isSame(bytes("RtoMax"), name)) return 120000;
  if (isSame(bytes("CurrEstab"), name)) {
    return u64(
      countConnections((connection) => {
        return connection.state === TcpState.Established || connection.state === TcpState.CloseWait;
      }),
    );
  }
  for (let i: u32 = 0; i < u32(counterNames.length); i++) {
    const known = counterNames[i];
    if (isSame(bytes(known.name), name) && isSame(bytes(known.group), group)) return totalCount(i);
  }
  return 0;
}

function isSame(a: Slice<u8>, b: Slice<u8>): boolean {
  if (a.length !== b.length) return false;
  for (let i: usize = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function writeMoreStatistics(writer: Writer, subject: u32): void {
  writeWholeGroup(writer, "TcpExt");
  writeWholeGroup(writer, "IpExt");
}

/** All that is counted of a group. */
function writeWholeGroup(writer: Writer, group: string): void {
  for (let line: u32 = 0; line < 2; line++) {
    writer.text(group);
    writer.text(":");
    for (let i: u32 = 0; i < u32(counterNames.length); i++) {
      const known = counterNames[i];
      if (!isSame(bytes(known.group), bytes(group))) continue;
      writer.text(" ");
      if (line === 0) writer.text(known.name);
      else writer.unsigned(totalCount(i));
    }
    writer.text("\n");
  }
}

function writeStatistics6(writer: Writer, subject: u32): void {
  for (let i: u32 = 0; i < u32(counterNames.length); i++) {
    const known = counterNames[i];
    const group = bytes(known.group);
    if (group[group.length - 1] !== 0x36) continue;
    const begun = writer.length;
    writer.text(known.group);
    writer.text(known.name);
    padTo(writer, begun, 32);
    writer.message(`\t${totalCount(i)}\n`);
  }
}

function writeSocketCounts(writer: Writer, subject: u32): void {
  const four = u32(Family.Inet);
  const tcp4 = countConnections((connection) => isIpv4(connection.localAddress)) + countListeners(four);
  const all = countConnections((connection) => true) + countListeners(four) + countListeners(u32(Family.Inet6));
  const memory = stack.tcpMemory();
  writer.message(`sockets: used ${socketsInUse()}\n`);
  writer.message(
    `TCP: inuse ${tcp4} orphan ${memory.orphanCount()} tw ${timeWaitCount()} alloc ${all} mem ${memory.bytes() / 4096}\n`,
  );
  writer.message(`UDP: inuse ${countUdpSockets(four)} mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n`);
}

function writeSocketCounts6(writer: Writer, subject: u32): void {
  const six = u32(Family.Inet6);
  const tcp6 = countConnections((connection) => !isIpv4(connection.localAddress)) + countListeners(six);
  writer.message(`TCP6: inuse ${tcp6}\nUDP6: inuse ${countUdpSockets(six)}\n`);
  writer.text("UDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n");
}

// ---- configuration --------------------------------------------------------------------------------------------------

/** What DHCP gave; /etc/resolv.conf leads here where the tool knows no name server. Who reads it early waits for it. */
function writeConfiguration(writer: Writer, subject: u32): void {
  if (startNetwork() !== Errno.NONE) return;
  stack.lease.wait();
  using _ = stack.lock.acquire();
  stack.lease.write(writer);
}
