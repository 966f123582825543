// Two modules may import each other.
import { print } from "prelude/host.ts";
import { fromA, helpedToo, Left } from "./parts/cycle_a.ts";
import { Right } from "./parts/cycle_b.ts";
import { helped } from "./parts/shapes.ts";
export function main(): void {
  const left = new Left();
  const right = new Right();
  left.partner = right;
  right.partner = left;
  print(`${fromA(0)} ${fromA(1)} ${fromA(5)} ${left.partner.value} ${right.partner.value}`);
  print(`${helped()} ${helpedToo()}`);
}
