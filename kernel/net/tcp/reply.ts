// Segments that belong to no connection: resets for what nobody expects (RFC 9293, 3.10.7.1), and answers of listeners and of TIME-WAIT.

import { isIpv4, isMulticast, isUnspecified } from "../address.ts";
import { Counter } from "../counters.ts";
import type { Environment } from "../environment.ts";
import type { PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { Protocol } from "../protocol.ts";
import type { TransportOutput } from "../transport_output.ts";
import { completeChecksum, prependSegment, Segment, TcpFlag } from "./segment.ts";

/** Sends a segment back to where a packet came from. `reply` has everything but the ports. Keeps the packet. */
export function sendReply(
  environment: Environment,
  output: TransportOutput,
  cause: PacketBuffer,
  received: Segment,
  reply: Segment,
  now: u64,
): void {
  const packet = environment.memory().allocatePacket(0);
  if (packet === null) return;
  const path = new Path();
  path.destination = cause.from;
  path.source = cause.to;
  if (output.resolve(path, now) !== 0) {
    packet.release();
    return;
  }
  reply.sourcePort = received.destinationPort;
  reply.destinationPort = received.sourcePort;
  prependSegment(packet, reply);
  completeChecksum(packet, path);
  environment.counters().count(Counter.TcpOutSegs);
  output.send(path, packet, u8(Protocol.Tcp), now);
}

/** Nobody expects a segment: its sender is told by a reset. Takes the packet. */
export function rejectSegment(
  environment: Environment,
  output: TransportOutput,
  packet: PacketBuffer,
  segment: Segment,
  now: u64,
): void {
  const isGroup = packet.isBroadcast || packet.isMulticast || isMulticast(packet.to) || isUnspecified(packet.from);
  if (!segment.has(TcpFlag.Reset) && !isGroup) {
    const reply = new Segment();
    if (segment.has(TcpFlag.Acknowledgment)) {
      reply.sequence = segment.acknowledgment;
      reply.flags = TcpFlag.Reset;
    } else {
      reply.acknowledgment = segment.end();
      reply.flags = TcpFlag.Reset | TcpFlag.Acknowledgment;
    }
    environment.counters().count(Counter.TcpOutRsts);
    sendReply(environment, output, packet, segment, reply, now);
  }
  packet.release();
}

/** Bytes of a segment without options on a link with that MTU. */
export function ownSegment(packet: PacketBuffer): u32 {
  const source = packet.source;
  const mtu: u32 = source === null ? 1500 : source.maximumPacket;
  return minimum(mtu - (isIpv4(packet.from) ? u32(40) : u32(60)), u32(65495));
}
