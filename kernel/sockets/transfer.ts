// One call that sends or receives: the bytes, whom they go to or came from, and what goes with them (sendmsg(2), recvmsg(2)).

import type { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import type { IpAddress } from "../net/address.ts";
import { Report } from "./error_queue.ts";
import type { SocketAddress } from "./socket_address.ts";

/** What of a transfer is asked for, and what recvmsg(2) answers (linux/socket.h). */
export const enum MessageFlag {
  OutOfBand = 0x1,
  Peek = 0x2,
  DontRoute = 0x4,
  ControlTruncated = 0x8,
  Truncated = 0x20,
  DontWait = 0x40,
  EndOfRecord = 0x80,
  WaitAll = 0x100,
  Confirm = 0x800,
  ErrorQueue = 0x2000,
  NoSignal = 0x4000,
  More = 0x8000,
  WaitForOne = 0x1_0000,
  ZeroCopy = 0x400_0000,
  CloseOnExec = 0x4000_0000,
}

/** The most open files that go with one message (SCM_MAX_FD). */
export const RIGHTS_MAX = 253;

/** Open files on their way, with a reference each. */
export class Rights {
  readonly files!: FixedArray<Ref<OpenFile> | null, 253>;
  count: usize = 0;

  add(open: OpenFile): void {
    this.files[this.count] = open;
    this.count++;
  }
}

/** Closes what was on its way and has not arrived. May sleep. */
export function releaseRights(rights: Rights): void {
  for (let i: usize = 0; i < rights.count; i++) {
    const open = rights.files[i];
    if (open !== null) open.release();
  }
  destroy(rights);
}

/** struct ucred: who sent. @size 12 */
export class Credentials {
  process: u32 = 0;
  user: u32 = 0;
  group: u32 = 0;

  copyFrom(other: Credentials): void {
    this.process = other.process;
    this.user = other.user;
    this.group = other.group;
  }
}

/** What is known of a datagram of the internet, or chosen for one: each a control message (ip(7), ipv6(7)). */
export const enum Detail {
  /** IP_PKTINFO, IPV6_PKTINFO: our own address and interface. */
  PacketInformation = 1,
  PacketInformation6 = 2,
  /** IP_TTL, IPV6_HOPLIMIT. */
  TimeToLive = 4,
  HopLimit = 8,
  /** IP_TOS, IPV6_TCLASS. */
  TypeOfService = 16,
  TrafficClass = 32,
  /** SO_TIMESTAMP, SO_TIMESTAMPNS. */
  Timestamp = 64,
  TimestampNanoseconds = 128,
}

/** What goes with the bytes. */
export class Ancillary {
  /** Sending: taken over by the family when it succeeds. Receiving: the caller's. */
  rights: Rights | null = null;
  hasCredentials = false;
  readonly credentials = new Credentials();
  /** A union of Detail: which of the following were asked for, or are given. */
  details: u32 = 0;
  /** Our own address: where a datagram was sent to, or where it is to come from. */
  ownAddress: IpAddress = { high: 0, low: 0 };
  /** The index of the interface; 0: any. */
  interface: u32 = 0;
  hopLimit: u8 = 0;
  trafficClass: u8 = 0;
  /** Nanoseconds since 1970. */
  receivedAt: i64 = 0;
  /** Receiving from the error queue. */
  readonly report = new Report();
}

export class Transfer {
  readonly buffer: IoBuffer;
  /** A union of MessageFlag. */
  readonly flags: u32;
  /** Whether the call may sleep. */
  readonly mayWait: boolean;
  /** Where to send, null for the peer; or what is filled in with whom it came from, null when nobody asks. */
  readonly address: SocketAddress | null;
  readonly ancillary: Ancillary | null;
  /** Receiving: bytes that the message had, which may be more than there was room for. */
  length: u64 = 0;
  /** Receiving: a union of MessageFlag. */
  answer: u32 = 0;
  /** Receiving: what came with the bytes and nobody asked for; the family closes it. */
  unwanted: Rights | null = null;

  constructor(
    buffer: IoBuffer,
    flags: u32,
    open: OpenFile,
    address: SocketAddress | null = null,
    ancillary: Ancillary | null = null,
  ) {
    this.buffer = buffer;
    this.flags = flags;
    this.mayWait = !open.isNonBlocking() && (flags & MessageFlag.DontWait) === 0 && !buffer.noWait;
    this.address = address;
    this.ancillary = ancillary;
  }

  /** @inline */
  has(flag: MessageFlag): boolean {
    return (this.flags & u32(flag)) !== 0;
  }
}
