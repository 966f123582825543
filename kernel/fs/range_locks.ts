// Locks on ranges of bytes, with owners: the structure behind record locks (fcntl(2)) and, as ranges of everything, flock(2).
//
// Invariants: locks of one owner never overlap, and two of one kind that touch are one; locks of different owners overlap
// only when all of them are shared. Pure: who owns this locks, and who must wait waits elsewhere. A file has few locks, so a
// list is searched from its beginning.

import { Link, List } from "prelude/list.ts";

/** What a lock allows its owner, and a change asks for: the numbers of struct flock. */
export const enum LockKind {
  Shared = 0,
  Exclusive = 1,
  None = 2,
}

/** The last byte that can be locked. */
export const LAST_BYTE = 0x7fff_ffff_ffff_ffff;

export class RangeLock {
  readonly link = new Link<RangeLock>();
  /** Who holds it; compared, and nothing else. */
  owner: u64 = 0;
  kind: LockKind = LockKind.Shared;
  /** The first byte and the last. */
  start: u64 = 0;
  end: u64 = 0;
}

export class RangeLocks {
  private readonly list = new List<RangeLock>();

  isEmpty(): boolean {
    return this.list.isEmpty();
  }

  /** The lock with the lowest start that keeps an owner from having a range in some kind; null: it could. */
  conflict(owner: u64, kind: LockKind, start: u64, end: u64): RangeLock | null {
    let found: RangeLock | null = null;
    for (let lock = this.list.first; lock !== null; lock = this.list.next(lock)) {
      if (lock.owner === owner || lock.start > end || lock.end < start) continue;
      if (kind === LockKind.Shared && lock.kind === LockKind.Shared) continue;
      if (found === null || lock.start < found.start) found = lock;
    }
    return found;
  }

  /** The kind in which an owner holds a byte. */
  kindAt(owner: u64, byte: u64): LockKind {
    for (let lock = this.list.first; lock !== null; lock = this.list.next(lock)) {
      if (lock.owner === owner && lock.start <= byte && lock.end >= byte) return lock.kind;
    }
    return LockKind.None;
  }

  /**
   * Gives an owner a range in some kind, instead of what it had there; None takes it away. Nobody is in conflict.
   * @returns false when there is no memory; nothing has changed then
   */
  change(owner: u64, kind: LockKind, start: u64, end: u64): boolean {
    // A lock may be cut in two, and one may be added.
    let rest = create(RangeLock);
    if (rest === null) return false;
    let added: RangeLock | null = null;
    if (kind !== LockKind.None) {
      added = create(RangeLock);
      if (added === null) {
        destroy(rest);
        return false;
      }
      added.owner = owner;
      added.kind = kind;
      added.start = start;
      added.end = end;
    }
    let lock = this.list.first;
    while (lock !== null) {
      const next = this.list.next(lock);
      if (lock.owner === owner) {
        if (added !== null && lock.kind === kind) {
          if (touches(lock, added)) {
            added.start = minimum(added.start, lock.start);
            added.end = maximum(added.end, lock.end);
            this.drop(lock);
          }
        } else if (lock.start <= end && lock.end >= start) {
          if (lock.start < start && lock.end > end && rest !== null) {
            rest.owner = owner;
            rest.kind = lock.kind;
            rest.start = end + 1;
            rest.end = lock.end;
            lock.end = start - 1;
            this.list.insertAfter(rest, lock);
            rest = null;
          } else if (lock.start < start) {
            lock.end = start - 1;
          } else if (lock.end > end) {
            lock.start = end + 1;
          } else {
            this.drop(lock);
          }
        }
      }
      lock = next;
    }
    if (added !== null) this.list.append(added);
    if (rest !== null) destroy(rest);
    return true;
  }

  /** Takes everything away from an owner. Needs no memory. @returns whether it had something */
  forget(owner: u64): boolean {
    let had = false;
    let lock = this.list.first;
    while (lock !== null) {
      const next = this.list.next(lock);
      if (lock.owner === owner) {
        this.drop(lock);
        had = true;
      }
      lock = next;
    }
    return had;
  }

  /** Frees all locks. */
  clear(): void {
    for (let lock = this.list.takeFirst(); lock !== null; lock = this.list.takeFirst()) destroy(lock);
  }

  private drop(lock: RangeLock): void {
    this.list.remove(lock);
    destroy(lock);
  }
}

/** Whether two ranges overlap, or one begins behind the other's last byte. */
function touches(a: RangeLock, b: RangeLock): boolean {
  const first = a.start <= b.start ? a : b;
  const second = first === a ? b : a;
  return second.start <= first.end || second.start - 1 === first.end;
}
