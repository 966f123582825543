// process_vm_readv(2), process_vm_writev(2): copies between two processes, of which there is one. Pieces at a time go through a page of
// the kernel's, so that either side may be missing, or the other side's memory.

import { addressOf } from "unsafe";
import { copyBytesFromUser, copyBytesToUser } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { findThread } from "../sched/thread_table.ts";
import { Vectors } from "./files.ts";

const PIECE = 4096;

/** process_vm_readv(2) */
export function sysProcessVmReadv(process: u64, local: u64, locals: u64, remote: u64, remotes: u64, flags: u64): i64 {
  return transfer(process, local, locals, remote, remotes, flags, false);
}

/** process_vm_writev(2) */
export function sysProcessVmWritev(process: u64, local: u64, locals: u64, remote: u64, remotes: u64, flags: u64): i64 {
  return transfer(process, local, locals, remote, remotes, flags, true);
}

function transfer(process: u64, local: u64, locals: u64, remote: u64, remotes: u64, flags: u64, writes: boolean): i64 {
  if (flags !== 0) return errorCode(Errno.INVAL);
  const own = new Vectors();
  using _own = own;
  const other = new Vectors();
  using _other = other;
  let error = own.read(local, locals);
  if (error === Errno.NONE) error = other.read(remote, remotes);
  if (error !== Errno.NONE) return errorCode(error);
  const thread = findThread(u32(process));
  if (thread === null) return errorCode(Errno.SRCH);
  releaseThread(thread);
  return writes ? copyAll(own, other) : copyAll(other, own);
}

/** Copies as much as both sides have, up to what cannot be reached; FAULT when that is the first byte. */
function copyAll(from: Vectors, to: Vectors): i64 {
  const page = createArray<u64>(PIECE / 8);
  if (page === null) return errorCode(Errno.NOMEM);
  const total = minimum(from.total, to.total);
  const source = new Position();
  const target = new Position();
  let done: u64 = 0;
  while (done < total) {
    const room = minimum(source.room(from), target.room(to));
    // To the end of the source's page: what lies behind may be missing.
    const address = source.address(from);
    const length = minimum(room, PIECE - (address % PIECE));
    if (!copyBytesFromUser(addressOf(page), address, length)) break;
    if (!copyBytesToUser(target.address(to), addressOf(page), length)) break;
    source.advance(length);
    target.advance(length);
    done += length;
  }
  destroyArray(page);
  return done === 0 && total !== 0 ? errorCode(Errno.FAULT) : i64(done);
}

/** A place in a list of pieces. */
class Position {
  private index: usize = 0;
  private offset: u64 = 0;

  /** Bytes that are left in its piece, which is not at its end when this returns. There is more. */
  room(vectors: Vectors): u64 {
    const all = vectors.all();
    while (this.offset === all[this.index].length) {
      this.index++;
      this.offset = 0;
    }
    return all[this.index].length - this.offset;
  }

  address(vectors: Vectors): u64 {
    return vectors.all()[this.index].address + this.offset;
  }

  advance(length: u64): void {
    this.offset += length;
  }
}
