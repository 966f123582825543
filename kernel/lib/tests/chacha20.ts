// The ChaCha20 block function against RFC 8439. A Linux program: prints what it checked, panics at the first surprise.

import { print } from "prelude/host.ts";
import { ChaCha20 } from "../chacha20.ts";

const cipher = new ChaCha20();

/** Section 2.3.2: the state after the block operation. */
const SECTION_2_3_2: FixedArray<u32, 16> = [
  0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07,
  0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
];

/** Appendix A.1, test vector 1: everything zero. */
const APPENDIX_A_1: FixedArray<u32, 16> = [
  0xade0b876, 0x903df1a0, 0xe56a5d40, 0x28bd8653, 0xb819d2bd, 0x1aed8da0, 0xccef36a8, 0xc70d778b, 0x7c5941da, 0x8d485751,
  0x3fe02477, 0x374ad8b8, 0xf4b8436a, 0x1ca11815, 0x69b687c3, 0x8665eeb2,
];

function expect(name: string, words: Slice<u32>): void {
  for (let i: usize = 0; i < 16; i++) {
    assert(cipher.word(i) === words[i], `${name}: word ${i} is ${hex(cipher.word(i))}, not ${hex(words[i])}`);
  }
  print(`${name}: as the specification says`);
}

/** @export main */
export function main(): i32 {
  cipher.generate(0);
  expect("appendix A.1, vector 1", APPENDIX_A_1.slice());

  // The key is the bytes 0 to 31, the nonce 00:00:00:09:00:00:00:4a:00:00:00:00, the counter 1.
  for (let i: u32 = 0; i < 8; i++) {
    const byte = i * 4;
    cipher.setKeyWord(usize(i), byte | ((byte + 1) << 8) | ((byte + 2) << 16) | ((byte + 3) << 24));
  }
  cipher.setNonceWord(0, 0x09000000);
  cipher.setNonceWord(1, 0x4a000000);
  cipher.setNonceWord(2, 0);
  cipher.generate(1);
  expect("section 2.3.2", SECTION_2_3_2.slice());
  return 0;
}
