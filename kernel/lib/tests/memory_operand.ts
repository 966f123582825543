// Operands of instructions: one of each form, the bytes as the assembler gives them. A Linux program: panics at the first surprise.

import { print } from "prelude/host.ts";
import { Registers } from "../instruction_operand.ts";
import { memoryOperand } from "../memory_operand.ts";

const RIP = 0x40_0000;
const FS = 0x7000_0000;

class State {
  readonly code!: FixedArray<u8, 16>;
  readonly registers = new Registers();
}

const state = new State();

/** The value of register n: none is a sum of others. */
function valueOf(number: u64): u64 {
  return u64(0x1_0000) << number;
}

function digit(character: u8): u8 {
  return character >= 0x61 ? character - 0x57 : character - 0x30;
}

function operand(text: string, isWrite: boolean): u64 {
  const length = (text.length + 1) / 3;
  for (let i: usize = 0; i < length; i++) state.code[i] = digit(text[i * 3]) * 16 + digit(text[i * 3 + 1]);
  return read(length, isWrite);
}

function read(length: usize, isWrite: boolean): u64 {
  state.registers.next = RIP;
  return memoryOperand(state.code.slice(0, length), state.registers, FS, isWrite);
}

function expect(text: string, isWrite: boolean, address: u64): void {
  const found = operand(text, isWrite);
  assert(found === address, `${text}: ${hex(address)} expected, not ${hex(found)}`);
  // Cut short, it must not become another address: unknown, or the same when only an immediate is missing.
  const length = (text.length + 1) / 3;
  for (let end: usize = 0; end < length; end++) {
    const cut = read(end, isWrite);
    assert(cut === 0 || cut === address, `${text} cut to ${u64(end)} bytes gives ${hex(cut)}`);
  }
}

/** @export main */
export function main(): i32 {
  for (let number: u64 = 0; number < 16; number++) state.registers.of[number] = valueOf(number);
  const [rax, rcx, rdx, rbx] = [valueOf(0), valueOf(1), valueOf(2), valueOf(3)];
  const [rsp, rbp, rsi, rdi] = [valueOf(4), valueOf(5), valueOf(6), valueOf(7)];

  expect("48 89 43 08", true, rbx + 8);
  expect("c6 07 01", true, rdi);
  expect("c7 84 8e 00 10 00 00 05 00 00 00", true, rsi + rcx * 4 + 0x1000);
  expect("49 8b 44 24 10", false, valueOf(12) + 0x10);
  expect("4d 89 4d 00", true, valueOf(13));
  expect("48 8b 55 f8", false, rbp - 8);
  expect("48 c7 05 34 12 00 00 07 00 00 00", true, RIP + 11 + 0x1234);
  expect("66 83 05 20 00 00 00 03", true, RIP + 8 + 0x20);
  expect("80 3d 44 00 00 00 01", false, RIP + 7 + 0x44);
  expect("f7 05 04 00 00 00 08 00 00 00", false, RIP + 10 + 4);
  expect("6b 15 07 00 00 00 03", false, RIP + 7 + 7);
  expect("53", true, rsp - 8);
  expect("e8 fb 00 00 00", true, rsp - 8);
  expect("c3", false, rsp);
  expect("41 5f", false, rsp);
  expect("c9", false, rbp);
  expect("ff 13", true, rsp - 8);
  expect("ff 13", false, rbx);
  expect("f3 a4", true, rdi);
  expect("f3 a4", false, rsi);
  expect("f3 48 ab", true, rdi);
  expect("41 0f 11 40 40", true, valueOf(8) + 0x40);
  expect("0f 28 0c 24", false, rsp);
  expect("c4 81 7e 7f 54 7e 20", true, valueOf(14) + valueOf(15) * 2 + 0x20);
  expect("c5 7e 6f 08", false, rax);
  expect("62 d1 fe 48 6f 09", false, valueOf(9));
  expect("62 f1 fe 48 6f 88 00 01 00 00", false, rax + 0x100);
  expect("f0 48 0f b1 0a", true, rdx);
  expect("49 0f c1 02", true, valueOf(10));
  expect("0f b6 0c 10", false, rax + rdx);
  expect("dd 44 24 18", false, rsp + 0x18);
  expect("66 0f 38 00 5e 10", false, rsi + 0x10);
  expect("66 0f 3a 63 0d 01 00 00 00 04", false, RIP + 10 + 1);
  expect("49 f7 13", true, valueOf(11));
  expect("48 8b 1c cd 30 00 00 00", false, rcx * 8 + 0x30);
  expect("64 48 8b 04 25 28 00 00 00", false, FS + 0x28);
  expect("48 0f c7 0f", true, rdi);
  expect("48 0f c3 06", true, rsi);
  expect("0f ae 42 40", true, rdx + 0x40);
  expect("0f 94 01", true, rcx);
  // Not known: an address that a register's bit moves, another segment, a vector of addresses; and no memory at all.
  expect("48 0f ab 03", true, 0);
  expect("65 48 8b 04 25 08 00 00 00", false, 0);
  expect("c4 e2 75 90 1c 90", false, 0);
  expect("62 d1 fe 48 6f 49 01", false, 0);
  expect("48 01 c3", false, 0);
  expect("0f 05", false, 0);
  print("memory operands: all as expected\n");
  return 0;
}
