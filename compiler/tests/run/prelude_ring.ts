// prelude/ring.ts: a ring of values, filled, emptied and wrapped around.
import { print } from "prelude/host.ts";
import { Ring } from "prelude/ring.ts";
const ring = new Ring<u16, 3>();
export function main(): void {
  print(`${ring.isEmpty()} ${ring.isFull()} ${ring.count()}`);
  print(`${ring.push(1)} ${ring.push(2)} ${ring.push(3)} ${ring.push(4)} ${ring.isFull()}`);
  print(`${ring.pop()} ${ring.peek()} ${ring.count()} ${ring.push(5)} ${ring.push(6)}`);
  print(`${ring.pop()} ${ring.pop()} ${ring.pop()} ${ring.isEmpty()}`);
  let sum: u32 = 0;
  for (let i: u16 = 0; i < 100; i++) {
    ring.push(i);
    if (i % 2 === 1) sum += u32(ring.pop()) + u32(ring.pop());
  }
  print(`${sum} ${ring.count()}`);
  ring.push(8);
  ring.clear();
  print(`${ring.count()}`);
  ring.pop();
}
