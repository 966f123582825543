// A shift count may have any integer type, and the result has the type of the left side.
import { print } from "prelude/host.ts";
export function main(): void {
  const value: u64 = 1;
  const narrow: u8 = 40;
  const signed: i32 = 3;
  const byte: u8 = 1;
  const wide: u64 = 7;
  print(`${value << narrow} ${value << signed} ${byte << wide} ${value << 12}`);
  let bits: u32 = 1;
  bits <<= wide;
  bits >>= signed;
  print(`${bits}`);
}
