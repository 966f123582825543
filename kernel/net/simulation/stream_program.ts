// A program above a connection: writes a stream whose bytes follow from their place, reads the other's and checks every byte, closes.

import type { Writer } from "prelude/writer.ts";
import { Errno } from "../../lib/errno.ts";
import type { Connection, ConnectionOwner } from "../tcp/connection.ts";
import { ConnectionChange, TcpState } from "../tcp/state.ts";
import type { Random } from "./random.ts";

const CHUNK = 8192;

/** The byte at a place of every stream. */
export function streamByte(place: u64): u8 {
  return u8((place * 0x9e37_79b9) >> 13) ^ u8(place);
}

export class StreamProgram implements ConnectionOwner {
  readonly connection: Connection;
  private readonly random: Random;
  toSend: u64 = 0;
  expected: u64 = 0;
  written: u64 = 0;
  read: u64 = 0;
  connected = false;
  failed: Errno = Errno.NONE;
  sawEnd = false;
  closedSend = false;
  finished = false;
  /** Closes as soon as everything is written, without waiting for the other side. */
  closeEarly = false;
  /** Reads and writes so many bytes at a time, at most, with pauses. */
  largestCall: u64 = CHUNK;
  pause: u64 = 0;
  useChunks = false;
  private wakeAt: u64 = 0;
  /** Set by a change, so that the program runs in the next step. */
  private isWoken = true;

  constructor(connection: Connection, random: Random) {
    this.connection = connection;
    this.random = random;
  }

  connectionChanged(connection: Connection, changes: ConnectionChange): void {
    if ((changes & ConnectionChange.Connected) !== ConnectionChange.None) this.connected = true;
    if ((changes & ConnectionChange.Failed) !== ConnectionChange.None) this.failed = connection.error;
    if ((changes & ConnectionChange.Closed) !== ConnectionChange.None) this.finished = true;
    this.isWoken = true;
  }

  deadline(): u64 {
    if (this.wakeAt !== 0) return this.wakeAt;
    return this.isWoken ? 1 : 0;
  }

  act(now: u64): void {
    this.isWoken = false;
    this.wakeAt = 0;
    this.readSome(now);
    this.writeSome(now);
    this.endIfDone(now);
  }

  private readSome(now: u64): void {
    let budget: u64 = this.random.next(this.largestCall) + 1;
    while (budget > 0) {
      const part = this.connection.peek(0);
      if (part === null) break;
      const count = minimum(part.length, budget);
      for (let i: u64 = 0; i < count; i++) assert(part[i] === streamByte(this.read + i), "every byte arrives, in order");
      this.read += count;
      budget -= count;
      this.connection.consume(u32(count), now);
    }
    if (this.connection.readable() !== 0) this.wakeAt = now + this.pause + 1000;
    else if (this.connection.finReceived) this.sawEnd = true;
    assert(this.read <= this.expected, "nothing arrives that was not sent");
  }

  private writeSome(now: u64): void {
    if (!this.connection.canSend() || this.closedSend) return;
    const left = this.toSend - this.written;
    if (left === 0) return;
    const count = minimum(minimum(this.random.next(this.largestCall) + 1, left), u64(CHUNK));
    if (this.useChunks) this.writeChunk(count, now);
    else this.writeCopy(count, now);
    if (this.written < this.toSend && this.connection.sendRoom() !== 0) this.wakeAt = now + this.pause + 1000;
  }

  private writeCopy(count: u64, now: u64): void {
    const data: FixedArray<u8, 8192> = [];
    for (let i: u64 = 0; i < count; i++) data[i] = streamByte(this.written + i);
    this.written += this.connection.write(data.slice(0, count), now);
  }

  private writeChunk(count: u64, now: u64): void {
    const chunk = this.connection.environment.memory().allocateChunk(count);
    if (chunk === null) return;
    for (let i: u64 = 0; i < count; i++) chunk.storage[i] = streamByte(this.written + i);
    if (this.connection.writeChunk(chunk, 0, u32(count), now)) this.written += count;
    chunk.release();
  }

  private endIfDone(now: u64): void {
    const connection = this.connection;
    if (!this.closedSend && this.connected && this.written === this.toSend && connection.state !== TcpState.SynSent) {
      this.closedSend = true;
      connection.shutdownSend(now);
    }
    if (this.closedSend && this.sawEnd && this.wakeAt === 0 && !connection.isOrphan) connection.close(now);
  }

  /** For the report of a run that went wrong. */
  format(writer: Writer): void {
    const c = this.connection;
    writer.message(`state ${u32(c.state)} read ${this.read}/${this.expected} written ${this.written}/${this.toSend} `);
    writer.message(
      `error ${u32(this.failed)} una ${c.unacknowledged - c.initial} next ${c.next - c.initial} window ${c.window} `,
    );
    writer.message(`cwnd ${c.congestion.window} out ${c.sent.outstanding} lost ${c.sent.lost} sacked ${c.sent.sacked} `);
    writer.message(`rcv ${c.receiveNext - c.peerInitial} adv ${c.advertisedEnd - c.peerInitial} queue ${c.received.length} `);
    writer.message(
      `early ${c.received.earlyLength} foot ${c.received.footprint} mss ${c.segmentSize} backoff ${c.roundTrip.backoff}`,
    );
    writer.message(` fin ${c.finQueued} ${c.finSent} ${c.finReceived} timers ${c.timers.retransmit} ${c.timers.persist}`);
  }

  /** Whether all was sent and received, and the connection has left. */
  isDone(): boolean {
    return this.finished && this.sawEnd && this.read === this.expected && this.written === this.toSend;
  }
}
