// Counting zeros and ones, in the width of the type; zero gives the width.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u8 = 0x10;
  const b: u16 = 0x10;
  const c: u32 = 0x10;
  const d: u64 = 0x10;
  print(`${countLeadingZeros(a)} ${countLeadingZeros(b)} ${countLeadingZeros(c)} ${countLeadingZeros(d)}`);
  print(`${countTrailingZeros(a)} ${countTrailingZeros(b)} ${countTrailingZeros(c)} ${countTrailingZeros(d)}`);
  const z8: u8 = 0;
  const z16: u16 = 0;
  const z32: u32 = 0;
  const z64: u64 = 0;
  print(`${countLeadingZeros(z8)} ${countLeadingZeros(z16)} ${countLeadingZeros(z32)} ${countLeadingZeros(z64)}`);
  print(`${countTrailingZeros(z8)} ${countTrailingZeros(z16)} ${countTrailingZeros(z32)} ${countTrailingZeros(z64)}`);
  const all: u64 = 0xffffffffffffffff;
  const byte: u8 = 0xf1;
  const negative: i32 = -1;
  print(`${populationCount(all)} ${populationCount(byte)} ${populationCount(z32)} ${populationCount(negative)}`);
}
