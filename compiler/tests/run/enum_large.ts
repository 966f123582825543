// An enum is as wide as its values need, and exact beyond 2^53.
import { print } from "prelude/host.ts";
const enum Bit {
  Present = 1,
  NoExecute = 0x8000000000000000,
  Both = NoExecute | Present,
}
function has(value: u64, bit: Bit): boolean {
  return (value & bit) !== 0;
}
export function main(): void {
  const entry: u64 = 0x8000000000000000;
  print(`${hex(u64(Bit.Both))} ${has(entry, Bit.NoExecute)} ${has(entry, Bit.Present)} ${sizeOf<Bit>()}`);
}
