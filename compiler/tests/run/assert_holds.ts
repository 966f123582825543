// assert lets pass what holds, narrows, and panics otherwise.
import { print } from "prelude/host.ts";
class Node {
  value: u32 = 4;
}
function value(node: Node | null): u32 {
  assert(node !== null, "no node");
  return node.value;
}
export function main(): void {
  const node = new Node();
  print(`${value(node)}`);
  print(`${value(null)}`);
}
