// Which socket of UDP gets a datagram: by the port that it is bound to, and of several by how exactly they are meant.
//
// Sockets are on the list of their port's bucket, each bucket with a lock of its own, which is held while a datagram is put into a
// socket's queue: so a socket that leaves the table gets nothing any more.

import { mixHash } from "prelude/hash_table.ts";
import { List } from "prelude/list.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { random64 } from "../fs/random.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { isIpv4, isSameAddress, isUnspecified } from "../net/address.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { addressesMeet } from "./inet_address.ts";
import { chosenPorts, pick } from "./port_choice.ts";
import type { UdpSocket } from "./udp_socket.ts";

const BUCKETS = 256;

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
  const [first, count] = chosenPorts(socket.internet.portRange);
  const start = random64() % count;
  for (let i: u64 = 0; i < count; i++) {
    const candidate = u16(first + ((start + i) % count));
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
 * Calls `take` with the socket that a datagram is for, which stays while it runs. The packet's mark is the port that it is from.
 * @returns false when there is none
 */
export function withReceiver(packet: PacketBuffer, port: u16, take: (socket: UdpSocket) => void): boolean {
  const bucket = bucketOf(port);
  using _ = bucket.lock.acquire();
  let best: UdpSocket | null = null;
  let bestScore: u32 = 0;
  let sharing: u64 = 0;
  for (let socket = bucket.sockets.first; socket !== null; socket = bucket.sockets.next(socket)) {
    const score = socket.localPort === port ? scoreOf(socket, packet) : 0;
    if (score > bestScore) {
      bestScore = score;
      best = socket;
      sharing = socket.socket.options.reusePort ? 1 : 0;
    } else if (score !== 0 && score === bestScore && socket.socket.options.reusePort) {
      sharing++;
    }
  }
  if (best !== null && sharing > 1) best = shareOf(bucket, packet, port, bestScore, sharing);
  if (best === null) return false;
  take(best);
  return true;
}

/** Of sockets that share a port each sender has its own, as evenly as senders come. */
function shareOf(bucket: Bucket, packet: PacketBuffer, port: u16, score: u32, count: u64): UdpSocket | null {
  let left = pick(mixHash(packet.from.low ^ packet.from.high ^ (u64(packet.mark) << 32)), count);
  for (let socket = bucket.sockets.first; socket !== null; socket = bucket.sockets.next(socket)) {
    const shares = socket.localPort === port && socket.socket.options.reusePort && scoreOf(socket, packet) === score;
    if (!shares) continue;
    if (left === 0) return socket;
    left--;
  }
  return null;
}

/** Calls `take` with every socket that a datagram for many is for, under the bucket's lock. @returns false when there is none */
export function eachReceiver(packet: PacketBuffer, port: u16, take: (socket: UdpSocket) => void): boolean {
  const bucket = bucketOf(port);
  using _ = bucket.lock.acquire();
  let found = false;
  for (let socket = bucket.sockets.first; socket !== null; socket = bucket.sockets.next(socket)) {
    if (socket.localPort !== port || scoreOf(socket, packet) === 0) continue;
    if (packet.isMulticast && !socket.internet.acceptsGroup(packet)) continue;
    found = true;
    take(socket);
  }
  return found;
}

/** How exactly a socket is meant; 0: not at all. */
function scoreOf(socket: UdpSocket, packet: PacketBuffer): u32 {
  let score: u32 = 1;
  const to = packet.to;
  const local = socket.localAddress;
  if (isUnspecified(local)) {
    if (isIpv4(local) !== isIpv4(to) && (isIpv4(local) || socket.internet.only6)) return 0;
    if (isIpv4(local) === isIpv4(to)) score++;
  } else {
    if (!isSameAddress(local, to)) return 0;
    score += 4;
  }
  if (socket.remotePort !== 0) {
    if (u32(socket.remotePort) !== packet.mark || !isSameAddress(socket.remoteAddress, packet.from)) return 0;
    score += 8;
  }
  const bound = socket.socket.options.boundInterface;
  if (bound === 0) return score;
  const source = packet.source;
  return source !== null && source.index === bound ? score + 16 : 0;
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
