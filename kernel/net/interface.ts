// A network interface: a device below, and what the stack knows about its link.

import type { IpAddress } from "./address.ts";
import { ipv4, ipv4Value, isIpv4, isSameAddress, sharesPrefix } from "./address.ts";
import { GroupTable } from "./groups.ts";
import { DeviceFeature, type LinkDevice, LinkLosses } from "./link_device.ts";
import { NeighbourTable } from "./neighbour.ts";

/** How far an address may be used (RFC 4862, 2). */
export const enum AddressState {
  None,
  /** Duplicates are looked for: nothing may be sent from it or accepted for it. */
  Tentative,
  Preferred,
  /** Only for connections that have it already. */
  Deprecated,
}

/** One of an interface's own addresses. */
export class InterfaceAddress {
  address!: IpAddress;
  /** Bits of the prefix, of 32 or 128. */
  prefixLength: u32 = 0;
  state: AddressState = AddressState.None;
  /** Ends of the lifetimes, in nanoseconds; 0: never. */
  preferredUntil: u64 = 0;
  validUntil: u64 = 0;
  /** Made by SLAAC from a prefix, which may renew it. */
  isAutomatic = false;
  /** Probes for duplicates that were sent, and when the next step is due. */
  probes: u32 = 0;
  deadline: u64 = 0;
}

/** Packets and bytes of one direction. */
export class InterfaceCounts {
  packets: u64 = 0;
  bytes: u64 = 0;
  errors: u64 = 0;
  dropped: u64 = 0;

  copyFrom(other: InterfaceCounts): void {
    this.packets = other.packets;
    this.bytes = other.bytes;
    this.errors = other.errors;
    this.dropped = other.dropped;
  }
}

const MAXIMUM_ADDRESSES = 16;

/** Guarded by the network's lock; `addresses` are also read without it, which a change of one field at a time allows. */
export class NetworkInterface {
  /** From 1; the loopback's is 1. */
  index: u32 = 0;
  /** `lo`, `eth0`: bytes up to the first 0. */
  readonly name!: FixedArray<u8, 16>;
  readonly device: LinkDevice;
  /** Administratively up. */
  isUp = true;
  /** Bytes of an IP packet; not above the device's. */
  maximumPacket: u32;
  readonly features: DeviceFeature;
  readonly addresses!: FixedArray<InterfaceAddress, 16>;
  /** Behind these nothing was ever put. */
  private usedEntries: usize = 0;
  readonly neighbours = new NeighbourTable();
  readonly groups = new GroupTable();
  readonly received = new InterfaceCounts();
  readonly transmitted = new InterfaceCounts();
  /** DHCP is asking: packets for its port are accepted whatever address they are for. */
  isConfiguring = false;
  /** Its IPv6 addresses come from the link: routers are asked, and listened to. */
  isAutomatic = false;
  /** Questions for routers that were sent, and when the next is due; 0: never. */
  solicitations: u32 = 0;
  solicitationAt: u64 = 0;

  constructor(device: LinkDevice) {
    this.device = device;
    this.maximumPacket = device.maximumPacket();
    this.features = device.features();
  }

  setName(name: string): void {
    const length = minimum(name.length, u64(15));
    this.name.fill(0);
    this.name.slice(0, length).copyFrom(bytes(name).slice(0, length));
  }

  nameBytes(): Slice<u8> {
    let length: usize = 0;
    while (length < 15 && this.name[length] !== 0) length++;
    return this.name.slice(0, length);
  }

  /** Both directions with what the device has lost of them, for who shows it. */
  count(received: InterfaceCounts, transmitted: InterfaceCounts): void {
    const losses = new LinkLosses();
    this.device.losses(losses);
    received.copyFrom(this.received);
    received.errors += losses.receiveErrors;
    received.dropped += losses.receiveDropped;
    transmitted.copyFrom(this.transmitted);
    transmitted.dropped += losses.sendDropped;
  }

  hasFeature(feature: DeviceFeature): boolean {
    return (this.features & feature) !== DeviceFeature.None;
  }

  /** Whether its frames have Ethernet headers. */
  isEthernet(): boolean {
    return !this.hasFeature(DeviceFeature.NoLinkHeader);
  }

  /** The entry of an address that may be used; null when it is not ours. */
  findAddress(address: IpAddress): InterfaceAddress | null {
    for (let i: usize = 0; i < this.usedEntries; i++) {
      const own = this.addresses[i];
      if (own.state >= AddressState.Preferred && isSameAddress(own.address, address)) return own;
    }
    return null;
  }

  /** The entry of an address in any state. */
  findEntry(address: IpAddress): InterfaceAddress | null {
    for (const own of this.addresses) {
      if (own.state !== AddressState.None && isSameAddress(own.address, address)) return own;
    }
    return null;
  }

  /** Adds an address, or finds it; null when there are too many. Use {@link Network.addAddress}, which adds its route too. */
  addEntry(address: IpAddress, prefixLength: u32, state: AddressState): InterfaceAddress | null {
    const known = this.findEntry(address);
    if (known !== null) {
      known.prefixLength = prefixLength;
      return known;
    }
    for (let i: usize = 0; i < MAXIMUM_ADDRESSES; i++) {
      const own = this.addresses[i];
      if (own.state !== AddressState.None) continue;
      own.address = address;
      own.prefixLength = prefixLength;
      own.preferredUntil = 0;
      own.validUntil = 0;
      own.isAutomatic = false;
      own.probes = 0;
      own.deadline = 0;
      own.state = state;
      this.usedEntries = maximum(this.usedEntries, i + 1);
      return own;
    }
    return null;
  }

  /** The first usable address of a version, on the same network as `near` when there is one (RFC 6724 in short). */
  sourceFor(near: IpAddress): InterfaceAddress | null {
    let best: InterfaceAddress | null = null;
    for (const own of this.addresses) {
      if (own.state < AddressState.Preferred || isIpv4(own.address) !== isIpv4(near)) continue;
      if (best === null || isBetterSource(own, best, near)) best = own;
    }
    return best;
  }

  /** 255.255.255.255, or the last address of one of our networks (RFC 919, RFC 922). */
  isBroadcast(address: IpAddress): boolean {
    if (!isIpv4(address)) return false;
    if (ipv4Value(address) === 0xffff_ffff) return true;
    for (let i: usize = 0; i < this.usedEntries; i++) {
      const own = this.addresses[i];
      if (own.state < AddressState.Preferred || !isIpv4(own.address) || own.prefixLength > 30) continue;
      const host: u32 = u32(0xffff_ffff) >> own.prefixLength;
      if (isSameAddress(address, ipv4(ipv4Value(own.address) | host))) return true;
    }
    return false;
  }
}

/** RFC 6724, section 5: the same address, the scope, not deprecated, the longest prefix. */
function isBetterSource(a: InterfaceAddress, b: InterfaceAddress, near: IpAddress): boolean {
  if (isSameAddress(a.address, near)) return true;
  if (isSameAddress(b.address, near)) return false;
  const wanted = scope(near);
  const scopeA = scope(a.address);
  const scopeB = scope(b.address);
  if (scopeA !== scopeB) return scopeA < scopeB ? scopeA >= wanted : scopeB < wanted;
  if (a.state !== b.state) return a.state === AddressState.Preferred;
  return sharesPrefix(a.address, near, a.prefixLength) && !sharesPrefix(b.address, near, b.prefixLength);
}

/** How far an address reaches (RFC 6724, 3.1): 2 the link, 14 the world. */
function scope(address: IpAddress): u32 {
  if (isIpv4(address)) return ipv4Value(address) >> 16 === 0xa9fe || ipv4Value(address) >> 24 === 127 ? 2 : 14;
  if (address.high >> 56 === 0xff) return u32(address.high >> 48) & 15;
  return address.high >> 54 === 0x3fa || (address.high === 0 && address.low === 1) ? 2 : 14;
}
