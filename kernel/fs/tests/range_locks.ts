// Range locks against the plainest model: for each byte of a short file, what each owner has there.

import { exit, print } from "prelude/host.ts";
import { LockKind, RangeLocks } from "../range_locks.ts";

const BYTES = 24;
const OWNERS = 3;

class Random {
  state: u64 = 0x9e37_79b9_7f4a_7c15;

  next(bound: u64): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state % bound;
  }
}

class Model {
  /** By owner and byte. */
  readonly kinds!: FixedArray<LockKind, 72>;

  at(owner: u64, byte: u64): LockKind {
    return this.kinds[owner * BYTES + byte];
  }

  isFree(owner: u64, kind: LockKind, start: u64, end: u64): boolean {
    for (let other: u64 = 0; other < OWNERS; other++) {
      if (other === owner) continue;
      for (let byte = start; byte <= end; byte++) {
        const held = this.at(other, byte);
        if (held === LockKind.Exclusive || (held === LockKind.Shared && kind === LockKind.Exclusive)) return false;
      }
    }
    return true;
  }

  set(owner: u64, kind: LockKind, start: u64, end: u64): void {
    for (let byte = start; byte <= end; byte++) this.kinds[owner * BYTES + byte] = kind;
  }
}

const locks = new RangeLocks();
const model = new Model();

/** The program. @export main */
export function main(): i32 {
  model.kinds.fill(LockKind.None);
  const random = new Random();
  for (let round: u32 = 0; round < 200_000; round++) {
    const owner = random.next(OWNERS);
    const a = random.next(BYTES);
    const b = random.next(BYTES);
    const start = minimum(a, b);
    const end = maximum(a, b);
    const kind = u32(random.next(3)) as LockKind;
    if (random.next(100) === 0) {
      locks.forget(owner);
      model.set(owner, LockKind.None, 0, BYTES - 1);
    } else if (kind === LockKind.None) {
      locks.change(owner, kind, start, end);
      model.set(owner, kind, start, end);
    } else {
      const conflict = locks.conflict(owner, kind, start, end);
      if ((conflict === null) !== model.isFree(owner, kind, start, end)) assert(false, "a conflict is wrong");
      if (conflict === null) {
        if (!locks.change(owner, kind, start, end)) assert(false, "memory is wrong");
        model.set(owner, kind, start, end);
      }
    }
    for (let who: u64 = 0; who < OWNERS; who++) {
      for (let byte: u64 = 0; byte < BYTES; byte++) {
        if (locks.kindAt(who, byte) !== model.at(who, byte)) assert(false, "a byte is wrong");
      }
    }
  }
  locks.clear();
  print("range locks agree with the model");
  exit(0);
}
