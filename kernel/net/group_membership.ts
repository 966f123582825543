// Joining and leaving multicast groups, and answering routers that ask (IGMPv3 RFC 3376, IGMPv2 RFC 2236, MLDv2 RFC 3810, MLDv1 RFC 2710).
//
// Sources are not filtered: every membership is "all sources", as IP_ADD_MEMBERSHIP makes it.

import { Errno } from "../lib/errno.ts";
import {
  type IpAddress,
  ipv4,
  isIpv4,
  isLinkLocal,
  isMulticast,
  isSameAddress,
  isUnspecified,
  loadIpv4,
  loadIpv6,
} from "./address.ts";
import { load16 } from "./byte_order.ts";
import { checksumOf } from "./checksum.ts";
import { GroupReport, sendGroupReport } from "./group_report.ts";
import { type Group, isReported } from "./groups.ts";
import type { NetworkInterface } from "./interface.ts";
import { earlier, type Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";

const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;
/** RFC 3376, 8.1; RFC 3810, 9.1. */
const ROBUSTNESS = 2;
/** RFC 3376, 8.11; RFC 3810, 9.11. */
const UNSOLICITED_INTERVAL = 1 * SECOND;
/** RFC 3376, 8.12: 2 × 125 s + 10 s. */
const OLDER_TIMEOUT = 260 * SECOND;
const IGMP_QUERY = 0x11;
/** A time in the past: due at once, by whoever calls `timer` next. */
const AT_ONCE = 1;

/** One more wants a group. ENOBUFS when the interface has too many, EINVAL when it is none. */
export function joinGroup(network: Network, out: NetworkInterface, address: IpAddress): Errno {
  if (!isMulticast(address)) return Errno.INVAL;
  const group = out.groups.obtain(address);
  if (group === null) return Errno.NOBUFS;
  group.members++;
  if (group.members > 1) return Errno.NONE;
  group.isLeaving = false;
  announce(out, group);
  network.changed();
  return Errno.NONE;
}

/** One less wants a group. EADDRNOTAVAIL when nobody did. */
export function leaveGroup(network: Network, out: NetworkInterface, address: IpAddress): Errno {
  const group = out.groups.find(address);
  if (group === null || group.members === 0) return Errno.ADDRNOTAVAIL;
  group.members--;
  if (group.members !== 0) return Errno.NONE;
  group.isLeaving = true;
  announce(out, group);
  if (group.repeats === 0) group.isUsed = false;
  network.changed();
  return Errno.NONE;
}

function announce(out: NetworkInterface, group: Group): void {
  const isTold = out.isEthernet() && isReported(group.address);
  group.repeats = isTold ? ROBUSTNESS : 0;
  group.deadline = isTold ? AT_ONCE : 0;
}

/** When a report is due; 0: none. */
export function groupDeadline(out: NetworkInterface): u64 {
  let earliest: u64 = 0;
  for (const group of out.groups.groups) if (group.isUsed) earliest = earlier(earliest, group.deadline);
  return earliest;
}

/** Sends what is due. */
export function groupTimer(network: Network, out: NetworkInterface, now: u64): void {
  for (const group of out.groups.groups) {
    if (!group.isUsed || group.deadline === 0 || now < group.deadline) continue;
    group.deadline = 0;
    const four = isIpv4(group.address);
    const usesOlder = now < (four ? out.groups.olderUntil4 : out.groups.olderUntil6);
    let report: GroupReport = GroupReport.Current;
    if (group.repeats !== 0) {
      group.repeats--;
      report = group.isLeaving ? GroupReport.Left : GroupReport.Joined;
      if (group.repeats !== 0) group.deadline = now + 1 + (network.environment.random() % UNSOLICITED_INTERVAL);
    }
    sendGroupReport(network, out, group.address, report, usesOlder);
    if (group.isLeaving && group.repeats === 0) group.isUsed = false;
  }
}

/** IGMP, from its header on. Keeps the packet. False: it is malformed. */
export function receiveIgmp(network: Network, from: NetworkInterface, packet: PacketBuffer, now: u64): boolean {
  const data = packet.bytes();
  if (data.length < 8 || checksumOf(data) !== 0) return false;
  if (data[0] !== IGMP_QUERY) return true;
  const isOlder = data.length < 12;
  // RFC 3376, 7.1: eight bytes and no time are of the first version, whose time is ten seconds.
  const tenths = isOlder ? (data[1] === 0 ? u64(100) : u64(data[1])) : expand(u32(data[1]), 7);
  if (isOlder) from.groups.olderUntil4 = now + OLDER_TIMEOUT;
  const group = loadIpv4(data, 4);
  if (!isUnspecified(group) && !isMulticast(group)) return false;
  schedule(network, from, group, isSameAddress(group, ipv4(0)), tenths * 100 * MILLISECOND, now);
  return true;
}

/** A query of MLD, from the ICMPv6 header on; its checksum is right. Keeps the packet. False: it is malformed. */
export function receiveListenerQuery(network: Network, from: NetworkInterface, packet: PacketBuffer, now: u64): boolean {
  const data = packet.bytes();
  // RFC 3810, 5.1.14: from a link-local address, with a hop limit of 1.
  if (data.length < 24 || packet.hopLimit !== 1 || !isLinkLocal(packet.from)) return false;
  const isOlder = data.length < 28;
  const code = u32(load16(data, 4));
  const delay = isOlder ? u64(code) : expand(code, 15);
  if (isOlder) from.groups.olderUntil6 = now + OLDER_TIMEOUT;
  const group = loadIpv6(data, 8);
  if (!isUnspecified(group) && !isMulticast(group)) return false;
  schedule(network, from, group, isUnspecified(group), delay * MILLISECOND, now);
  return true;
}

/** A time code: above half its range it is a small floating-point number (RFC 3376, 4.1.1; RFC 3810, 5.1.3). */
function expand(code: u32, bits: u32): u64 {
  if (code >> bits === 0) return u64(code);
  const mantissaBits: u32 = bits - 3;
  const mantissa = code & ((u32(1) << mantissaBits) - 1);
  const exponent = (code >> mantissaBits) & 7;
  return u64(mantissa | (u32(1) << mantissaBits)) << (exponent + 3);
}

/** Answers a query after a random part of its time, so that a link's hosts do not answer all at once (RFC 3376, 5.2). */
function schedule(network: Network, from: NetworkInterface, asked: IpAddress, isGeneral: boolean, longest: u64, now: u64): void {
  for (const group of from.groups.groups) {
    if (!group.isUsed || group.members === 0 || !isReported(group.address)) continue;
    const isAsked = isGeneral ? isIpv4(group.address) === isIpv4(asked) : isSameAddress(group.address, asked);
    if (!isAsked) continue;
    const at = now + 1 + (longest === 0 ? u64(0) : network.environment.random() % longest);
    group.deadline = earlier(group.deadline, at);
  }
}
