// A half-open connection: what has to be remembered of a SYN until its third step comes, and the answer to it. Small, because an outside
// host can make a listener keep as many as its backlog.

import { HashEntry } from "prelude/hash_table.ts";
import { Link } from "prelude/list.ts";
import type { IpAddress } from "../address.ts";
import { Counter } from "../counters.ts";
import type { PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { Protocol } from "../protocol.ts";
import { hashConnection } from "./connection.ts";
import type { Listener } from "./listener.ts";
import { ownSegment } from "./reply.ts";
import { completeChecksum, prependSegment, Segment, TcpFlag } from "./segment.ts";
import type { TcpSettings } from "./settings.ts";
import { chooseShift } from "./transmit.ts";

/** A SYN that was answered. */
export class Request {
  readonly link = new Link<Request>();
  readonly entry = new HashEntry<Request>();
  localAddress!: IpAddress;
  remoteAddress!: IpAddress;
  localPort: u16 = 0;
  remotePort: u16 = 0;
  initial: u32 = 0;
  /** The peer's SYN, for its options. */
  readonly syn = new Segment();
  deadline: u64 = 0;
  retries: u32 = 0;
  ownSegment: u32 = 0;
  timestampOffset: u32 = 0;
  /** Of our window. */
  shift: u8 = 0;

  hash(): u64 {
    return hashConnection(this.localAddress, this.localPort, this.remoteAddress, this.remotePort);
  }
}

/** Notes what a SYN says, as far as the listener's settings go along. */
export function fillRequest(request: Request, packet: PacketBuffer, segment: Segment, settings: TcpSettings): void {
  request.localAddress = packet.to;
  request.remoteAddress = packet.from;
  request.localPort = segment.destinationPort;
  request.remotePort = segment.sourcePort;
  request.ownSegment = ownSegment(packet);
  request.shift = chooseShift(settings);
  const syn = request.syn;
  syn.sequence = segment.sequence;
  syn.window = segment.window;
  syn.options.maximumSegment = segment.options.maximumSegment;
  syn.options.hasWindowScale = segment.options.hasWindowScale && settings.useWindowScale;
  syn.options.windowShift = segment.options.windowShift;
  syn.options.sackPermitted = segment.options.sackPermitted && settings.useSack;
  syn.options.hasTimestamp = segment.options.hasTimestamp && settings.useTimestamps;
  syn.options.timestamp = segment.options.timestamp;
}

/** Sends SYN and ACK. */
export function sendSynAnswer(listener: Listener, request: Request, now: u64): void {
  const packet = listener.environment.memory().allocatePacket(0);
  if (packet === null) return;
  const path = new Path();
  path.destination = request.remoteAddress;
  path.source = request.localAddress;
  if (listener.output.resolve(path, now) !== 0) {
    packet.release();
    return;
  }
  const answer = new Segment();
  const offered = request.syn.options;
  const settings = listener.settings;
  answer.sourcePort = request.localPort;
  answer.destinationPort = request.remotePort;
  answer.sequence = request.initial;
  answer.acknowledgment = request.syn.sequence + 1;
  answer.flags = TcpFlag.Syn | TcpFlag.Acknowledgment;
  answer.window = minimum(settings.receiveBuffer, u32(65535));
  const own = request.ownSegment;
  answer.options.maximumSegment = settings.maximumSegment === 0 ? own : minimum(own, settings.maximumSegment);
  answer.options.hasWindowScale = offered.hasWindowScale;
  answer.options.windowShift = request.shift;
  answer.options.sackPermitted = offered.sackPermitted;
  answer.options.hasTimestamp = offered.hasTimestamp;
  answer.options.timestamp = u32(now / 1_000_000) + request.timestampOffset;
  answer.options.timestampEcho = offered.timestamp;
  prependSegment(packet, answer);
  completeChecksum(packet, path);
  listener.environment.counters().count(Counter.TcpOutSegs);
  listener.output.send(path, packet, u8(Protocol.Tcp), now);
}
