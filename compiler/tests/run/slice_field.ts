// A slice as a field and a variable that changes.
import { print } from "prelude/host.ts";
class View {
  part!: Slice<u32>;
  position: usize = 0;
  next(): u32 {
    const value = this.part[this.position];
    this.position++;
    return value;
  }
}
export function main(): void {
  const words: FixedArray<u32, 4> = [5, 6, 7, 8];
  const view = new View();
  print(`${view.part.length}`);
  view.part = words.slice(1);
  print(`${view.next()} ${view.next()}`);
  let rest = words.slice();
  while (rest.length > 1) rest = rest.slice(1);
  print(`${rest.length} ${rest[0]}`);
}
