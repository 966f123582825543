// Where in memory an x86-64 instruction has its operand, computed from registers. Intel SDM volume 2A, 2.1.5 and 2.2.1.
//
// For instructions about to run (memory_operand.ts), and for those that may have run last before a `syscall`
// (system_call_form.ts): of the latter RCX and R11 are lost by then, so an address that has one of them is not known, and a
// register that the instruction itself has changed says nothing of the address either.
// Pure: no allocation, and never a read outside the instruction.

import { type Instruction, OpcodeMap } from "./instruction_length.ts";

/** Registers before an instruction runs, or after. */
export class Registers {
  /** The general registers in the order of their codes: RAX RCX RDX RBX RSP RBP RSI RDI R8 … R15. */
  readonly of!: FixedArray<u64, 16>;
  /** The address of the instruction behind the one that is read. */
  next: u64 = 0;
  /** Whether the application has anything at an address. */
  mapped: Static<(address: u64) => boolean> | null = null;

  isMapped(address: u64): boolean {
    const mapped = this.mapped;
    return mapped === null || mapped(address);
  }
}

export const RAX = 0;
export const RCX = 1;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;
export const R11 = 11;

/** Bits of a REX prefix. */
export const REX_W = 8;
export const REX_R = 4;
export const REX_X = 2;
export const REX_B = 1;

/** No register. */
const NONE: u8 = 0xff;

export class MemoryOperand {
  /** Whether no register of the address is one that `syscall` has lost. */
  isKnown = false;
  address: u64 = 0;
  private base: u8 = NONE;
  private index: u8 = NONE;

  /** Computes the operand of an instruction whose ModRM says that it has one. Segments do not count. */
  read(code: Slice<u8>, found: Instruction, registers: Registers): void {
    const mode = found.modRm >> 6;
    const low = found.modRm & 7;
    let place = found.opcodeOffset + 2;
    let scale: u32 = 0;
    let isRelative = false;
    if (low === 4) {
      const sib = code[place];
      place++;
      scale = u32(sib >> 6);
      const index = ((sib >> 3) & 7) | ((found.rex & REX_X) << 2);
      if (index !== 4) this.index = index;
      if (mode !== 0 || (sib & 7) !== 5) this.base = (sib & 7) | ((found.rex & REX_B) << 3);
    } else if (mode === 0 && low === 5) {
      isRelative = true;
    } else {
      this.base = low | ((found.rex & REX_B) << 3);
    }
    let displacement: u64 = 0;
    if (mode === 1) displacement = u64(i64(i8(code[place])));
    else if (mode === 2 || isRelative || this.base === NONE) displacement = u64(i64(i32(constantAt(code, place))));
    this.isKnown = !isLost(this.base) && !isLost(this.index);
    this.address = displacement;
    if (isRelative) this.address += registers.next;
    if (this.base !== NONE) this.address += registers.of[this.base];
    if (this.index !== NONE) this.address += registers.of[this.index] << scale;
  }

  /** Whether a register, or the one that has it as its second byte, is part of the address. */
  uses(register: u8, found: Instruction): boolean {
    if (this.base === register || this.index === register) return true;
    const wider = register & 3;
    return found.rex === 0 && (this.base === wider || this.index === wider);
  }
}

function isLost(register: u8): boolean {
  return register === RCX || register === R11;
}

/** Whether an instruction with an operand in memory certainly reads or writes it, and changes no register but registerChanged. */
export function accessesMemory(found: Instruction): boolean {
  const opcode = found.opcode;
  const reg = (found.modRm >> 3) & 7;
  if (found.map === OpcodeMap.OneByte) {
    if (opcode < 0x40 || opcode === 0x63 || opcode === 0x69 || opcode === 0x6b) return true;
    if (opcode >= 0x80 && opcode <= 0x8b) return true;
    if (opcode === 0xc0 || opcode === 0xc1 || (opcode >= 0xd0 && opcode <= 0xdf)) return true;
    if (opcode === 0xc6 || opcode === 0xc7) return reg === 0;
    // Multiplication and division change RAX and RDX; calls, jumps and pushes are other flows.
    if (opcode === 0xf6 || opcode === 0xf7) return reg < 4;
    return (opcode === 0xfe || opcode === 0xff) && reg < 2;
  }
  if (found.map !== OpcodeMap.TwoByte) return false;
  // Moves of SSE registers, conditional moves, bits, moves with extension.
  if ((opcode >= 0x10 && opcode <= 0x17) || opcode === 0x28 || opcode === 0x29) return true;
  if ((opcode & 0xf0) === 0x40 || (opcode & 0xf0) === 0x90) return true;
  return opcode === 0xa3 || opcode === 0xab || opcode === 0xaf || opcode === 0xb3 || (opcode & 0xf6) === 0xb6;
}

/** Whether such an instruction changes memory, or nothing, and no register. */
export function isMemoryChanged(found: Instruction): boolean {
  const opcode = found.opcode;
  if (found.map !== OpcodeMap.OneByte) return (opcode & 0xf0) === 0x90;
  if (opcode < 0x40) return (opcode & 7) < 2 || opcode >= 0x38;
  if (opcode >= 0x80 && opcode <= 0x85) return true;
  return opcode === 0x88 || opcode === 0x89 || opcode >= 0xc0;
}

/** The register that such an instruction may change. */
export function registerChanged(found: Instruction): u8 {
  return ((found.modRm >> 3) & 7) | ((found.rex & REX_R) << 1);
}

/** Four bytes as a number. */
export function constantAt(code: Slice<u8>, place: usize): u32 {
  return u32(code[place]) | (u32(code[place + 1]) << 8) | (u32(code[place + 2]) << 16) | (u32(code[place + 3]) << 24);
}
