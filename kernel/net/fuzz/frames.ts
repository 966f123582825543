// Frames from the link under a fuzzer, as a Linux program: Ethernet, ARP, IP of both versions with options, extension headers and
// fragments, ICMP, IGMP, neighbour discovery, UDP, TCP's handshake. Whatever comes, the stack neither panics nor keeps memory.
//
// An input is a row of frames, each with its length in two bytes before it. IPv4 and ICMP checksums are corrected when the first bit of
// the length is set, so that the fuzzer gets beyond them.

import "prelude/host.ts";
import { sliceAt } from "unsafe";
import { ipv4Of, ipv6 } from "../address.ts";
import { store16 } from "../byte_order.ts";
import { checksumOf } from "../checksum.ts";
import { DeviceFeature } from "../link_device.ts";
import { ChecksumState } from "../packet.ts";
import { connectHosts, destroyHost, makeHost } from "../simulation/host.ts";
import { destroyTcpHost, makeTcpHost } from "../simulation/tcp_host.ts";

const SECOND = 1_000_000_000;
const ETHERNET = 14;

/**
 * One input of libFuzzer.
 * @export LLVMFuzzerTestOneInput
 */
export function fuzzFrames(data: u64, size: u64): i32 {
  // Safe: the fuzzer gives `size` readable bytes at `data`.
  const input = sliceAt<u8>(data, size);
  const host = makeHost(0x0200_0000_0001, DeviceFeature.None, 1500);
  const peer = makeHost(0x0200_0000_0002, DeviceFeature.None, 1500);
  connectHosts(host, peer, 1);
  host.begin(ipv4Of(192, 0, 2, 1), 24);
  host.network.addAddress(host.card, ipv6(0xfe80_0000_0000_0000, 1), 64);
  const tcp = makeTcpHost(host);
  tcp.listen(80);
  tcp.listener.backlog = 1;
  let now: u64 = SECOND;
  host.network.startAutomatic(host.card, now);
  let at: usize = 0;
  while (at + 2 <= input.length) {
    const length = ((u64(input[at] & 0x07) << 8) | u64(input[at + 1])) % (input.length - at - 1);
    const corrects = (input[at] & 0x80) !== 0;
    at += 2;
    const packet = host.environment.heap.allocatePacket(length)!;
    packet.extend(u32(length)).copyFrom(input.slice(at, at + length));
    if (corrects) correct(packet.bytes());
    if (corrects) packet.checksum = ChecksumState.Verified;
    host.receive(host.card, packet, now);
    tcp.act(now);
    host.drainLoopback(now);
    now += SECOND / 10;
    at += length;
  }
  // Everything that waits ends by itself.
  for (let step: u32 = 0; step < 40; step++) {
    now += 5 * SECOND;
    host.network.timer(now);
    tcp.act(now);
    host.drainLoopback(now);
  }
  host.link.clear();
  destroyTcpHost(tcp);
  host.network.reassembly.clear();
  host.card.neighbours.clear();
  assert(host.environment.heap.packets === 0, "no packet is kept");
  destroyHost(host);
  destroyHost(peer);
  return 0;
}

/** Makes the header's checksum right, and those of ICMP and IGMP. */
function correct(frame: Slice<u8>): void {
  if (frame.length < ETHERNET + 20 || frame[ETHERNET] >> 4 !== 4) return;
  const header = frame.slice(ETHERNET);
  const length = u64(header[0] & 15) * 4;
  if (length < 20 || length > header.length) return;
  store16(header, 10, 0);
  store16(header, 10, checksumOf(header.slice(0, length)));
  const rest = header.slice(length);
  if ((header[9] !== 1 && header[9] !== 2) || rest.length < 8) return;
  store16(rest, 2, 0);
  store16(rest, 2, checksumOf(rest));
}
