// A constant with an annotation has that type and its wrapping.
import { print } from "prelude/host.ts";
const LIMIT: u8 = 250;
const WORD: u64 = 0x8000000000000000;
export function main(): void {
  const five: u8 = 10;
  print(`${LIMIT + five} ${WORD + WORD} ${WORD >> 63}`);
}
