// Buffers for paths that calls copy in from the application. A kernel stack is too small for them, and the heap would clear
// them each time, so freed ones wait on a list.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { readUserString, type UserPointer } from "../mm/user_memory.ts";
import { PATH_MAX } from "./abi.ts";

export class PathBuffer {
  /** The next one on the list of free buffers. */
  next: PathBuffer | null = null;
  length: usize = 0;
  private readonly storage!: FixedArray<u8, 4096>;

  /** What was read. */
  text(): Slice<u8> {
    return this.storage.slice(0, this.length);
  }

  /** All of it, to be used for something else. */
  whole(): Slice<u8> {
    return this.storage.slice(0, PATH_MAX);
  }

  /** Reads the application's string. FAULT, or NAMETOOLONG when it has more than PATH_MAX - 1 bytes. */
  read(address: u64): Errno {
    const result = readUserString(address as UserPointer, this.storage.slice(0, PATH_MAX));
    if (!result.ok) return result.error;
    this.length = result.value;
    return Errno.NONE;
  }

  /** `using` gives the buffer back. */
  [Symbol.dispose](): void {
    using _ = lock.acquire();
    this.next = freeBuffers.first;
    freeBuffers.first = this;
  }
}

class FreeBuffers {
  first: PathBuffer | null = null;
}

const lock = new SpinLock(LockOrder.PathBuffers);
const freeBuffers = new FreeBuffers();

/** A buffer, to be given back by `using`; null: no memory. */
export function takePathBuffer(): PathBuffer | null {
  {
    using _ = lock.acquire();
    const buffer = freeBuffers.first;
    if (buffer !== null) {
      freeBuffers.first = buffer.next;
      return buffer;
    }
  }
  return create(PathBuffer);
}
