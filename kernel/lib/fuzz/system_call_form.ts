// Forms of system-call sites under a fuzzer, as a Linux program: whatever code is around a site, nothing outside is read, and what
// is taken is one instruction that ends at the site, stands on no other place, and is alone in ending there.

import "prelude/host.ts";
import { pointer, sliceAt } from "unsafe";
import { Instruction, measureInstruction, OpcodeMap } from "../instruction_length.ts";
import { BYTES_BEFORE, BYTES_FROM, FormProblem, findForm, Registers, SystemCallForm } from "../system_call_form.ts";

const REGISTERS_SIZE: usize = 128;

/**
 * One input of libFuzzer: 16 registers, then code, in which every `syscall` is looked at.
 * @export LLVMFuzzerTestOneInput
 */
export function fuzzSystemCallForm(data: u64, size: u64): i32 {
  if (size < REGISTERS_SIZE + BYTES_FROM) return 0;
  const registers = new Registers();
  // Safe: the fuzzer gives `size` readable bytes at `data`.
  for (let i: usize = 0; i < 16; i++) {
    for (let byte: usize = 0; byte < 8; byte++) {
      registers.of[i] |= u64(pointer<u8>(data)[i * 8 + byte]) << (u32(byte) * 8);
    }
  }
  registers.mapped = isMapped;
  const code = sliceAt<u8>(data + REGISTERS_SIZE, size - REGISTERS_SIZE);
  for (let site: usize = 0; site + BYTES_FROM <= code.length; site++) {
    if (code[site] === 0x0f && code[site + 1] === 0x05) look(code, site, registers);
  }
  return 0;
}

/** A program with memory in every other 4 KiB of what the fuzzer makes registers of. */
function isMapped(address: u64): boolean {
  return ((address >> 12) & 1) !== 0;
}

function look(code: Slice<u8>, site: usize, registers: Registers): void {
  const form = new SystemCallForm();
  findForm(code, site, registers, form);
  if (form.problem !== FormProblem.None) return;
  assert(registers.of[0] !== 15, "rt_sigreturn is never taken");
  assert(form.length >= 2 && form.length <= 15, "an instruction has 2 to 15 bytes");
  const taken = new Instruction();
  measureInstruction(code, site - form.length, taken);
  assert(taken.length === form.length, "it ends at the site");
  assert(!taken.hasModRm || (taken.modRm & 0xc7) !== 5, "it is not relative to RIP");
  // The library's function is known as a whole; it is the only form that is taken with so few bytes before it, too.
  if (site < BYTES_BEFORE || (code[site - 5] === 0x4c && code[site - 1] === 0x08)) return;
  // Who comes from behind the taken instruction's beginning, one instruction after the other, has not come from before it.
  for (let start = site - BYTES_BEFORE; start < site - form.length; start++) {
    let at = start;
    const step = new Instruction();
    while (at < site - form.length) {
      measureInstruction(code, at, step);
      if (step.length === 0) break;
      at += step.length;
    }
    // Where the walk jumps over the beginning it must not fall into step with the site inside the instruction.
    if (step.length === 0 || at === site - form.length || at > site) continue;
    if (at === site) continue;
    walkInside(code, at, site);
  }
}

/** From a place inside the taken instruction to the site: only by an instruction that would have faulted, by its operand in memory. */
function walkInside(code: Slice<u8>, from: usize, site: usize): void {
  const step = new Instruction();
  let at = from;
  while (at < site) {
    measureInstruction(code, at, step);
    if (step.length === 0) return;
    at += step.length;
  }
  if (at !== site) return;
  const isAbsolute = step.map === OpcodeMap.OneByte && (step.opcode & 0xfc) === 0xa0;
  assert(isAbsolute || (step.hasModRm && step.modRm < 0xc0), "nothing else gets there");
}
