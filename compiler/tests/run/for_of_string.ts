// for…of over a string gives its bytes.
import { print } from "prelude/host.ts";
export function main(): void {
  let sum: u32 = 0;
  for (const byte of "AZ") sum += u32(byte);
  print(`${sum}`);
}
