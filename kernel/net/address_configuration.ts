// How an interface gets its IPv6 addresses by itself (RFC 4862): a link-local one from its Ethernet address, one of each prefix that
// routers announce, each probed for duplicates first, each with a lifetime.
//
//   (made) ──▶ Tentative ── a second without an answer ──▶ Preferred ── lifetime ──▶ Deprecated ── lifetime ──▶ gone
//                  └── somebody else has it ──▶ gone

import type { EthernetAddress } from "./address.ts";
import { type IpAddress, ipv6, isIpv4, isLinkLocal, multicastEthernet, unspecified6 } from "./address.ts";
import { AddressState, type InterfaceAddress, type NetworkInterface } from "./interface.ts";
import { allRouters, makeNeighbourSolicitation, makeRouterSolicitation } from "./neighbour_discovery.ts";
import { earlier, type Network } from "./network.ts";

const SECOND = 1_000_000_000;
/** RFC 4861, 10: RetransTimer; RFC 4862, 5.1: one probe. */
const PROBE_TIME = 1 * SECOND;
/** RFC 4861, 10. */
const SOLICITATION_INTERVAL = 4 * SECOND;
const MAXIMUM_SOLICITATIONS = 3;
const LINK_LOCAL_PREFIX = 0xfe80_0000_0000_0000;
/** RFC 4862, 5.5.3 e: a lifetime is not cut below two hours by anybody on the link. */
const TWO_HOURS = 7200 * SECOND;

/** Addresses that an interface makes of what routers announce: others, DHCP's for one, find a place beside them. */
const MAXIMUM_AUTOMATIC = 8;

/** The modified EUI-64 of an Ethernet address (RFC 4291, appendix A). */
export function interfaceIdentifier(hardware: EthernetAddress): u64 {
  const value = u64(hardware);
  return (((value >> 24) ^ 0x2_0000) << 40) | (u64(0xfffe) << 24) | (value & 0xff_ffff);
}

/** Begins: the link-local address, and then the question for routers. */
export function beginAutomatic(network: Network, out: NetworkInterface, now: u64): void {
  if (!out.isEthernet() || out.isAutomatic) return;
  out.isAutomatic = true;
  out.solicitations = 0;
  addTentative(network, out, ipv6(LINK_LOCAL_PREFIX, interfaceIdentifier(out.device.hardwareAddress())), 64, now);
}

/** Adds an address that is not ours before a probe went unanswered; null when there are too many. */
function addTentative(
  network: Network,
  out: NetworkInterface,
  address: IpAddress,
  prefixLength: u32,
  now: u64,
): InterfaceAddress | null {
  const entry = out.addEntry(address, prefixLength, AddressState.Tentative);
  if (entry === null || entry.state !== AddressState.Tentative) return entry;
  entry.isAutomatic = true;
  entry.deadline = now + PROBE_TIME;
  network.listenFor(out, address);
  network.addressChanged(out, entry);
  network.addRoute(address, prefixLength, unspecified6(), false, out, 256);
  const probe = makeNeighbourSolicitation(network, out, address, unspecified6(), 0 as EthernetAddress);
  if (probe !== null) network.handOver(out, probe);
  return entry;
}

/**
 * A router announces a prefix for automatic addresses (RFC 4862, 5.5.3). Lifetimes are in seconds.
 */
export function takePrefix(
  network: Network,
  out: NetworkInterface,
  prefix: IpAddress,
  preferred: u32,
  valid: u32,
  now: u64,
): void {
  if (isLinkLocal(prefix) || preferred > valid) return;
  const address = ipv6(prefix.high, interfaceIdentifier(out.device.hardwareAddress()));
  const known = out.findEntry(address);
  if (known === null && (valid === 0 || countAutomatic(out) >= MAXIMUM_AUTOMATIC)) return;
  const entry = known ?? addTentative(network, out, address, 64, now);
  if (entry === null || !entry.isAutomatic) return;
  entry.preferredUntil = endOf(preferred, now);
  const wanted = endOf(valid, now);
  const isLonger = wanted === 0 || (entry.validUntil !== 0 && wanted > entry.validUntil);
  const remaining = entry.validUntil === 0 ? u64(0) : entry.validUntil - minimum(entry.validUntil, now);
  if (known === null || isLonger || u64(valid) * SECOND > TWO_HOURS) entry.validUntil = wanted;
  else if (entry.validUntil === 0 || remaining > TWO_HOURS) entry.validUntil = now + TWO_HOURS;
  if (entry.state === AddressState.Deprecated && preferred !== 0) entry.state = AddressState.Preferred;
  network.addressChanged(out, entry);
}

function countAutomatic(out: NetworkInterface): u32 {
  let count: u32 = 0;
  for (const entry of out.addresses) if (entry.state !== AddressState.None && entry.isAutomatic) count++;
  return count;
}

/** A lifetime's end; all ones: never. */
export function endOf(lifetime: u32, now: u64): u64 {
  return lifetime === 0xffff_ffff ? 0 : now + u64(lifetime) * SECOND + 1;
}

/** When something is due for an interface; 0: nothing. */
export function automaticDeadline(out: NetworkInterface): u64 {
  let earliest: u64 = out.solicitationAt;
  for (const entry of out.addresses) {
    if (entry.state === AddressState.None || isIpv4(entry.address)) continue;
    if (entry.state === AddressState.Tentative) earliest = earlier(earliest, entry.deadline);
    if (entry.state === AddressState.Preferred) earliest = earlier(earliest, entry.preferredUntil);
    earliest = earlier(earliest, entry.validUntil);
  }
  return earliest;
}

/** Ends probes and lifetimes, and asks for routers again. */
export function automaticTimer(network: Network, out: NetworkInterface, now: u64): void {
  for (const entry of out.addresses) {
    if (entry.state === AddressState.None || isIpv4(entry.address)) continue;
    if (isDue(entry.validUntil, now)) {
      network.removeAddress(out, entry);
      continue;
    }
    if (entry.state === AddressState.Tentative && isDue(entry.deadline, now)) {
      entry.state = AddressState.Preferred;
      network.addressChanged(out, entry);
      if (isLinkLocal(entry.address) && out.isAutomatic && out.solicitations === 0) out.solicitationAt = now;
    }
    if (entry.state === AddressState.Preferred && isDue(entry.preferredUntil, now)) {
      entry.state = AddressState.Deprecated;
      network.addressChanged(out, entry);
    }
  }
  if (isDue(out.solicitationAt, now)) solicitRouters(network, out, now);
}

/** RFC 4861, 6.3.7. */
function solicitRouters(network: Network, out: NetworkInterface, now: u64): void {
  out.solicitationAt = 0;
  if (out.solicitations === MAXIMUM_SOLICITATIONS) return;
  out.solicitations++;
  if (out.solicitations < MAXIMUM_SOLICITATIONS) out.solicitationAt = now + SOLICITATION_INTERVAL;
  const own = out.sourceFor(ipv6(LINK_LOCAL_PREFIX, 1));
  if (own === null) return;
  const asked = makeRouterSolicitation(network, out, own.address, allRouters(), multicastEthernet(allRouters()));
  if (asked !== null) network.handOver(out, asked);
}

function isDue(time: u64, now: u64): boolean {
  return time !== 0 && now >= time;
}
