// Type arguments are inferred through slices, classes and null.
import { print } from "prelude/host.ts";
class Node<T> {
  value!: T;
  next: Node<T> | null = null;
}
function sum<T extends number>(values: Slice<T>, zero: T): T {
  let total = zero;
  for (const value of values) total = (total + value) as T;
  return total;
}
function length<T>(first: Node<T> | null): u32 {
  let count: u32 = 0;
  for (let node = first; node !== null; node = node.next) count++;
  return count;
}
export function main(): void {
  const bytes8: FixedArray<u8, 3> = [100, 100, 100];
  const words: FixedArray<u32, 3> = [100, 100, 100];
  print(`${sum(bytes8.slice(), 0)} ${sum(words.slice(), 0)}`);
  const a = new Node<string>();
  const b = new Node<string>();
  a.next = b;
  print(`${length(a)} ${length(b)}`);
}
