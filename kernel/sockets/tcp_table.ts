// Who gets a segment of TCP: connections by both addresses and ports, then TIME-WAIT, then listeners by their port.
//
// Connections are spread over shards, each with a lock that is held while one is looked up and given a reference, and not longer. A
// connection in the table has a reference of the table's to its socket, which outlives its descriptor so. Bound sockets are on the
// list of their port's bucket: for who wants the port as well, and to find listeners.
// Order: Listener → Connection → PacketTable: no lock of a socket is taken under one of these.

import { List } from "prelude/list.ts";
import { currentCpu } from "../arch/x86_64/cpu.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { random64 } from "../fs/random.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type IpAddress, isIpv4, isSameAddress, isUnspecified } from "../net/address.ts";
import { type Connection, hashConnection, setConnectionSecret } from "../net/tcp/connection.ts";
import { ConnectionTable } from "../net/tcp/connection_table.ts";
import { TcpSecrets } from "../net/tcp/secrets.ts";
import { TimeWaitTable } from "../net/tcp/time_wait.ts";
import { moveTimer, startTimer, Timer } from "../sched/timers.ts";
import { addressesMeet } from "./inet_address.ts";
import { networkTime } from "./network_stack.ts";
import { chosenPorts, pick } from "./port_choice.ts";
import { socketOfConnection, type TcpSocket } from "./tcp_socket.ts";

const SHARDS = 16;
const BUCKETS = 256;
/** Entries of TIME-WAIT are dropped in batches: the timer comes that much later than the first of them ends. */
const TIME_WAIT_BATCH = 1_000_000_000;

class Shard {
  readonly lock = new SpinLock(LockOrder.PacketTable);
  readonly table = new ConnectionTable();
}

class Bucket {
  readonly lock = new SpinLock(LockOrder.PacketTable);
  readonly sockets = new List<TcpSocket>();
}

class Tables {
  readonly shards!: FixedArray<Shard, 16>;
  readonly buckets!: FixedArray<Bucket, 256>;
  readonly timeWaitLock = new SpinLock(LockOrder.TimeWait);
  readonly timeWaits = new TimeWaitTable();
  readonly timeWaitTimer = new Timer();
  readonly secrets = new TcpSecrets();
}

/** Made when the network starts. */
export let tcp: Tables | null = null;

/** Makes the tables, once. NOBUFS: no memory. */
export function makeTcpTables(): Errno {
  const tables = create(Tables);
  if (tables === null) return Errno.NOBUFS;
  for (const shard of tables.shards) shard.lock.classify(LockOrder.PacketTable);
  for (const bucket of tables.buckets) bucket.lock.classify(LockOrder.PacketTable);
  tables.secrets.begin(random64(), random64(), random64(), random64());
  tables.timeWaitTimer.callback = endTimeWaits;
  setConnectionSecret(random64());
  tcp = tables;
  return Errno.NONE;
}

function shardOf(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16): Shard {
  const hash = hashConnection(local, localPort, remote, remotePort);
  return tcp!.shards[(hash >> 32) % SHARDS];
}

function shardOfConnection(connection: Connection): Shard {
  return shardOf(connection.localAddress, connection.localPort, connection.remoteAddress, connection.remotePort);
}

/** The socket of a connection, with a reference; null: there is no such connection. */
export function findConnection(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16): TcpSocket | null {
  const shard = shardOf(local, localPort, remote, remotePort);
  using _ = shard.lock.acquire();
  const connection = shard.table.find(local, localPort, remote, remotePort);
  if (connection === null) return null;
  const socket = socketOfConnection(connection);
  socket.socket.inode.retain();
  return socket;
}

/** Puts a connection, whose addresses are set, into the table. @returns false when there is one with the same */
export function insertConnection(connection: Connection): boolean {
  const shard = shardOfConnection(connection);
  using _ = shard.lock.acquire();
  if (!shard.table.insert(connection)) return false;
  socketOfConnection(connection).socket.inode.retain();
  return true;
}

/** Takes a connection out. @returns whether it was there; then the table's reference to its socket is the caller's */
export function removeConnection(connection: Connection): boolean {
  if (!connection.entry.linked) return false;
  const shard = shardOfConnection(connection);
  using _ = shard.lock.acquire();
  if (!connection.entry.linked) return false;
  shard.table.remove(connection);
  return true;
}

/** What stays of a connection that has left the table in the state TIME-WAIT. */
export function enterTimeWait(connection: Connection): void {
  const tables = tcp!;
  using _ = tables.timeWaitLock.acquire();
  tables.timeWaits.enter(connection, networkTime());
  const timer = tables.timeWaitTimer;
  if (!timer.heap.queued) moveTimer(timer, tables.timeWaits.deadline() + TIME_WAIT_BATCH);
}

/** In the timer interrupt. */
function endTimeWaits(argument: u64): void {
  const tables = tcp!;
  using _ = tables.timeWaitLock.acquire();
  tables.timeWaits.timer(networkTime());
  const next = tables.timeWaits.deadline();
  if (next !== 0) startTimer(tables.timeWaitTimer, next + TIME_WAIT_BATCH);
}

/** Gives a connection that is to be made a port of ours, and a place in the table. ADDRNOTAVAIL, ADDRINUSE. */
export function placeConnection(connection: Connection, isBound: boolean): Errno {
  if (isBound) return insertConnection(connection) ? Errno.NONE : Errno.ADDRNOTAVAIL;
  const tables = tcp!;
  const [first, count] = chosenPorts(socketOfConnection(connection).internet.portRange);
  const start = random64() % count;
  for (let i: u64 = 0; i < count; i++) {
    const port = u16(first + ((start + i) % count));
    if (isTaken(port)) continue;
    connection.localPort = port;
    {
      using _ = tables.timeWaitLock.acquire();
      if (tables.timeWaits.has(connection.localAddress, port, connection.remoteAddress, connection.remotePort, networkTime()))
        continue;
    }
    if (insertConnection(connection)) return Errno.NONE;
  }
  connection.localPort = 0;
  return Errno.ADDRNOTAVAIL;
}

function isTaken(port: u16): boolean {
  const bucket = tcp!.buckets[port % BUCKETS];
  using _ = bucket.lock.acquire();
  let other = bucket.sockets.first;
  while (other !== null) {
    if (other.boundPort === port) return true;
    other = bucket.sockets.next(other);
  }
  return false;
}

/** Binds a socket, whose address is set, to a port; 0 lets one be chosen. ADDRINUSE. */
export function bindPort(socket: TcpSocket, port: u16): Errno {
  if (port !== 0) return bindIfFree(socket, port);
  const [first, count] = chosenPorts(socket.internet.portRange);
  const start = random64() % count;
  for (let i: u64 = 0; i < count; i++) {
    if (bindIfFree(socket, u16(first + ((start + i) % count))) === Errno.NONE) return Errno.NONE;
  }
  return Errno.ADDRINUSE;
}

function bindIfFree(socket: TcpSocket, port: u16): Errno {
  const bucket = tcp!.buckets[port % BUCKETS];
  using _ = bucket.lock.acquire();
  if (hasConflict(bucket, socket, port)) return Errno.ADDRINUSE;
  socket.boundPort = port;
  bucket.sockets.prepend(socket);
  return Errno.NONE;
}

function hasConflict(bucket: Bucket, socket: TcpSocket, port: u16): boolean {
  let other = bucket.sockets.first;
  while (other !== null) {
    if (other !== socket && other.boundPort === port && conflicts(socket, other)) return true;
    other = bucket.sockets.next(other);
  }
  return false;
}

/** Who listens has its port alone, but for others that all share it. */
function conflicts(a: TcpSocket, b: TcpSocket): boolean {
  const mine = a.socket.options;
  const theirs = b.socket.options;
  if (mine.reusePort && theirs.reusePort) return false;
  if (mine.reuseAddress && theirs.reuseAddress && !a.listens && !b.listens) return false;
  return addressesMeet(a.boundAddress, a.internet.only6, b.boundAddress, b.internet.only6);
}

/** Makes a bound socket one that listens. ADDRINUSE. */
export function startListening(socket: TcpSocket): Errno {
  const bucket = tcp!.buckets[socket.boundPort % BUCKETS];
  using _ = bucket.lock.acquire();
  const before = socket.listens;
  socket.listens = true;
  if (before || !hasConflict(bucket, socket, socket.boundPort)) return Errno.NONE;
  socket.listens = false;
  return Errno.ADDRINUSE;
}

/** Takes a socket off its port's list. */
export function leaveTcpPort(socket: TcpSocket): void {
  const bucket = tcp!.buckets[socket.boundPort % BUCKETS];
  using _ = bucket.lock.acquire();
  socket.listens = false;
  if (socket.link.linked) bucket.sockets.remove(socket);
}

/** The listener for a new connection, with a reference; null: nobody listens. @param by the index of the interface that brought it */
export function findListener(to: IpAddress, toPort: u16, from: IpAddress, fromPort: u16, by: u32): TcpSocket | null {
  const bucket = tcp!.buckets[toPort % BUCKETS];
  using _ = bucket.lock.acquire();
  let best: TcpSocket | null = null;
  let bestScore: u32 = 0;
  let sharing: u64 = 0;
  for (let socket = bucket.sockets.first; socket !== null; socket = bucket.sockets.next(socket)) {
    const score = socket.listens && socket.boundPort === toPort ? scoreOf(socket, to, by) : 0;
    if (score > bestScore) {
      bestScore = score;
      best = socket;
      sharing = 1;
    } else if (score !== 0 && score === bestScore) {
      sharing++;
    }
  }
  // Listeners that share a port get as many connections each.
  if (sharing > 1) {
    let left = pick(hashConnection(to, toPort, from, fromPort), sharing);
    for (let socket = bucket.sockets.first; socket !== null; socket = bucket.sockets.next(socket)) {
      if (!socket.listens || socket.boundPort !== toPort || scoreOf(socket, to, by) !== bestScore) continue;
      best = socket;
      if (left === 0) break;
      left--;
    }
  }
  if (best !== null) best.socket.inode.retain();
  return best;
}

/** How exactly a listener is meant; 0: not at all. One that prefers this CPU (SO_INCOMING_CPU) comes before others that are as good. */
function scoreOf(socket: TcpSocket, to: IpAddress, by: u32): u32 {
  const options = socket.socket.options;
  let score: u32 = scoreOfAddress(socket, to);
  if (score === 0) return 0;
  if (options.boundInterface !== 0) {
    if (options.boundInterface !== by) return 0;
    score += 8;
  }
  return options.incomingCpu === currentCpu().index ? score + 1 : score;
}

function scoreOfAddress(socket: TcpSocket, to: IpAddress): u32 {
  const local = socket.boundAddress;
  if (!isUnspecified(local)) return isSameAddress(local, to) ? 6 : 0;
  if (isIpv4(local) === isIpv4(to)) return 4;
  return isIpv4(local) || socket.internet.only6 ? 0 : 2;
}

/** Calls `visit` with each bound socket, under its bucket's lock. */
export function eachBoundSocket(visit: (socket: TcpSocket) => void): void {
  const tables = tcp;
  if (tables === null) return;
  for (const bucket of tables.buckets) {
    using _ = bucket.lock.acquire();
    let socket = bucket.sockets.first;
    while (socket !== null) {
      visit(socket);
      socket = bucket.sockets.next(socket);
    }
  }
}

/** Calls `visit` with each connection, under its shard's lock: a hint of its state. */
export function eachConnection(visit: (connection: Connection) => void): void {
  const tables = tcp;
  if (tables === null) return;
  for (const shard of tables.shards) {
    using _ = shard.lock.acquire();
    let connection = shard.table.connections.first();
    while (connection !== null) {
      visit(connection);
      connection = shard.table.connections.next(connection);
    }
  }
}
