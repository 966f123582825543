// What the network brings for sockets of TCP: segments, and what ICMP says about segments of ours. Any context; no lock is held.

import type { TransportError } from "../net/icmp.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { rejectSegment } from "../net/tcp/reply.ts";
import { parseSegment, Segment } from "../net/tcp/segment.ts";
import { TimeWaitVerdict } from "../net/tcp/time_wait.ts";
import { stack } from "./network_stack.ts";
import { takeRequest } from "./tcp_accept.ts";
import { PROTOCOL_TCP } from "./tcp_socket.ts";
import { findConnection, findListener, tcp } from "./tcp_table.ts";

/** Takes a packet of TCP. */
export function takeSegment(packet: PacketBuffer, now: u64): void {
  const segment = new Segment();
  if (!parseSegment(packet, segment, stack.counters())) {
    packet.release();
    return;
  }
  const socket = findConnection(packet.to, segment.destinationPort, packet.from, segment.sourcePort);
  if (socket !== null) {
    socket.takeSegment(packet, segment, now);
    return;
  }
  const tables = tcp!;
  {
    using _ = tables.timeWaitLock.acquire();
    if (tables.timeWaits.receive(stack, stack, packet, segment, now) === TimeWaitVerdict.Taken) return;
  }
  const source = packet.source;
  const from = source === null ? 0 : source.index;
  const listener = findListener(packet.to, segment.destinationPort, packet.from, segment.sourcePort, from);
  if (listener !== null) takeRequest(listener, packet, segment, now);
  else rejectSegment(stack, stack, packet, segment, now);
}

/** Takes what ICMP says about a segment of ours. */
export function takeTcpError(error: TransportError, now: u64): void {
  if (error.protocol !== PROTOCOL_TCP) return;
  const socket = findConnection(error.from, error.fromPort, error.to, error.toPort);
  if (socket !== null) socket.takeFailure(error, now);
}
