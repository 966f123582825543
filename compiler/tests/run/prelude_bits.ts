// prelude/bits.ts
import { print } from "prelude/host.ts";
import {
  alignDown,
  alignUp,
  bitField,
  divideRoundUp,
  isAligned,
  isPowerOfTwo,
  logarithm2,
  logarithm2RoundedUp,
  roundUpToPowerOfTwo,
} from "prelude/bits.ts";
export function main(): void {
  print(`${alignUp(0, 4096)} ${alignUp(1, 4096)} ${alignUp(4096, 4096)} ${alignUp(4097, 4096)} ${alignDown(4095, 4096)} ${alignDown(8191, 4096)}`);
  print(`${isAligned(8, 8)} ${isAligned(12, 8)} ${isPowerOfTwo(0)} ${isPowerOfTwo(1)} ${isPowerOfTwo(6)} ${isPowerOfTwo(0x8000000000000000)}`);
  print(`${logarithm2(1)} ${logarithm2(255)} ${logarithm2(256)} ${logarithm2(0xffffffffffffffff)}`);
  print(`${logarithm2RoundedUp(0)} ${logarithm2RoundedUp(1)} ${logarithm2RoundedUp(2)} ${logarithm2RoundedUp(255)} ${logarithm2RoundedUp(257)}`);
  print(`${roundUpToPowerOfTwo(0)} ${roundUpToPowerOfTwo(5)} ${roundUpToPowerOfTwo(64)} ${roundUpToPowerOfTwo(0x8000000000000001)}`);
  print(`${divideRoundUp(0, 7)} ${divideRoundUp(1, 7)} ${divideRoundUp(7, 7)} ${divideRoundUp(8, 7)} ${divideRoundUp(0xffffffffffffffff, 2)}`);
  print(`${hex(bitField(0x123456789abcdef0, 15, 4))} ${hex(bitField(0xffffffffffffffff, 63, 0))} ${bitField(0x80, 7, 7)}`);
}
