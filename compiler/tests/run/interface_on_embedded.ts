// An inline object may be used through an interface.
import { print } from "prelude/host.ts";
interface Lock {
  acquire(): u32;
}
class SimpleLock implements Lock {
  count: u32 = 0;
  acquire(): u32 {
    this.count++;
    return this.count;
  }
}
class Holder {
  padding: u64 = 1;
  readonly lock = new SimpleLock();
}
function acquire(lock: Lock): u32 {
  return lock.acquire();
}
export function main(): void {
  const holder = new Holder();
  acquire(holder.lock);
  print(`${acquire(holder.lock)} ${holder.lock.count}`);
}
