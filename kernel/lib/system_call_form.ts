// Which system-call sites can become jumps: what stands directly before the `syscall` instruction.
//
//   before   … │ last instruction, L bytes │ 0f 05 │ next …          after, L = 5:  e9 r0 r1 r2 r3 │ 0f 05 │ next …
//                                                                            L = 3:  e9 r0 r1 │ 0f 05 │ next …
//
// The last instruction gives its place to `jmp rel32` and is executed by the stub. It need not have five bytes: where it is
// shorter, the bytes of `syscall` and what follows are the upper part of the displacement, and only the stub's place must
// fit. So the two bytes of `syscall`, and everything after them, never change; a jump or a thread that arrives there, or is
// there already, does what it always did. Of the bytes that change, only the first begins an instruction.
//
// That last sentence is what must be proved, for x86 code cannot be read backwards. Every flow of control that reaches `syscall` by
// itself executes, last of all, an instruction that ends there, and that begins at most 15 bytes before it. All of these
// beginnings are tried. One instruction must be left, when those are taken away that cannot have run:
//   - no instruction or padding ends where it begins, whatever the bytes before are taken for;
//   - it touches memory at an address that the registers tell, and nothing is mapped there: it would have faulted;
//   - it differs from a shorter one only by prefixes that mean nothing.
// And of the one that is left:
//   - it is an ordinary move or calculation, not relative to RIP, so that it does the same in the stub;
//   - where the registers show what it did (`mov $n, %eax`, `xor %eax, %eax`, `mov %rbx, %rdi`), they show that it ran.
// Anything else makes the site ambiguous or unknown, and it stays an instruction.
// What remains is a program that executes the same bytes in two ways, with instructions that overlap, without reaching this
// `syscall` in the second way; or that keeps data directly before a `syscall` which is only jumped to. Only hand-made puzzles do.
//
// Never taken: number 15 (rt_sigreturn): unwinders and debuggers know a signal's frame by the bytes `mov $15, %rax; syscall`.
// Rejected: reading the program's symbols or unwind tables for the beginnings of functions: many programs have none.
// Pure, so a Linux program tests it.

import { Instruction, MAXIMUM_INSTRUCTION, measureInstruction, OpcodeMap } from "./instruction_length.ts";
import {
  accessesMemory,
  constantAt,
  isMemoryChanged,
  MemoryOperand,
  R11,
  RAX,
  RCX,
  REX_B,
  REX_R,
  REX_W,
  type Registers,
  registerChanged,
} from "./instruction_operand.ts";

export { Registers } from "./instruction_operand.ts";

/** Why a site stays an instruction, or None. */
export const enum FormProblem {
  None,
  /** No form that is known. */
  Unknown,
  /** More than one instruction may end at the site. */
  Ambiguous,
  /** rt_sigreturn. */
  SignalReturn,
}

/** The number of rt_sigreturn. */
const SIGNAL_RETURN = 15;

/** glibc's syscall(): each byte from its first instruction to the first after the call. Nothing jumps into it. */
const LIBRARY_FUNCTION: FixedArray<u8, 31> = [
  0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x48, 0x89, 0xca, 0x4d, 0x89, 0xc2, 0x4d, 0x89, 0xc8, 0x4c, 0x8b, 0x4c,
  0x24, 0x08, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff,
];
const LIBRARY_FUNCTION_SITE = 23;
const LIBRARY_FUNCTION_LAST = 5;

/** Bytes before the site, and from it on, that findForm needs. */
export const BYTES_BEFORE: usize = 32;
export const BYTES_FROM: usize = 8;

/** What findForm has found. */
export class SystemCallForm {
  problem: FormProblem = FormProblem.Unknown;
  /** Bytes of the instruction that becomes the jump; 2 to 15. */
  length: usize = 0;
}

/**
 * Looks at a site.
 * @param code bytes around it, at least BYTES_FROM from it on
 * @param site offset of `syscall` in them; below BYTES_BEFORE every site is ambiguous
 * @param registers as the call found them; RCX and R11 are those of `syscall`, and not looked at
 */
export function findForm(code: Slice<u8>, site: usize, registers: Registers, form: SystemCallForm): void {
  form.problem = FormProblem.Unknown;
  form.length = 0;
  if (registers.of[RAX] === SIGNAL_RETURN) {
    form.problem = FormProblem.SignalReturn;
    return;
  }
  if (isLibraryFunction(code, site)) {
    form.problem = FormProblem.None;
    form.length = LIBRARY_FUNCTION_LAST;
    return;
  }
  form.problem = FormProblem.Ambiguous;
  if (site < BYTES_BEFORE) return;
  const last = new Instruction();
  if (!findLast(code, site, registers, last)) return;
  form.length = last.length;
  const isKnown = last.length >= 2 && isPlain(last) && agrees(code, last, registers);
  form.problem = isKnown ? FormProblem.None : FormProblem.Unknown;
}

/** Finds the only instruction that can have run last before the site; false: there are several, or none. */
function findLast(code: Slice<u8>, site: usize, registers: Registers, last: Instruction): boolean {
  const other = new Instruction();
  let length: usize = 0;
  for (let before: usize = MAXIMUM_INSTRUCTION; before >= 1; before--) {
    measureInstruction(code, site - before, other);
    if (other.length !== before || wouldFault(code, other, registers) || !canEndAt(code, site - before)) continue;
    // The same without prefixes that say nothing is the same; the jump may have them as well.
    if (length !== 0 && (!isSameOpcode(other, last) || hasMeaningfulPrefix(last))) return false;
    length = before;
    measureInstruction(code, site - before, last);
  }
  return length !== 0;
}

/** Whether two instructions that end at one place have one opcode: the same byte, and the same bytes of escape before it. */
function isSameOpcode(one: Instruction, other: Instruction): boolean {
  return one.opcodeOffset === other.opcodeOffset && one.map === other.map && !one.isVector && !other.isVector;
}

/** Whether an instruction may end at a place, so that another one may begin there. */
function canEndAt(code: Slice<u8>, place: usize): boolean {
  const other = new Instruction();
  for (let before: usize = 1; before <= MAXIMUM_INSTRUCTION; before++) {
    measureInstruction(code, place - before, other);
    if (other.length === before) return true;
  }
  return false;
}

/** Whether an instruction would be another one without its prefixes, or a jump with them no jump. */
function hasMeaningfulPrefix(found: Instruction): boolean {
  // Any REX changes the meaning of byte registers, so only moves of wider constants can do with one.
  const isMove = found.map === OpcodeMap.OneByte && found.opcode >= 0xb8 && found.opcode <= 0xbf;
  const rex = isMove ? found.rex & (REX_W | REX_B) : found.rex;
  return rex !== 0 || found.hasOperandSize || found.hasAddressSize || found.segment !== 0 || found.hasRepeatOrLock;
}

/**
 * Whether an instruction that ended with these registers touched memory where nothing is mapped: then it has not run. False when
 * that cannot be told.
 */
function wouldFault(code: Slice<u8>, found: Instruction, registers: Registers): boolean {
  if (found.segment !== 0 || found.isVector || found.hasAddressSize) return false;
  if (isAbsoluteMove(found)) {
    const low = u64(constantAt(code, found.opcodeOffset + 1));
    return !registers.isMapped((u64(constantAt(code, found.opcodeOffset + 5)) << 32) | low);
  }
  if (!found.hasModRm || found.modRm >= 0xc0 || !accessesMemory(found)) return false;
  const operand = new MemoryOperand();
  operand.read(code, found, registers);
  if (!operand.isKnown || registers.isMapped(operand.address)) return false;
  return isMemoryChanged(found) || !operand.uses(registerChanged(found), found);
}

/** `mov` between RAX and an address of eight bytes. */
function isAbsoluteMove(found: Instruction): boolean {
  return found.map === OpcodeMap.OneByte && (found.opcode & 0xfc) === 0xa0 && !found.hasAddressSize;
}

/** Whether an instruction does nothing but move or calculate, wherever it stands. */
function isPlain(found: Instruction): boolean {
  if (found.isVector || found.hasRepeatOrLock) return false;
  if (found.hasModRm && (found.modRm & 0xc7) === 0x05) return false;
  const opcode = found.opcode;
  if (found.map === OpcodeMap.TwoByte) return (opcode & 0xf0) === 0x40 || (opcode & 0xf6) === 0xb6 || opcode === 0xaf;
  if (found.map !== OpcodeMap.OneByte) return false;
  if (opcode < 0x40) return (opcode & 7) < 6;
  if (opcode >= 0x80 && opcode <= 0x8b) return true;
  if (opcode === 0xc6 || opcode === 0xc7) return (found.modRm & 0x38) === 0;
  if (opcode >= 0xb0 && opcode <= 0xbf) return true;
  return opcode === 0x63 || opcode === 0x8d || opcode === 0xc0 || opcode === 0xc1;
}

/** Whether the registers are as the instruction leaves them, as far as that can be seen. */
function agrees(code: Slice<u8>, found: Instruction, registers: Registers): boolean {
  if (found.map !== OpcodeMap.OneByte || found.hasOperandSize) return true;
  const opcode = found.opcode;
  const isWide = (found.rex & REX_W) !== 0;
  const rm = (found.modRm & 7) | ((found.rex & REX_B) << 3);
  const reg = ((found.modRm >> 3) & 7) | ((found.rex & REX_R) << 1);
  if (opcode >= 0xb8 && opcode <= 0xbf && !isWide) {
    const register = (opcode & 7) | ((found.rex & REX_B) << 3);
    return holds(registers, register, u64(constantAt(code, found.opcodeOffset + 1)));
  }
  if (found.modRm < 0xc0) return true;
  if (opcode === 0xc7) {
    const constant = constantAt(code, found.opcodeOffset + 2);
    return holds(registers, rm, isWide ? u64(i64(i32(constant))) : u64(constant));
  }
  if ((opcode === 0x31 || opcode === 0x33) && rm === reg) return holds(registers, rm, 0);
  if (opcode !== 0x89 && opcode !== 0x8b) return true;
  const from = opcode === 0x89 ? reg : rm;
  const to = opcode === 0x89 ? rm : reg;
  if (from === RCX || from === R11) return true;
  return holds(registers, to, isWide ? registers.of[from] : registers.of[from] & 0xffff_ffff);
}

function holds(registers: Registers, register: u8, value: u64): boolean {
  return register === RCX || register === R11 || registers.of[register] === value;
}

function isLibraryFunction(code: Slice<u8>, site: usize): boolean {
  const after = LIBRARY_FUNCTION.length - LIBRARY_FUNCTION_SITE;
  if (site < LIBRARY_FUNCTION_SITE || site + after > code.length) return false;
  for (let i: usize = 0; i < LIBRARY_FUNCTION.length; i++) {
    if (code[site - LIBRARY_FUNCTION_SITE + i] !== LIBRARY_FUNCTION[i]) return false;
  }
  return true;
}
