// A return computes its value first, then disposes.
import { print } from "prelude/host.ts";
class Lock {
  held: u32 = 0;
  acquire(): Lock {
    this.held++;
    return this;
  }
  [Symbol.dispose](): void {
    this.held--;
  }
}
const lock = new Lock();
function heldInside(): u32 {
  using guard = lock.acquire();
  return lock.held;
}
function early(leave: boolean): u32 {
  using guard = lock.acquire();
  if (leave) return lock.held * 10;
  {
    using again = lock.acquire();
    if (!leave) return lock.held * 100;
  }
  return 0;
}
export function main(): void {
  print(`${heldInside()} ${lock.held}`);
  print(`${early(true)} ${lock.held} ${early(false)} ${lock.held}`);
}
