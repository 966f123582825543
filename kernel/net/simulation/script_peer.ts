// A peer that sends exactly the segments that a test wants, and keeps those that come: for conformance tests of TCP.

import type { IpAddress } from "../address.ts";
import { Icmp4Type } from "../icmp.ts";
import { IPV4_HEADER } from "../ipv4.ts";
import type { PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { completeChecksum, parseSegment, prependSegment, Segment, TcpFlag } from "../tcp/segment.ts";
import type { Host, PacketReceiver } from "./host.ts";
import { streamByte } from "./stream_program.ts";
import type { TcpRun } from "./tcp_run.ts";

const MILLISECOND = 1_000_000;
const KEPT = 64;
const FRAGMENTATION_NEEDED = 4;

/** Takes the place of TCP on host b of a run. */
export class ScriptPeer implements PacketReceiver {
  readonly run: TcpRun;
  readonly local: IpAddress;
  readonly remote: IpAddress;
  localPort: u16 = 80;
  remotePort: u16 = 40000;
  /** What came since `clear`, in order. */
  readonly segments!: FixedArray<Segment, 64>;
  count: u32 = 0;
  /** The peer's own numbers. */
  next: u32 = 0;
  expected: u32 = 0;
  window: u32 = 65535;
  /** Sent with each segment when it is not 0. */
  timestamp: u32 = 0;
  echo: u32 = 0;
  /** Of its SYNs; 0: they do not speak of it. */
  windowShift: u8 = 0;
  /** Larger IPv4 packets are refused, as by a router on the way; 0: none. */
  largestPacket: u32 = 0;
  /** Of a segment with the flag. */
  urgentPointer: u32 = 0;
  /** Selective acknowledgments of the next segment. */
  sackStart: u32 = 0;
  sackEnd: u32 = 0;

  constructor(run: TcpRun) {
    this.run = run;
    this.local = run.addressB;
    this.remote = run.addressA;
  }

  receivePacket(host: Host, packet: PacketBuffer, now: u64): void {
    assert(this.count < KEPT, "more segments than the test expects");
    const segment = this.segments[this.count];
    if (this.largestPacket !== 0 && packet.totalLength() + IPV4_HEADER > this.largestPacket) {
      const unreachable = u8(u32(Icmp4Type.Unreachable));
      host.network.sendError(packet, unreachable, FRAGMENTATION_NEEDED, this.largestPacket, now);
    } else if (packet.protocol === 6 && parseSegment(packet, segment, host.environment.counts)) this.count++;
    packet.release();
  }

  /** Forgets what came. */
  clear(): void {
    this.count = 0;
  }

  /** The latest segment; panics when none came. */
  last(): Segment {
    return this.segments[this.count - 1];
  }

  /** Lets the link deliver: 20 ms. */
  settle(): void {
    this.wait(20);
  }

  wait(milliseconds: u64): void {
    this.run.wire.runUntil(this.run.wire.now + milliseconds * MILLISECOND);
  }

  /** Sends a segment with the peer's next number, and lets it arrive. */
  send(flags: TcpFlag, length: u32 = 0): void {
    this.sendAt(flags, this.next, length, 0);
  }

  /** The same with any number; `place` is where in the stream its bytes are from. */
  sendAt(flags: TcpFlag, sequence: u32, length: u32, place: u64): void {
    const host = this.run.b.host;
    const packet = host.environment.heap.allocatePacket(u64(length))!;
    const data = packet.extend(length);
    for (let i: u64 = 0; i < u64(length); i++) data[i] = streamByte(place + i);
    const segment = new Segment();
    segment.sourcePort = this.localPort;
    segment.destinationPort = this.remotePort;
    segment.sequence = sequence;
    segment.acknowledgment = (flags & TcpFlag.Acknowledgment) === TcpFlag.None ? 0 : this.expected;
    segment.flags = flags;
    segment.window = this.window;
    segment.urgentPointer = this.urgentPointer;
    const options = segment.options;
    const isSyn = (flags & TcpFlag.Syn) !== TcpFlag.None;
    if (isSyn) options.maximumSegment = 1000;
    if (isSyn) options.sackPermitted = true;
    options.hasWindowScale = isSyn && this.windowShift !== 0;
    options.windowShift = this.windowShift;
    options.hasTimestamp = this.timestamp !== 0;
    options.timestamp = this.timestamp;
    options.timestampEcho = this.echo;
    if (this.sackEnd !== this.sackStart) {
      options.sackCount = 1;
      options.sackBlocks[0].start = this.sackStart;
      options.sackBlocks[0].end = this.sackEnd;
      this.sackStart = this.sackEnd;
    }
    prependSegment(packet, segment);
    const path = new Path();
    path.destination = this.remote;
    path.source = this.local;
    host.network.resolve(path, this.run.wire.now);
    completeChecksum(packet, path);
    host.send(path, packet, 6, this.run.wire.now);
    this.settle();
  }

  /** Whether the latest segment has exactly these flags, PSH aside, and number and acknowledgment are what they should be. */
  isLast(flags: TcpFlag, sequence: u32, acknowledgment: u32): boolean {
    if (this.count === 0) return false;
    const segment = this.last();
    const isSame = (segment.flags & ~TcpFlag.Push) === flags;
    return isSame && segment.sequence === sequence && segment.acknowledgment === acknowledgment;
  }
}
