// Objects that call each other through interfaces, to a depth.
import { print } from "prelude/host.ts";
interface Node {
  depth(limit: u32): u32;
}
class Leaf implements Node {
  depth(limit: u32): u32 {
    return 1;
  }
}
class Chain implements Node {
  next: Node | null = null;
  depth(limit: u32): u32 {
    const next = this.next;
    if (next === null || limit === 0) return 1;
    return next.depth(limit - 1) + 1;
  }
}
export function main(): void {
  const leaf = new Leaf();
  const a = new Chain();
  const b = new Chain();
  a.next = b;
  b.next = leaf;
  print(`${a.depth(10)}`);
  b.next = a;
  print(`${a.depth(10)}`);
}
