// a ?? b evaluates b only when a is null.
import { print } from "prelude/host.ts";
class Node {
  value: u32 = 1;
}
let calls: u32 = 0;
const fallback = new Node();
function other(): Node {
  calls++;
  return fallback;
}
function choose(node: Node | null): Node {
  return node ?? other();
}
export function main(): void {
  const node = new Node();
  fallback.value = 50;
  print(`${choose(node).value} ${calls} ${choose(null).value} ${calls}`);
}
