// Forms of system-call sites, and how long instructions are. A Linux program: panics at the first surprise.

import { print } from "prelude/host.ts";
import { Instruction, measureInstruction } from "../instruction_length.ts";
import { BYTES_BEFORE, FormProblem, findForm, Registers, SystemCallForm } from "../system_call_form.ts";

const SITE: usize = 40;

class Code {
  readonly bytes!: FixedArray<u8, 64>;
}

const code = new Code();
const registers = new Registers();

function digit(character: u8): u8 {
  return character >= 0x61 ? character - 0x57 : character - 0x30;
}

/** Stores bytes that are written as `48 89 df`; gives how many. */
function put(text: string, place: usize): usize {
  const length = (text.length + 1) / 3;
  for (let i: usize = 0; i < length; i++) code.bytes[place + i] = digit(text[i * 3]) * 16 + digit(text[i * 3 + 1]);
  return length;
}

function measured(text: string): usize {
  code.bytes.fill(0x90);
  put(text, 0);
  const found = new Instruction();
  measureInstruction(code.bytes.slice(), 0, found);
  return found.length;
}

/** An instruction of all its bytes, and no shorter. */
function expectWhole(text: string): void {
  const length = (text.length + 1) / 3;
  assert(measured(text) === length, `${text} is one instruction, not ${u64(measured(text))} bytes`);
  const found = new Instruction();
  for (let end: usize = 0; end < length; end++) {
    measureInstruction(code.bytes.slice(0, end), 0, found);
    assert(found.length === 0, `${text} ends where its bytes end`);
  }
}

/** Looks at a site that has bytes before it; nops stand before them. */
function look(before: string, form: SystemCallForm): void {
  code.bytes.fill(0x90);
  put("0f 05 48 3d 01 f0 ff ff", SITE);
  put(before, SITE - (before.length + 1) / 3);
  findForm(code.bytes.slice(), SITE, registers, form);
}

function expectLength(before: string, length: usize): void {
  const form = new SystemCallForm();
  look(before, form);
  assert(form.problem === FormProblem.None, `${before} is a form: ${u32(form.problem)}`);
  assert(form.length === length, `${before}: ${u64(form.length)} bytes`);
}

function expectProblem(before: string, problem: FormProblem): void {
  const form = new SystemCallForm();
  look(before, form);
  assert(form.problem === problem, `${before}: ${u32(form.problem)}`);
}

/** A program has memory around what its registers show. */
function isMapped(address: u64): boolean {
  return address >= 0x1000_0000 && address < 0x1001_0000;
}

function testLengths(): void {
  expectWhole("90");
  expectWhole("48 89 df");
  expectWhole("b8 27 00 00 00");
  expectWhole("48 b8 01 02 03 04 05 06 07 08");
  expectWhole("66 b8 01 02");
  expectWhole("48 c7 c0 27 00 00 00");
  expectWhole("4c 8b 4c 24 08");
  expectWhole("8b 05 01 02 03 04");
  expectWhole("8b 04 25 01 02 03 04");
  expectWhole("8b 44 88 08");
  expectWhole("c7 84 24 01 02 03 04 05 06 07 08");
  expectWhole("66 c7 45 b8 01 02");
  expectWhole("f6 c0 01");
  expectWhole("f6 d0");
  expectWhole("f7 c0 01 02 03 04");
  expectWhole("f7 d8");
  expectWhole("e8 01 02 03 04");
  expectWhole("0f 84 01 02 03 04");
  expectWhole("0f b6 c0");
  expectWhole("66 0f 3a 0f c1 08");
  expectWhole("66 0f 38 00 c1");
  expectWhole("c8 01 02 03");
  expectWhole("a1 01 02 03 04 05 06 07 08");
  expectWhole("67 a1 01 02 03 04");
  expectWhole("c5 f8 77");
  expectWhole("c5 f9 6f 04 24");
  expectWhole("c4 e3 79 0f c1 08");
  expectWhole("62 f1 7c 48 10 44 24 01");
  expectWhole("f3 0f 1e fa");
  expectWhole("64 48 8b 04 25 28 00 00 00");
  expectWhole("0f 05");
  expectWhole("f0 48 0f b1 0d 01 02 03 04");
  assert(measured("06") === 0 && measured("9a") === 0 && measured("82 c0 01") === 0, "64-bit mode has none of these");
  assert(measured("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90") === 0, "an instruction has 15 bytes at most");
}

function testForms(): void {
  for (let i: u64 = 0; i < 16; i++) registers.of[i] = 0x1000_8000 + i;
  registers.next = 0x1000_4000;
  registers.mapped = isMapped;
  registers.of[0] = 39;
  expectLength("b8 27 00 00 00", 5);
  expectLength("48 c7 c0 27 00 00 00", 7);
  expectLength("48 89 c7 b8 27 00 00 00", 5);
  // Registers that contradict: somebody jumped to the site.
  expectProblem("b8 28 00 00 00", FormProblem.Unknown);
  expectProblem("48 c7 c0 28 00 00 00", FormProblem.Unknown);
  expectProblem("31 c0", FormProblem.Unknown);
  // 41 b8 is a constant for R8, unless 41 ends the instruction before.
  registers.of[8] = 39;
  expectLength("41 b8 27 00 00 00", 6);
  expectLength("8b 7b 41 b8 27 00 00 00", 5);
  expectProblem("80 79 41 41 b8 27 00 00 00", FormProblem.Ambiguous);
  registers.of[8] = 0x1000_8008;
  // The last five bytes look like the move, but belong to a store of a constant.
  expectLength("c7 45 b8 27 00 00 00", 7);
  expectProblem("c6 05 b8 27 00 00 00", FormProblem.Unknown);
  expectLength("c6 83 b8 27 00 00 00", 7);
  // [RAX + 0x27] with RAX 39 would have faulted, lea would not.
  expectLength("04 04 8b b8 27 00 00 00", 5);
  expectProblem("04 04 8d b8 27 00 00 00", FormProblem.Ambiguous);
  // fistp [RAX + 202], and ff /7, which does not exist.
  registers.of[0] = 202;
  expectLength("48 89 df b8 ca 00 00 00", 5);
  registers.of[0] = 257;
  expectLength("bf 9c ff ff ff b8 01 01 00 00", 5);
  registers.of[0] = 39;
  // No instruction ends with 89.
  expectProblem("89 b8 27 00 00 00", FormProblem.Ambiguous);
  expectLength("8d b8 27 00 00 00", 6);
  // A division by [RAX + 0x27] would need one that ends with 89.
  expectLength("89 f7 b8 27 00 00 00", 5);
  expectLength("41 89 b8 27 00 00 00", 7);

  registers.of[0] = 0;
  expectLength("31 c0", 2);
  // Not a load from the address c0311774000006dd.
  expectLength("80 3d a1 dd 06 00 00 74 17 31 c0", 2);
  // Not a rotation of what is at 0x3108247c(%rbx), although an instruction may end before it.
  expectLength("48 8b 74 24 10 41 89 c0 8b 7c 24 08 31 c0", 2);
  registers.of[3] -= 0x3108_247c;
  expectProblem("48 8b 74 24 10 41 89 c0 8b 7c 24 08 31 c0", FormProblem.Ambiguous);
  registers.of[3] += 0x3108_247c;
  expectLength("33 c0", 2);
  expectLength("48 31 c0", 3);

  registers.of[7] = registers.of[3];
  expectLength("48 89 ce 48 89 df", 3);
  expectLength("89 df", 2);
  registers.of[3]++;
  expectProblem("48 89 ce 48 89 df", FormProblem.Unknown);
  // 48 is the displacement of the load before; or it may be either: two instructions are possible.
  registers.of[3]--;
  expectLength("8b 7b 48 89 df", 2);
  expectProblem("80 79 48 48 89 df", FormProblem.Ambiguous);

  expectLength("8b 7c 24 08", 4);
  expectLength("40 80 f6 81", 4);
  // Relative to RIP, a call, a push: not to be moved.
  expectProblem("8b 3d 01 02 00 00", FormProblem.Unknown);
  expectProblem("e8 01 02 03 04", FormProblem.Unknown);
  expectProblem("41 54", FormProblem.Unknown);
  expectProblem("0f 05", FormProblem.Unknown);
  // movaps to the stack; 0f is no prefix, and without it this is a subtraction.
  expectProblem("0f 29 84 24 e0 01 00 00 0f 29 84 24 f0 01 00 00", FormProblem.Ambiguous);
  // All nops.
  expectProblem("90 90", FormProblem.Unknown);

  registers.of[0] = 15;
  expectProblem("48 c7 c0 0f 00 00 00", FormProblem.SignalReturn);
  expectProblem("b8 0f 00 00 00", FormProblem.SignalReturn);
  registers.of[0] = 0x1234_5678_9abc;
  expectLength("48 89 f8 48 89 f7 48 89 d6 48 89 ca 4d 89 c2 4d 89 c8 4c 8b 4c 24 08", 5);

  // What lies before might have decided.
  const form = new SystemCallForm();
  registers.of[0] = 39;
  look("b8 27 00 00 00", form);
  findForm(code.bytes.slice(SITE - BYTES_BEFORE + 1, 64), BYTES_BEFORE - 1, registers, form);
  assert(form.problem === FormProblem.Ambiguous, "too few bytes are ambiguous");
}

/** @export main */
export function main(): i32 {
  testLengths();
  testForms();
  print("lengths of instructions, forms of system-call sites: all as expected\n");
  return 0;
}
