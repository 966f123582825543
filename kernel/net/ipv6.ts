// The header of IPv6 (RFC 8200, section 3) and its extension headers (section 4), read and written.
//
//   0                        4                6             7           8        24            40
//   | 6, class, flow label    | payload length | next header | hop limit | source | destination |

import { loadIpv6, storeIpv6 } from "./address.ts";
import { load16, load32, store16, store32 } from "./byte_order.ts";
import { Counter, type Counters } from "./counters.ts";
import type { PacketBuffer } from "./packet.ts";
import type { Path } from "./path.ts";
import { Protocol } from "./protocol.ts";

export const IPV6_HEADER = 40;
export const IPV6_MINIMUM_MTU = 1280;
/** Extension headers of one packet; more than anybody needs is an attack on our time. */
const MAXIMUM_EXTENSIONS = 8;

/** Checks the fixed header, cuts off padding, notes what it says. False: it is to be dropped, and is counted. */
export function parseIpv6(packet: PacketBuffer, counters: Counters): boolean {
  const header = packet.bytes();
  if (header.length < IPV6_HEADER || header[0] >> 4 !== 6) {
    counters.count(Counter.Ip6InHdrErrors);
    return false;
  }
  const payload = load16(header, 4);
  if (u32(payload) + IPV6_HEADER > packet.totalLength()) {
    counters.count(Counter.Ip6InTruncatedPkts);
    return false;
  }
  packet.truncate(u32(payload) + IPV6_HEADER);
  packet.networkOffset = packet.start;
  packet.transportOffset = packet.start + IPV6_HEADER;
  packet.trafficClass = u8(load32(header, 0) >> 20);
  packet.protocol = header[6];
  packet.hopLimit = header[7];
  packet.from = loadIpv6(header, 8);
  packet.to = loadIpv6(header, 24);
  return true;
}

/** How a walk over the extension headers ended. */
export const enum Extensions {
  /** `packet.protocol` and `transportOffset` are those of the upper layer. */
  Done,
  /** A fragment header is next, at `transportOffset`. */
  Fragment,
  /** A header that must be understood is not (RFC 8200, 4.2): `problem` is where. */
  Unknown,
  Malformed,
}

/** Walks over the headers before the upper layer's (RFC 8200, 4.1). The packet begins with the IPv6 header. */
export class ExtensionWalk {
  /** Offset from the IPv6 header of what is not understood. */
  problem: u32 = 0;
  /** ICMPv6 code for it: 0 a field, 1 a next header, 2 an option (RFC 4443, 3.4). */
  problemCode: u8 = 0;
  /** Only drop it: the option does not ask for an answer. */
  isSilent = false;

  walk(packet: PacketBuffer): Extensions {
    const data = packet.bytes();
    let at: usize = u64(packet.transportOffset - packet.networkOffset);
    let nextField: u32 = 6;
    for (let count: u32 = 0; count <= MAXIMUM_EXTENSIONS; count++) {
      const protocol = packet.protocol;
      packet.transportOffset = packet.networkOffset + u32(at);
      if (protocol === u8(Protocol.Fragment)) return at + 8 <= data.length ? Extensions.Fragment : Extensions.Malformed;
      const isOptions = protocol === u8(Protocol.HopByHop) || protocol === u8(Protocol.DestinationOptions);
      if (!isOptions && protocol !== u8(Protocol.Routing)) return Extensions.Done;
      // Hop-by-hop options come directly after the fixed header (RFC 8200, 4.3).
      if (protocol === u8(Protocol.HopByHop) && count !== 0) return this.unknown(nextField, 1);
      if (at + 8 > data.length) return Extensions.Malformed;
      const length = (u64(data[at + 1]) + 1) * 8;
      if (at + length > data.length) return Extensions.Malformed;
      if (isOptions) {
        const outcome = this.walkOptions(data, at + 2, at + length, packet.isMulticast);
        if (outcome !== Extensions.Done) return outcome;
      } else if (data[at + 3] !== 0) {
        // A routing header with segments left is not for an end system; type 0 is dead (RFC 5095).
        return this.unknown(u32(at) + 2, 0);
      }
      nextField = u32(at);
      packet.protocol = data[at];
      at += length;
    }
    return Extensions.Malformed;
  }

  /** The highest two bits of an option's type say what becomes of a packet when it is not understood (RFC 8200, 4.2). */
  private walkOptions(data: Slice<u8>, start: usize, end: usize, isMulticast: boolean): Extensions {
    let at = start;
    while (at < end) {
      const kind = data[at];
      if (kind === 0) {
        at++;
        continue;
      }
      if (at + 1 >= end) return Extensions.Malformed;
      const next = at + 2 + u64(data[at + 1]);
      if (next > end) return Extensions.Malformed;
      const isKnown = kind === 1 || kind === 5;
      if (!isKnown && kind >> 6 !== 0) {
        this.isSilent = kind >> 6 === 1 || (kind >> 6 === 3 && isMulticast);
        return this.unknown(u32(at), 2);
      }
      at = next;
    }
    return Extensions.Done;
  }

  private unknown(place: u32, code: u8): Extensions {
    this.problem = place;
    this.problemCode = code;
    return Extensions.Unknown;
  }
}

/** Puts a header in front of what a transport has made. */
export function prependIpv6(packet: PacketBuffer, path: Path, protocol: u8): void {
  const payload = packet.totalLength();
  packet.prepend(IPV6_HEADER);
  const header = packet.bytes();
  store32(header, 0, 0x6000_0000 | (u32(path.trafficClass) << 20) | (path.flowLabel & 0xf_ffff));
  store16(header, 4, u16(payload));
  header[6] = protocol;
  header[7] = path.hopLimit;
  storeIpv6(header, 8, path.source);
  storeIpv6(header, 24, path.destination);
}
