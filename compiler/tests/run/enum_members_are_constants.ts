// A member takes the type of the integer on the other side.
import { print } from "prelude/host.ts";
const enum Limit {
  Small = 16,
  Large = 4096,
}
export function main(): void {
  const size: u64 = 5000;
  const byte: u8 = 15;
  print(`${size > Limit.Large} ${byte < Limit.Small} ${size - Limit.Large} ${byte === Limit.Small}`);
}
