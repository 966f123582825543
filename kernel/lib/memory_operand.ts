// Which address does an instruction touch? A reading of its bytes, for page faults in user mode, where the processor's own answer
// (CR2) costs a visit to ring 0.
//
// It is a guess, and may be wrong: an operand may reach into a second page, and not every form is known. So the caller must be
// able to do without: 0 says that the form is not known, and a fault that comes back unchanged was guessed wrong.

import { Instruction, measureInstruction, OpcodeMap } from "./instruction_length.ts";
import { MemoryOperand, RBP, RDI, type Registers, RSI, RSP } from "./instruction_operand.ts";

const FS_SEGMENT: u8 = 0x64;

/**
 * The address of the memory operand of the instruction that `code` begins with.
 * @param code up to 15 bytes; fewer when the page ends
 * @param registers before it runs; `next` is the address of the instruction itself, and is changed
 * @param fsBase what FS-relative addresses are relative to
 * @param isWrite whether the access that is asked for writes
 * @returns 0 when it is not known
 */
export function memoryOperand(code: Slice<u8>, registers: Registers, fsBase: u64, isWrite: boolean): u64 {
  const found = new Instruction();
  measureInstruction(code, 0, found);
  if (found.length === 0 || found.hasAddressSize) return 0;
  if (found.segment !== 0 && found.segment !== FS_SEGMENT) return 0;
  const implied = impliedOperand(found, registers, isWrite);
  if (implied !== 0) return implied;
  if (!found.hasModRm || found.modRm >= 0xc0 || isMovedOtherwise(found)) return 0;
  const operand = new MemoryOperand();
  registers.next += u64(found.length);
  operand.read(code, found, registers);
  if (operand.address === 0) return 0;
  return found.segment === FS_SEGMENT ? operand.address + fsBase : operand.address;
}

/** What instructions touch besides their operand, or without one: the stack, strings. 0: none of these. */
function impliedOperand(found: Instruction, registers: Registers, isWrite: boolean): u64 {
  if (found.map !== OpcodeMap.OneByte || found.isVector) return 0;
  const opcode = found.opcode;
  const stack = registers.of[RSP];
  if (opcode >> 3 === 0xa || opcode === 0x68 || opcode === 0x6a || opcode === 0x9c || opcode === 0xe8) return stack - 8;
  if (opcode >> 3 === 0xb || opcode === 0x9d || opcode === 0xc2 || opcode === 0xc3) return stack;
  if (opcode === 0x8f && !isWrite) return stack;
  if (opcode === 0xff && isWrite) {
    // A call or a push of what is in memory.
    const reg = (found.modRm >> 3) & 7;
    return reg === 2 || reg === 6 ? stack - 8 : 0;
  }
  if (opcode === 0xc9) return registers.of[RBP];
  if (opcode === 0xa4 || opcode === 0xa5) return isWrite ? registers.of[RDI] : registers.of[RSI];
  if (opcode === 0xac || opcode === 0xad) return registers.of[RSI];
  if (opcode === 0xaa || opcode === 0xab || opcode === 0xae || opcode === 0xaf) return registers.of[RDI];
  return 0;
}

/** Whether something else than base, index and displacement says where the operand is. */
function isMovedOtherwise(found: Instruction): boolean {
  const opcode = found.opcode;
  if (!found.isVector) {
    // bt and its kin with a register: the bit's number moves the address.
    return found.map === OpcodeMap.TwoByte && (opcode === 0xa3 || opcode === 0xab || opcode === 0xb3 || opcode === 0xbb);
  }
  if (found.hasScaledDisplacement && found.modRm >> 6 === 1) return true;
  // Gathers and scatters have a vector of addresses.
  return found.map === OpcodeMap.ThreeByte38 && ((opcode & 0xfc) === 0x90 || (opcode & 0xfc) === 0xa0 || opcode >> 1 === 0x63);
}
