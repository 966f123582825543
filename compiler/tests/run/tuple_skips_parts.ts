// Destructuring may leave parts out.
import { print } from "prelude/host.ts";
function three(): [u8, u16, u32] {
  return [200, 60000, 4000000000];
}
export function main(): void {
  const [, middle] = three();
  const [first, , last] = three();
  print(`${middle} ${first} ${last}`);
}
