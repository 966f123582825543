// Classes may point to themselves and to each other.
import { print } from "prelude/host.ts";
class Parent {
  name: u32 = 1;
  child: Child | null = null;
}
class Child {
  name: u32 = 2;
  parent: Parent | null = null;
  sibling: Child | null = null;
}
export function main(): void {
  const parent = new Parent();
  const a = new Child();
  const b = new Child();
  parent.child = a;
  a.parent = parent;
  a.sibling = b;
  b.name = 3;
  let total: u32 = 0;
  for (let child: Child | null = parent.child; child !== null; child = child.sibling) total = total * 10 + child.name;
  const up: Parent | null = a.parent;
  if (up !== null) print(`${total} ${up.name}`);
}
