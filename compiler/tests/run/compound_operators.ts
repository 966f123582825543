// Every compound assignment, with the wrapping of its target.
import { print } from "prelude/host.ts";
export function main(): void {
  let a: u8 = 250;
  a += 10;
  print(`${a}`);
  a -= 5;
  print(`${a}`);
  a *= 3;
  print(`${a}`);
  a /= 7;
  print(`${a}`);
  a %= 10;
  print(`${a}`);
  a |= 0x30;
  print(`${a}`);
  a &= 0x3c;
  print(`${a}`);
  a ^= 0xff;
  print(`${a}`);
  a <<= 1;
  print(`${a}`);
  a >>= 3;
  print(`${a}`);
}
