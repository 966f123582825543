// Names may have $, _ and letters of other scripts.
import { print } from "prelude/host.ts";
const $value: u32 = 1;
const _value: u32 = 2;
const größe: u32 = 3;
function $(π: u32): u32 {
  return π * 10;
}
export function main(): void {
  print(`${$value} ${_value} ${größe} ${$(4)}`);
}
