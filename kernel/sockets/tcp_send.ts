// Sending by a socket of TCP: bytes of the application, or of a file, become what the connection has to send.
//
//   few bytes    are copied behind what is there already, under the connection's lock
//   many         are copied into a chunk without that lock, and the chunk is the connection's then
//
// The write lock keeps the bytes of one call together and in order while they are copied.

import { addressOf } from "unsafe";
import type { IoBuffer } from "../fs/io_buffer.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import type { Chunk } from "../net/packet.ts";
import { TcpState } from "../net/tcp/state.ts";
import { networkMemory } from "./network_memory.ts";
import { networkTime } from "./network_stack.ts";
import type { TcpSocket } from "./tcp_socket.ts";
import { MessageFlag, type Transfer } from "./transfer.ts";

/** Bytes that go from the application into one chunk. */
const CHUNK_SIZE = 65536;
/** Fewer are copied behind what is there already. */
const SHORT_WRITE = 1024;

class ShortBytes {
  readonly all!: FixedArray<u8, 1024>;
}

/** {@link TcpSocket.send} */
export function sendStream(socket: TcpSocket, transfer: Transfer): i64 {
  const isUrgent = transfer.has(MessageFlag.OutOfBand);
  // The last byte is the urgent one, and goes when all others have gone.
  const kept: u64 = isUrgent && transfer.buffer.remaining > 0 ? 1 : 0;
  const noted = transfer.has(MessageFlag.ZeroCopy) && socket.socket.options.zeroCopy && transfer.buffer.remaining > 0;
  let result = sendWhile(socket, transfer, kept);
  if (kept !== 0 && transfer.buffer.remaining === kept && (result >= 0 || result === errorCode(Errno.AGAIN))) {
    const urgent = sendUrgent(socket, transfer);
    if (urgent > 0 && result > 0) result += urgent;
    else if (result <= 0) result = urgent;
  }
  if (noted && result > 0) socket.noteCopied();
  return result;
}

/** Sends until no more than so many bytes are left. */
function sendWhile(socket: TcpSocket, transfer: Transfer, kept: u64): i64 {
  const buffer = transfer.buffer;
  let done: i64 = 0;
  while (buffer.remaining > kept) {
    const refused = refusesToSend(socket);
    if (refused !== Errno.NONE) return done > 0 ? done : errorCode(refused);
    const count = sendSome(socket, transfer, kept);
    if (count < 0) return done > 0 ? done : count;
    done += count;
    if (count > 0) continue;
    const waited = awaitRoom(socket, transfer.mayWait);
    if (waited !== 0) return done > 0 ? done : waited;
  }
  if (done === 0) return errorCode(refusesToSend(socket));
  return done;
}

/** Waits until there is room to send. 0, or what the call says that gets none. */
function awaitRoom(socket: TcpSocket, mayWait: boolean): i64 {
  if (!mayWait) return errorCode(Errno.AGAIN);
  return socket.socket.waitAt(socket.socket.queue, socket.socket.options.sendTimeout, false, () => canWrite(socket));
}

/** Why nothing can be sent; NONE also while the connection is being made. */
function refusesToSend(socket: TcpSocket): Errno {
  const state = socket.connection.state;
  if (socket.connection.error !== Errno.NONE) return socket.takeError();
  if (socket.sendDone || !socket.wasConnected) return Errno.PIPE;
  const isOpen = state === TcpState.Established || state === TcpState.CloseWait;
  return isOpen || state === TcpState.SynSent || state === TcpState.SynReceived ? Errno.NONE : Errno.PIPE;
}

function canWrite(socket: TcpSocket): boolean {
  const connection = socket.connection;
  if (connection.sendRoom() > 0 || socket.sendDone || connection.error !== Errno.NONE) return true;
  return connection.isFinished();
}

/** Sends what there is room for, as far as one chunk goes. @returns bytes; 0: no room */
function sendSome(socket: TcpSocket, transfer: Transfer, kept: u64): i64 {
  using _ = socket.writeLock.acquire();
  const room = socket.connection.sendRoom();
  if (room === 0) return 0;
  const count = minimum(minimum(transfer.buffer.remaining - kept, room), CHUNK_SIZE);
  const result = count <= SHORT_WRITE ? sendShort(socket, transfer, count) : sendChunk(socket, transfer.buffer, count);
  socket.afterwards();
  return result;
}

function sendShort(socket: TcpSocket, transfer: Transfer, count: u64): i64 {
  const bytes = new ShortBytes();
  const taken = transfer.buffer.take(addressOf(bytes.all), count);
  if (taken === 0) return errorCode(Errno.FAULT);
  const hasMore = transfer.has(MessageFlag.More) || transfer.buffer.remaining > 0;
  using _ = socket.lock.acquire();
  const now = networkTime();
  const part = bytes.all.slice(0, taken);
  const written = hasMore ? socket.connection.append(part) : socket.connection.write(part, now);
  if (hasMore && transfer.buffer.remaining > 0 && !transfer.has(MessageFlag.More)) socket.connection.push(now);
  socket.arm();
  return i64(written);
}

function sendChunk(socket: TcpSocket, buffer: IoBuffer, count: u64): i64 {
  const chunk = networkMemory.allocateChunk(count);
  if (chunk === null) return errorCode(Errno.NOBUFS);
  const taken = buffer.take(addressOf(chunk.storage), count);
  let written = false;
  if (taken > 0) {
    using _ = socket.lock.acquire();
    written = socket.connection.writeChunk(chunk, 0, u32(taken), networkTime());
    socket.arm();
  }
  chunk.release();
  if (taken === 0) return errorCode(Errno.FAULT);
  return written ? i64(taken) : errorCode(Errno.NOBUFS);
}

/** Sends the urgent byte. */
function sendUrgent(socket: TcpSocket, transfer: Transfer): i64 {
  for (;;) {
    const refused = refusesToSend(socket);
    if (refused !== Errno.NONE) return errorCode(refused);
    const result = trySendUrgent(socket, transfer);
    if (result !== 0) return result;
    const waited = awaitRoom(socket, transfer.mayWait);
    if (waited !== 0) return waited;
  }
}

/** @returns 1; 0: no room */
function trySendUrgent(socket: TcpSocket, transfer: Transfer): i64 {
  using _ = socket.writeLock.acquire();
  if (socket.connection.sendRoom() === 0) return 0;
  const one: FixedArray<u8, 1> = [0];
  if (transfer.buffer.take(addressOf(one), 1) !== 1) return errorCode(Errno.FAULT);
  let written = false;
  {
    using _lock = socket.lock.acquire();
    written = socket.connection.writeUrgent(one[0], networkTime());
    socket.arm();
  }
  socket.afterwards();
  return written ? 1 : errorCode(Errno.NOBUFS);
}

/**
 * Sends bytes that `fill` puts straight into what the connection sends: those of a file (sendfile(2)). It is called when there is room,
 * without any lock.
 * @param fill puts at most so many bytes at an address. @returns how many, or -errno
 * @returns bytes sent, 0 when `fill` has no more, or -errno; what `fill` gave is lost then
 */
export function sendFilled(socket: TcpSocket, count: u64, mayWait: boolean, fill: (address: u64, room: u64) => i64): i64 {
  const ready = awaitSendable(socket, mayWait);
  if (ready !== 0) return ready;
  const size = minimum(minimum(count, maximum(socket.connection.sendRoom(), SHORT_WRITE)), CHUNK_SIZE);
  const chunk = networkMemory.allocateChunk(size);
  if (chunk === null) return errorCode(Errno.NOBUFS);
  const filled = fill(addressOf(chunk.storage), size);
  const result = filled > 0 ? pushChunk(socket, chunk, u32(u64(filled)), mayWait) : filled;
  chunk.release();
  return result;
}

/** Waits until something can be sent. 0, or what the call says that cannot. */
function awaitSendable(socket: TcpSocket, mayWait: boolean): i64 {
  for (;;) {
    const refused = refusesToSend(socket);
    if (refused !== Errno.NONE) return errorCode(refused);
    if (socket.connection.sendRoom() !== 0) return 0;
    const waited = awaitRoom(socket, mayWait);
    if (waited !== 0) return waited;
  }
}

/** Sends the first bytes of a chunk. Somebody else may have taken the room meanwhile. */
function pushChunk(socket: TcpSocket, chunk: Chunk, length: u32, mayWait: boolean): i64 {
  for (;;) {
    const ready = awaitSendable(socket, mayWait);
    if (ready !== 0) return ready;
    let written = false;
    {
      using _ = socket.writeLock.acquire();
      using _lock = socket.lock.acquire();
      written = socket.connection.writeChunk(chunk, 0, length, networkTime());
      socket.arm();
    }
    socket.afterwards();
    if (written) return i64(u64(length));
    if (socket.connection.sendRoom() !== 0) return errorCode(Errno.NOBUFS);
  }
}
