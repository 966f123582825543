// === on interface values compares objects.
import { print } from "prelude/host.ts";
interface Named {
  name(): u32;
}
class A implements Named {
  value: u32 = 1;
  name(): u32 {
    return 1;
  }
}
function same(a: Named, b: Named): boolean {
  return a === b;
}
export function main(): void {
  const first = new A();
  const second = new A();
  const view: Named = first;
  print(`${same(first, first)} ${same(first, second)} ${view === first} ${view === second}`);
}
