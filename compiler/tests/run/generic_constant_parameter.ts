// A constant as a type parameter: valueOf<N>() is its value.
import { print } from "prelude/host.ts";
class Stack<T, N extends number> {
  private readonly items!: FixedArray<T, N>;
  private depth: usize = 0;
  push(item: T): boolean {
    if (this.depth === valueOf<N>()) return false;
    this.items[this.depth] = item;
    this.depth++;
    return true;
  }
  pop(): T {
    this.depth--;
    return this.items[this.depth];
  }
}
export function main(): void {
  const small = new Stack<u8, 2>();
  const large = new Stack<u32, 100>();
  print(`${small.push(1)} ${small.push(2)} ${small.push(3)} ${small.pop()} ${small.pop()}`);
  for (let i: u32 = 0; i < 50; i++) large.push(i * i);
  print(`${large.pop()} ${large.pop()} ${sizeOf<Stack<u8, 2>>()} ${sizeOf<Stack<u32, 100>>()}`);
}
