// The multicast groups that an interface listens to: how many sockets want each, and what routers are to be told about it.
//
// A flat table, read without a lock for each packet to a group: an entry's address is set before it becomes used.

import { type IpAddress, ipv4, ipv6, isIpv4, isSameAddress } from "./address.ts";

const MAXIMUM_GROUPS = 64;

export class Group {
  address!: IpAddress;
  /** Sockets and addresses that want it. */
  members: u32 = 0;
  /** It was left, and routers are still to be told so. */
  isLeaving = false;
  /** Reports of a change that are still to be sent, as some may be lost (RFC 3376, 8.1: the robustness variable). */
  repeats: u32 = 0;
  /** When the next report is due; 0: none. */
  deadline: u64 = 0;
  isUsed = false;
}

/** Guarded by the network's lock, except `accepts`. */
export class GroupTable {
  readonly groups!: FixedArray<Group, 64>;
  /** Until when a router of the older version was heard: reports are of that version (RFC 3376, 7.2.1; RFC 3810, 8.2.1). */
  olderUntil4: u64 = 0;
  olderUntil6: u64 = 0;

  /** Whether packets for a group are taken: that of all hosts always. No lock. */
  accepts(address: IpAddress): boolean {
    if (isSameAddress(address, allHosts()) || isAllNodes(address)) return true;
    for (const group of this.groups) {
      if (group.isUsed && group.members !== 0 && isSameAddress(group.address, address)) return true;
    }
    return false;
  }

  find(address: IpAddress): Group | null {
    for (const group of this.groups) if (group.isUsed && isSameAddress(group.address, address)) return group;
    return null;
  }

  /** The entry of a group, made when there is none; null when there are too many. */
  obtain(address: IpAddress): Group | null {
    const known = this.find(address);
    if (known !== null) return known;
    for (let i: usize = 0; i < MAXIMUM_GROUPS; i++) {
      const group = this.groups[i];
      if (group.isUsed) continue;
      group.address = address;
      group.members = 0;
      group.isLeaving = false;
      group.repeats = 0;
      group.deadline = 0;
      group.isUsed = true;
      return group;
    }
    return null;
  }
}

/** 224.0.0.1. */
export function allHosts(): IpAddress {
  return ipv4(0xe000_0001);
}

/** ff02::1, and ff01::1 which does not leave the host. */
function isAllNodes(address: IpAddress): boolean {
  return !isIpv4(address) && address.low === 1 && (address.high >> 48 === 0xff02 || address.high >> 48 === 0xff01);
}

/** Whether routers are told of a group at all (RFC 3376, 6; RFC 3810, 6). */
export function isReported(address: IpAddress): boolean {
  if (isSameAddress(address, allHosts()) || isAllNodes(address)) return false;
  return isIpv4(address) || ((address.high >> 48) & 15) > 1;
}

/** ff02::16: routers that know MLDv2. */
export function multicastRouters6(): IpAddress {
  return ipv6(0xff02_0000_0000_0000, 0x16);
}
