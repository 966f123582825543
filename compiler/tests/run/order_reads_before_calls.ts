// The left operand is read before the right one changes it.
import { print } from "prelude/host.ts";
let value: u32 = 10;
function change(): u32 {
  value = 100;
  return 1;
}
function read(a: u32, b: u32): u32 {
  return a * 1000 + b;
}
class Box {
  content: u32 = 5;
  grow(): u32 {
    this.content += 50;
    return 2;
  }
}
export function main(): void {
  const sum = value + change();
  print(`${sum} ${value}`);
  value = 7;
  print(`${read(value, change())}`);
  const box = new Box();
  print(`${box.content + box.grow()} ${box.content}`);
  let local: u32 = 3;
  const result = local + (local = 20) + local;
  print(`${result}`);
}
