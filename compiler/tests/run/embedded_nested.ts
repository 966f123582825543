// Inline objects nest, and each keeps its initialisers.
import { print } from "prelude/host.ts";
class Leaf {
  value: u8 = 5;
}
class Branch {
  readonly left = new Leaf();
  readonly right = new Leaf();
}
class Root {
  tag: u8 = 1;
  readonly branch = new Branch();
}
export function main(): void {
  const root = new Root();
  root.branch.right.value = 9;
  print(`${sizeOf<Root>()} ${root.tag} ${root.branch.left.value} ${root.branch.right.value}`);
}
