// What a network card does for the stack, in software: completes checksums, cuts large segments of TCP.

import { loadIpv4, loadIpv6 } from "../address.ts";
import { load16, load32, store16, store32 } from "../byte_order.ts";
import { addBytes, checksumOf, finishChecksum, pseudoHeaderSum } from "../checksum.ts";
import { ETHERNET_HEADER } from "../ethernet.ts";
import { ChecksumState, type PacketBuffer, SegmentKind } from "../packet.ts";
import type { HeapMemory } from "./heap_memory.ts";

const FLAGS_OFFSET = 13;
const FIN_AND_PUSH = 0x09;

/** All bytes of a frame side by side, in memory of the receiver. Null when there is none. Takes the frame. */
export function flatten(frame: PacketBuffer, memory: HeapMemory): PacketBuffer | null {
  const copy = memory.allocatePacket(u64(frame.totalLength()));
  if (copy !== null) {
    frame.copyOut(0, copy.extend(frame.totalLength()));
    if (frame.checksum === ChecksumState.Partial) complete(copy, frame);
  }
  frame.release();
  return copy;
}

/** Stores the checksum that the sender has left to the device. */
function complete(copy: PacketBuffer, frame: PacketBuffer): void {
  const start = u64(frame.checksumStart - frame.start);
  const data = copy.bytes();
  store16(data, start + u64(frame.checksumOffset), finishChecksum(addBytes(0, data.slice(start))));
}

/** Cuts a frame into those that go on the wire, each given to `send`, which takes it. Takes the frame. */
export function segmentFrame(frame: PacketBuffer, memory: HeapMemory, send: (part: PacketBuffer) => void): void {
  if (frame.segmentKind === SegmentKind.None) {
    const flat = flatten(frame, memory);
    if (flat !== null) send(flat);
    return;
  }
  const tcp = u64(frame.checksumStart - frame.start);
  const head = frame.bytes();
  const headers = tcp + u64(head[tcp + 12] >> 4) * 4;
  const payload = u64(frame.totalLength()) - headers;
  const size = u64(frame.segmentSize);
  let index: u32 = 0;
  for (let offset: u64 = 0; offset < payload; offset += size) {
    const length = minimum(size, payload - offset);
    const part = memory.allocatePacket(headers + length);
    if (part === null) break;
    const data = part.extend(u32(headers + length));
    data.slice(0, headers).copyFrom(head.slice(0, headers));
    frame.copyOut(u32(headers + offset), data.slice(headers));
    adjust(data, tcp, u32(offset), index, offset + length === payload);
    send(part);
    index++;
  }
  frame.release();
}

function adjust(data: Slice<u8>, tcp: usize, offset: u32, index: u32, isLast: boolean): void {
  store32(data, tcp + 4, load32(data, tcp + 4) + offset);
  if (!isLast) data[tcp + FLAGS_OFFSET] &= ~u8(FIN_AND_PUSH);
  const ip = data.slice(ETHERNET_HEADER);
  const length = u32(data.length - tcp);
  store16(data, tcp + 16, 0);
  if (ip[0] >> 4 === 4) {
    store16(ip, 2, u16(ip.length));
    store16(ip, 4, load16(ip, 4) + u16(index));
    store16(ip, 10, 0);
    store16(ip, 10, checksumOf(ip.slice(0, 20)));
    const sum = pseudoHeaderSum(loadIpv4(ip, 12), loadIpv4(ip, 16), 6, length);
    store16(data, tcp + 16, finishChecksum(addBytes(sum, data.slice(tcp))));
  } else {
    store16(ip, 4, u16(ip.length - 40));
    const sum = pseudoHeaderSum(loadIpv6(ip, 8), loadIpv6(ip, 24), 6, length);
    store16(data, tcp + 16, finishChecksum(addBytes(sum, data.slice(tcp))));
  }
}
