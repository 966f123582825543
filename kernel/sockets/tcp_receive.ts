// Receiving by a socket of TCP: bytes are copied to the application out of the packets in which they came.
//
// There is one reader at a time (readLock). What was received belongs to the reader: it stays where it is without the connection's
// lock until it is consumed. A reader stops at the urgent mark, and goes on behind the urgent byte (tcp(7), RFC 6093).

import { addressOf } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { receiveReport } from "./error_queue.ts";
import { networkTime } from "./network_stack.ts";
import type { TcpSocket } from "./tcp_socket.ts";
import { MessageFlag, type Transfer } from "./transfer.ts";

/** {@link TcpSocket.receive} */
export function receiveStream(socket: TcpSocket, transfer: Transfer): i64 {
  if (transfer.has(MessageFlag.ErrorQueue)) return receiveReport(socket.takeReport(), transfer, socket.socket.family);
  if (socket.listens) return errorCode(Errno.NOTCONN);
  if (transfer.has(MessageFlag.OutOfBand)) return receiveUrgent(socket, transfer);
  if (!socket.wasConnected) return errorCode(Errno.NOTCONN);
  const buffer = transfer.buffer;
  if (buffer.remaining === 0) return 0;
  const keep = transfer.has(MessageFlag.Peek);
  const low = minimum(u64(socket.socket.options.lowWater), buffer.remaining);
  const wanted = transfer.has(MessageFlag.WaitAll) ? buffer.remaining : low;
  let done: i64 = 0;
  for (;;) {
    const count = receiveSome(socket, transfer, keep ? u32(done) : 0);
    if (count < 0) return done > 0 ? done : count;
    done += count;
    if (u64(done) >= wanted || (done > 0 && isAtMark(socket, keep ? u32(done) : 0))) return done;
    if (isAtEnd(socket)) {
      const error = done > 0 ? Errno.NONE : socket.takeError();
      return error === Errno.NONE ? done : errorCode(error);
    }
    if (!transfer.mayWait) return done > 0 ? done : errorCode(Errno.AGAIN);
    const before = keep ? u64(done) : 0;
    const waited = socket.socket.waitAt(socket.socket.queue, socket.socket.options.receiveTimeout, false, () => {
      return socket.connection.readable() > before || isAtEnd(socket);
    });
    if (waited !== 0) return done > 0 ? done : waited;
  }
}

function isAtEnd(socket: TcpSocket): boolean {
  return socket.receiveDone || socket.connection.isAtEnd() || socket.connection.error !== Errno.NONE;
}

/** Whether what a reader has got so far ends at the urgent byte. */
function isAtMark(socket: TcpSocket, offset: u32): boolean {
  using _ = socket.lock.acquire();
  return socket.connection.hasUrgentMark && socket.connection.urgentOffset() === offset;
}

/** Copies all that is there and fits. @param offset where to begin, when what was seen stays */
function receiveSome(socket: TcpSocket, transfer: Transfer, offset: u32): i64 {
  using _ = socket.readLock.acquire();
  const keep = transfer.has(MessageFlag.Peek);
  const discard = transfer.has(MessageFlag.Truncated);
  let done: u32 = 0;
  let failed = false;
  while (transfer.buffer.remaining > 0) {
    const piece = pieceAt(socket, offset + done);
    if (piece === null || piece.length === 0) break;
    const wanted = minimum(piece.length, transfer.buffer.remaining);
    const given = discard ? wanted : transfer.buffer.give(addressOf(piece), wanted);
    if (discard) transfer.buffer.limit(transfer.buffer.remaining - wanted);
    done += u32(given);
    failed = given < wanted;
    if (failed) break;
  }
  if (!keep && !failed && (done > 0 || socket.connection.hasUrgentMark)) {
    {
      using _lock = socket.lock.acquire();
      socket.connection.consume(done, networkTime());
      socket.arm();
    }
    if (done > 0) socket.afterwards();
  }
  if (failed && done === 0) return errorCode(Errno.FAULT);
  return i64(done);
}

function pieceAt(socket: TcpSocket, offset: u32): Slice<u8> | null {
  using _ = socket.lock.acquire();
  return socket.connection.peek(offset);
}

/** MSG_OOB: the urgent byte by itself. It never waits. */
function receiveUrgent(socket: TcpSocket, transfer: Transfer): i64 {
  const one: FixedArray<u8, 1> = [0];
  {
    using _ = socket.lock.acquire();
    const byte = socket.connection.receiveUrgent(transfer.has(MessageFlag.Peek));
    if (!byte.ok) {
      const isOver = byte.error === Errno.AGAIN && (socket.receiveDone || socket.connection.isAtEnd());
      return isOver ? 0 : errorCode(byte.error);
    }
    one[0] = byte.value;
  }
  transfer.answer |= MessageFlag.OutOfBand;
  if (transfer.buffer.remaining === 0) {
    transfer.answer |= MessageFlag.Truncated;
    return 0;
  }
  if (transfer.has(MessageFlag.Truncated)) return 1;
  return transfer.buffer.give(addressOf(one), 1) === 1 ? 1 : errorCode(Errno.FAULT);
}
