// Open files on their way through Unix sockets (SCM_RIGHTS). A socket that holds itself by a message in its own queue is never closed
// by anybody, so what is on its way is counted, and limited as descriptors are (ETOOMANYREFS).

import { Rights } from "./transfer.ts";

class InFlight {
  private readonly files = new Atomic<u64>(0);

  /** Counts files in. @returns false when there would be more than the limit */
  add(count: u64, limit: u64): boolean {
    if (this.files.add(count) + count <= limit) return true;
    this.files.subtract(count);
    return false;
  }

  subtract(count: u64): void {
    this.files.subtract(count);
  }
}

/** All files that have been sent and not received. */
export const RightsInFlight = new InFlight();

/** The same files once more, with references of their own; null: no memory. */
export function copyRights(rights: Rights): Rights | null {
  const copy = create(Rights);
  if (copy === null) return null;
  for (let i: usize = 0; i < rights.count; i++) {
    const open = rights.files[i]!;
    open.retain();
    copy.add(open);
  }
  return copy;
}
