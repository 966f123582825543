// create gives a constructed object on the heap, or null.
import { print } from "prelude/host.ts";
class Node {
  value: u32;
  next: Node | null = null;
  readonly marks!: FixedArray<u8, 3>;
  constructor(value: u32) {
    this.value = value;
  }
}
function push(first: Node | null, value: u32): Node | null {
  const node = create(Node, value);
  if (node === null) return first;
  node.next = first;
  return node;
}
export function main(): void {
  let first: Node | null = null;
  for (let i: u32 = 1; i <= 4; i++) first = push(first, i * i);
  let sum: u32 = 0;
  while (first !== null) {
    const next: Node | null = first.next;
    sum = sum * 100 + first.value + u32(first.marks[2]);
    destroy(first);
    first = next;
  }
  print(`${sum}`);
}
