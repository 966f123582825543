// What a socket is told apart from its data (recvmsg(2) with MSG_ERRQUEUE): errors of the network with the datagram that they are about
// (IP_RECVERR, ip(7)), and which buffers may be used again (MSG_ZEROCOPY).
//
// The socket's lock guards its queue. Bounded: what does not fit is forgotten, as an error that nobody asked for would be.

import { Link, List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { type IpAddress, isIpv4 } from "../net/address.ts";
import type { TransportError } from "../net/icmp.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { writePlace } from "./inet_address.ts";
import type { Family } from "./socket_address.ts";
import { MessageFlag, type Transfer } from "./transfer.ts";

/** Reports that wait in one socket, at most. */
const MOST_REPORTS = 64;

/** Where a report is from (linux/errqueue.h: SO_EE_ORIGIN_*). */
export const enum Origin {
  None = 0,
  Local = 1,
  Icmp = 2,
  Icmp6 = 3,
  ZeroCopy = 5,
}

/** SO_EE_CODE_ZEROCOPY_COPIED: the bytes were copied after all. */
const COPIED = 1;

/** What struct sock_extended_err says, and the addresses behind it. */
export class Report {
  error: Errno = Errno.NONE;
  origin: Origin = Origin.None;
  type: u8 = 0;
  code: u8 = 0;
  /** A size of packets, or the first send that is done. */
  info: u32 = 0;
  /** The last send that is done. */
  data: u32 = 0;
  /** Who reported it; meaningful for origins of ICMP. */
  offender: IpAddress = { high: 0, low: 0 };

  copyFrom(other: Report): void {
    this.error = other.error;
    this.origin = other.origin;
    this.type = other.type;
    this.code = other.code;
    this.info = other.info;
    this.data = other.data;
    this.offender = other.offender;
  }
}

/** A report on its way to the application. */
export class QueuedReport {
  readonly link = new Link<QueuedReport>();
  readonly report = new Report();
  /** Where the datagram went. */
  destination: IpAddress = { high: 0, low: 0 };
  port: u16 = 0;
  /** What is left of the datagram's own bytes, if there are any: from the transport's header's end on. */
  payload: PacketBuffer | null = null;
}

/** Under the socket's lock. */
export class ErrorQueue {
  private readonly reports = new List<QueuedReport>();
  private count: u32 = 0;
  /** The number of the next send with MSG_ZEROCOPY. */
  private nextCopy: u32 = 0;

  /** A hint, without the lock. @inline */
  isEmpty(): boolean {
    return this.reports.isEmpty();
  }

  /** Adds a report. Takes it, and frees it when there are too many. */
  add(queued: QueuedReport): boolean {
    if (this.count >= MOST_REPORTS) {
      freeReport(queued);
      return false;
    }
    this.reports.append(queued);
    this.count++;
    return true;
  }

  /** The oldest one, which is the caller's to free. */
  take(): QueuedReport | null {
    const first = this.reports.takeFirst();
    if (first !== null) this.count--;
    return first;
  }

  /** The error that the oldest report is about; NONE: it is about none. */
  nextError(): Errno {
    const first = this.reports.first;
    return first === null ? Errno.NONE : first.report.error;
  }

  /** Says that the buffer of one more send may be used again: it was copied. Sends in a row are one report. @returns whether it is news */
  noteCopied(): boolean {
    const number = this.nextCopy;
    this.nextCopy++;
    const last = this.reports.last;
    if (last !== null && last.report.origin === Origin.ZeroCopy && last.report.data + 1 === number) {
      last.report.data = number;
      return false;
    }
    const queued = create(QueuedReport);
    if (queued === null) return false;
    queued.report.origin = Origin.ZeroCopy;
    queued.report.code = COPIED;
    queued.report.info = number;
    queued.report.data = number;
    return this.add(queued);
  }

  /** Forgets everything. */
  clear(): void {
    for (let queued = this.take(); queued !== null; queued = this.take()) freeReport(queued);
  }
}

/** Frees a report that is in no queue. */
export function freeReport(queued: QueuedReport): void {
  const payload = queued.payload;
  if (payload !== null) payload.release();
  destroy(queued);
}

/** A report of what ICMP says; null: no memory. @param payload is taken */
export function reportOfError(error: TransportError, from: IpAddress, payload: PacketBuffer | null): QueuedReport | null {
  const queued = create(QueuedReport);
  if (queued === null) {
    if (payload !== null) payload.release();
    return null;
  }
  const report = queued.report;
  report.error = error.error;
  report.origin = isIpv4(error.to) ? Origin.Icmp : Origin.Icmp6;
  report.type = error.type;
  report.code = error.code;
  report.info = error.maximumPacket;
  report.offender = from;
  queued.destination = error.to;
  queued.port = error.toPort;
  queued.payload = payload;
  return queued;
}

/** A report of a datagram that was too large to be sent; null: no memory. */
export function reportOfSize(destination: IpAddress, port: u16, maximumPacket: u32): QueuedReport | null {
  const queued = create(QueuedReport);
  if (queued === null) return null;
  queued.report.error = Errno.MSGSIZE;
  queued.report.origin = Origin.Local;
  queued.report.info = maximumPacket;
  queued.destination = destination;
  queued.port = port;
  return queued;
}

/** Gives a report to the application, and frees it. AGAIN: there is none. */
export function receiveReport(queued: QueuedReport | null, transfer: Transfer, family: Family): i64 {
  if (queued === null) return errorCode(Errno.AGAIN);
  const address = transfer.address;
  const ancillary = transfer.ancillary;
  if (address !== null && queued.port !== 0) writePlace(address, family, queued.destination, queued.port);
  if (ancillary !== null) ancillary.report.copyFrom(queued.report);
  transfer.answer |= MessageFlag.ErrorQueue;
  const result = copyPayload(queued.payload, transfer);
  freeReport(queued);
  return result;
}

function copyPayload(payload: PacketBuffer | null, transfer: Transfer): i64 {
  if (payload === null) return 0;
  const length = payload.totalLength();
  const wanted = u32(minimum(u64(length), transfer.buffer.remaining));
  if (wanted < length) transfer.answer |= MessageFlag.Truncated;
  transfer.length = u64(length);
  return givePacket(payload, wanted, transfer) ? i64(wanted) : errorCode(Errno.FAULT);
}

/** Copies the first bytes of a packet to the application. False: its memory is bad. */
export function givePacket(packet: PacketBuffer, wanted: u32, transfer: Transfer): boolean {
  let done: u32 = 0;
  while (done < wanted) {
    const piece = packet.contiguous(done);
    const count = minimum(piece.length, u64(wanted - done));
    if (transfer.buffer.give(addressOf(piece), count) !== count) return false;
    done += u32(count);
  }
  return true;
}
