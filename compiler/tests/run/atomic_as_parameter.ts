// An atomic is passed by reference.
import { print } from "prelude/host.ts";
function take(ticket: Atomic<u32>): u32 {
  return ticket.add(1);
}
class Lock {
  readonly next = new Atomic<u32>(0);
}
export function main(): void {
  const lock = new Lock();
  print(`${take(lock.next)} ${take(lock.next)} ${lock.next.load()}`);
}
