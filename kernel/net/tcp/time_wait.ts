// TIME-WAIT (RFC 9293, 3.6.1): what stays of a connection for a minute, so that old segments do not meet a new one. Much smaller than
// a connection: a server that closes first has thousands.

import { HashEntry, HashTable } from "prelude/hash_table.ts";
import { Link, List } from "prelude/list.ts";
import type { IpAddress } from "../address.ts";
import { isSameAddress } from "../address.ts";
import { Counter } from "../counters.ts";
import type { Environment } from "../environment.ts";
import type { PacketBuffer } from "../packet.ts";
import type { TransportOutput } from "../transport_output.ts";
import { type Connection, hashConnection } from "./connection.ts";
import { sendReply } from "./reply.ts";
import { Segment, TcpFlag } from "./segment.ts";
import { isAfter, isBefore } from "./sequence.ts";
import { timestampOf } from "./transmit.ts";

/** TCP_TIMEWAIT_LEN. */
const DURATION = 60_000_000_000;
/** net.ipv4.tcp_max_tw_buckets: the oldest goes when there are more. */
const MAXIMUM = 16384;
/** Answers to segments outside the window are that far apart (net.ipv4.tcp_invalid_ratelimit). */
const ANSWER_INTERVAL = 500_000_000;

class TimeWait {
  readonly link = new Link<TimeWait>();
  readonly entry = new HashEntry<TimeWait>();
  localAddress!: IpAddress;
  remoteAddress!: IpAddress;
  localPort: u16 = 0;
  remotePort: u16 = 0;
  next: u32 = 0;
  receiveNext: u32 = 0;
  window: u32 = 0;
  recentTimestamp: u32 = 0;
  timestamp: u32 = 0;
  timestampsOn = false;
  deadline: u64 = 0;
  answeredAt: u64 = 0;

  hash(): u64 {
    return hashConnection(this.localAddress, this.localPort, this.remoteAddress, this.remotePort);
  }
}

/** What becomes of a segment. */
export const enum TimeWaitVerdict {
  /** There is no entry for it: go on. */
  None,
  /** The packet was taken. */
  Taken,
  /** It is the SYN of a new connection, and the old one is gone (RFC 6191): the listener gets it. */
  Reuse,
}

/** The owner locks it; the order is table, then network. */
export class TimeWaitTable {
  private readonly table = new HashTable<TimeWait, 4096>();
  /** Oldest first: all last equally long. */
  private readonly all = new List<TimeWait>();

  /** How many there are, for /proc/net/sockstat. */
  count(): usize {
    return this.table.count;
  }

  /** Takes over from a connection in the state TIME-WAIT, which the caller takes out of its table. */
  enter(connection: Connection, now: u64): void {
    const counters = connection.environment.counters();
    counters.count(Counter.TcpExtTW);
    if (this.table.count >= MAXIMUM) {
      counters.count(Counter.TcpExtTCPTimeWaitOverflow);
      this.drop(this.all.first!);
    }
    const entry = create(TimeWait);
    if (entry === null) return;
    entry.localAddress = connection.localAddress;
    entry.remoteAddress = connection.remoteAddress;
    entry.localPort = connection.localPort;
    entry.remotePort = connection.remotePort;
    entry.next = connection.next;
    entry.receiveNext = connection.receiveNext;
    entry.window = connection.settings.receiveBuffer >> connection.receiveShift;
    entry.timestampsOn = connection.timestampsOn;
    entry.recentTimestamp = connection.recentTimestamp;
    entry.timestamp = timestampOf(connection, now);
    entry.deadline = now + DURATION;
    this.table.insert(entry);
    this.all.append(entry);
  }

  /** An entry whose time is over is as good as gone, however late `timer` comes. */
  private find(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16, now: u64): TimeWait | null {
    let found = this.table.firstWithHash(hashConnection(local, localPort, remote, remotePort));
    while (found !== null) {
      const isIt = found.localPort === localPort && found.remotePort === remotePort;
      if (isIt && isSameAddress(found.remoteAddress, remote) && isSameAddress(found.localAddress, local)) break;
      found = this.table.nextWithHash(found);
    }
    if (found === null || now < found.deadline) return found;
    this.drop(found);
    return null;
  }

  /** Whether an address and port pair is still waiting: connect() takes another port. */
  has(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16, now: u64): boolean {
    return this.find(local, localPort, remote, remotePort, now) !== null;
  }

  /** A segment that no connection wanted. Takes the packet if it says Taken. */
  receive(environment: Environment, output: TransportOutput, packet: PacketBuffer, segment: Segment, now: u64): TimeWaitVerdict {
    const entry = this.find(packet.to, segment.destinationPort, packet.from, segment.sourcePort, now);
    if (entry === null) return TimeWaitVerdict.None;
    const hasTimestamp = entry.timestampsOn && segment.options.hasTimestamp;
    const isNewer = hasTimestamp && isAfter(segment.options.timestamp, entry.recentTimestamp);
    if (segment.has(TcpFlag.Syn) && !segment.has(TcpFlag.Reset) && !segment.has(TcpFlag.Acknowledgment)) {
      // RFC 6191: a later timestamp, or without them a later sequence number (RFC 9293, 3.10.7.4).
      if (hasTimestamp ? isNewer : isAfter(segment.sequence, entry.receiveNext)) {
        environment.counters().count(Counter.TcpExtTWRecycled);
        this.drop(entry);
        return TimeWaitVerdict.Reuse;
      }
    }
    // A reset does not end it (RFC 1337, fix F1).
    if (!segment.has(TcpFlag.Reset)) this.answer(environment, output, entry, packet, segment, now);
    packet.release();
    return TimeWaitVerdict.Taken;
  }

  private answer(
    environment: Environment,
    output: TransportOutput,
    entry: TimeWait,
    packet: PacketBuffer,
    segment: Segment,
    now: u64,
  ): void {
    const isRepeatedFin = segment.has(TcpFlag.Fin) && segment.end() === entry.receiveNext;
    if (isRepeatedFin) {
      entry.deadline = now + DURATION;
      this.all.remove(entry);
      this.all.append(entry);
    } else if (segment.span() === 0 && !isBefore(segment.sequence, entry.receiveNext)) {
      // The last acknowledgment, once more: nothing to say.
      return;
    }
    if (entry.answeredAt !== 0 && now - entry.answeredAt < ANSWER_INTERVAL && !isRepeatedFin) {
      environment.counters().count(Counter.TcpExtTCPACKSkippedTimeWait);
      return;
    }
    entry.answeredAt = now;
    const reply = new Segment();
    reply.sequence = entry.next;
    reply.acknowledgment = entry.receiveNext;
    reply.flags = TcpFlag.Acknowledgment;
    reply.window = minimum(entry.window, u32(65535));
    if (entry.timestampsOn) {
      reply.options.hasTimestamp = true;
      reply.options.timestamp = entry.timestamp;
      reply.options.timestampEcho = entry.recentTimestamp;
    }
    sendReply(environment, output, packet, segment, reply, now);
  }

  deadline(): u64 {
    const oldest = this.all.first;
    return oldest === null ? 0 : oldest.deadline;
  }

  timer(now: u64): void {
    for (let oldest = this.all.first; oldest !== null && now >= oldest.deadline; oldest = this.all.first) this.drop(oldest);
  }

  /** Forgets all. */
  clear(): void {
    for (let oldest = this.all.first; oldest !== null; oldest = this.all.first) this.drop(oldest);
  }

  private drop(entry: TimeWait): void {
    this.table.remove(entry);
    this.all.remove(entry);
    destroy(entry);
  }
}
