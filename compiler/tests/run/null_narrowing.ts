// Comparisons with null narrow: in conditions, loops, early returns, && and ||.
import { print } from "prelude/host.ts";
class Node {
  value: u32 = 1;
  next: Node | null = null;
}
function value(node: Node | null): u32 {
  if (node === null) return 0;
  return node.value;
}
function second(node: Node | null): u32 {
  if (node !== null && node.next !== null) return node.next.value;
  return 100;
}
function isLast(node: Node | null): boolean {
  return node === null || node.next === null;
}
export function main(): void {
  const a = new Node();
  const b = new Node();
  b.value = 2;
  a.next = b;
  print(`${value(a)} ${value(null)} ${second(a)} ${second(b)} ${second(null)} ${isLast(a)} ${isLast(b)} ${isLast(null)}`);
}
