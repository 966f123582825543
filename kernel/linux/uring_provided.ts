// IORING_OP_PROVIDE_BUFFERS and IORING_OP_REMOVE_BUFFERS.

import { Errno, errorCode } from "../lib/errno.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";
import type { Ring } from "./uring.ts";
import { ProvidedBuffer } from "./uring_buffers.ts";
import type { Request } from "./uring_request.ts";

const COUNT_MAX = 65535;

export function prepareProvideBuffers(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.operationFlags !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  if (entry.descriptor <= 0 || entry.descriptor > COUNT_MAX) return Errno.TOOBIG;
  const total = u64(entry.length) * u64(entry.descriptor);
  if (entry.address + total < entry.address) return Errno.OVERFLOW;
  if (entry.address + total > APPLICATION_END) return Errno.FAULT;
  if (entry.offset > COUNT_MAX || entry.offset + u64(entry.descriptor) > COUNT_MAX + 1) return Errno.TOOBIG;
  return entry.length === 0 ? Errno.INVAL : Errno.NONE;
}

/** `descriptor` pieces of `length` bytes from `address` on, called by numbers from `offset` on. */
export function attemptProvideBuffers(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const group = ring.groups.obtain(entry.bufferIndex);
  if (group === null) return errorCode(Errno.NOMEM);
  for (let i: u32 = 0; i < u32(entry.descriptor); i++) {
    if (group.count >= COUNT_MAX) return errorCode(Errno.OVERFLOW);
    const buffer = create(ProvidedBuffer);
    if (buffer === null) return i > 0 ? 0 : errorCode(Errno.NOMEM);
    buffer.address = entry.address + u64(i) * u64(entry.length);
    buffer.length = entry.length;
    buffer.id = u16(entry.offset + u64(i));
    buffer.group = entry.bufferIndex;
    group.buffers.append(buffer);
    group.count++;
  }
  return 0;
}

export function prepareRemoveBuffers(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.operationFlags !== 0 || entry.address !== 0 || entry.length !== 0) return Errno.INVAL;
  if (entry.offset !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  return entry.descriptor <= 0 || entry.descriptor > COUNT_MAX ? Errno.INVAL : Errno.NONE;
}

export function attemptRemoveBuffers(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  if (ring.groups.find(entry.bufferIndex) === null) return errorCode(Errno.NOENT);
  let removed: i64 = 0;
  while (removed < i64(entry.descriptor)) {
    const buffer = ring.groups.take(entry.bufferIndex);
    if (buffer === null) break;
    destroy(buffer);
    removed++;
  }
  return removed;
}
