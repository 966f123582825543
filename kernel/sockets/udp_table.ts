// Which socket of UDP gets a datagram: by the port that it is bound to, and of several by how exactly they are meant.
//
// Sockets are on the list of their port's bucket, each bucket with a lock of its own, which is held while a datagram is put into a
// socket's queue: so a socket that leaves the table gets nothing any more.

import { List } from "prelude/list.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { random64 } from "../fs/random.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type IpAddress, isIpv4, isSameAddress, isUnspecified } from "../net/address.ts";
import { addressesMeet } from "./inet_address.ts";
import type { UdpSocket } from "./udp_socket.ts";

const BUCKETS = 256;
/** Ports that are given to who does not choose (net.ipv4.ip_local_port_range). */
const FIRST_CHOSEN = 32768;
const CHOSEN = 28232;

class Bucket {
  readonly lock = new SpinLock(LockOrder.PacketTable);
  readonly sockets = new List<UdpSocket>();
}

class Table {
  readonly buckets!: FixedArray<Bucket, 256>;
}

const table = new Table();

function bucketOf(port: u16): Bucket {
  return table.buckets[port % BUCKETS];
}

/** For the checked build: says the class of the table's locks. */
export function classifyUdpTable(): void {
  for (const bucket of table.buckets) bucket.lock.classify(LockOrder.PacketTable);
}

/** Puts a socket on the list of a port; 0 lets one be chosen. ADDRINUSE. The socket's `localPort` is set then. */
export function enterPort(socket: UdpSocket, port: u16): Errno {
  if (port !== 0) return enterIfFree(socket, port);
  const start = random64() % CHOSEN;
  for (let i: u64 = 0; i < CHOSEN; i++) {
    const candidate = u16(FIRST_CHOSEN + ((start + i) % CHOSEN));
    if (enterIfFree(socket, candidate) === Errno.NONE) return Errno.NONE;
  }
  return Errno.ADDRINUSE;
}

function enterIfFree(socket: UdpSocket, port: u16): Errno {
  const bucket = bucketOf(port);
  using _ = bucket.lock.acquire();
  let other = bucket.sockets.first;
  while (other !== null) {
    if (other.localPort === port && conflicts(socket, other)) return Errno.ADDRINUSE;
    other = bucket.sockets.next(other);
  }
  socket.localPort = port;
  bucket.sockets.prepend(socket);
  return Errno.NONE;
}

function conflicts(a: UdpSocket, b: UdpSocket): boolean {
  const mine = a.socket.options;
  const theirs = b.socket.options;
  if ((mine.reuseAddress && theirs.reuseAddress) || (mine.reusePort && theirs.reusePort)) return false;
  return addressesMeet(a.localAddress, a.internet.only6, b.localAddress, b.internet.only6);
}

/** Takes a socket off its port's list. */
export function leavePort(socket: UdpSocket): void {
  const bucket = bucketOf(socket.localPort);
  using _ = bucket.lock.acquire();
  if (socket.link.linked) bucket.sockets.remove(socket);
}

/**
 * Calls `take` with the socket that a datagram is for, which stays while it runs.
 * @returns false when there is none
 */
export function withReceiver(
  to: IpAddress,
  toPort: u16,
  from: IpAddress,
  fromPort: u16,
  take: (socket: UdpSocket) => void,
): boolean {
  const bucket = bucketOf(toPort);
  using _ = bucket.lock.acquire();
  let best: UdpSocket | null = null;
  let bestScore: u32 = 0;
  let equals: u32 = 0;
  const chosen = mixPorts(from, fromPort);
  let socket = bucket.sockets.first;
  while (socket !== null) {
    const score = socket.localPort === toPort ? scoreOf(socket, to, from, fromPort) : 0;
    if (score > bestScore) {
      bestScore = score;
      best = socket;
      equals = 1;
    } else if (score !== 0 && score === bestScore && socket.socket.options.reusePort) {
      // Of sockets that share a port each sender has its own, as evenly as senders come.
      equals++;
      if (chosen % equals === 0) best = socket;
    }
    socket = bucket.sockets.next(socket);
  }
  if (best === null) return false;
  take(best);
  return true;
}

/** How exactly a socket is meant; 0: not at all. */
function scoreOf(socket: UdpSocket, to: IpAddress, from: IpAddress, fromPort: u16): u32 {
  let score: u32 = 1;
  const local = socket.localAddress;
  if (isUnspecified(local)) {
    if (isIpv4(local) !== isIpv4(to) && (isIpv4(local) || socket.internet.only6)) return 0;
    if (isIpv4(local) === isIpv4(to)) score++;
  } else {
    if (!isSameAddress(local, to)) return 0;
    score += 4;
  }
  if (socket.remotePort !== 0) {
    if (socket.remotePort !== fromPort || !isSameAddress(socket.remoteAddress, from)) return 0;
    score += 8;
  }
  return score;
}

function mixPorts(from: IpAddress, port: u16): u32 {
  const product = (from.low ^ from.high ^ u64(port)) * 0x9e37_79b9_7f4a_7c15;
  return u32(product >> 32);
}

/** Calls `visit` with each socket, under its bucket's lock. */
export function eachUdpSocket(visit: (socket: UdpSocket) => void): void {
  for (const bucket of table.buckets) {
    using _ = bucket.lock.acquire();
    let socket = bucket.sockets.first;
    while (socket !== null) {
      visit(socket);
      socket = bucket.sockets.next(socket);
    }
  }
}
