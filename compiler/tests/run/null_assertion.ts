// x! gives the object, or panics on null.
import { print } from "prelude/host.ts";
class Node {
  value: u32 = 8;
  next: Node | null = null;
}
function next(node: Node): u32 {
  return node.next!.value;
}
export function main(): void {
  const a = new Node();
  const b = new Node();
  a.next = b;
  print(`${next(a)}`);
  print(`${next(b)}`);
}
