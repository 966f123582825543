// How long an x86-64 instruction is: prefixes, opcode, ModRM, SIB, displacement, immediate, and nothing of what it does.
// Intel SDM volume 2, chapter 2 and appendix A (opcode maps). In 64-bit mode only.
//
// What the maps leave empty has no length: the processor refuses it (#UD). What is wrong here in one direction only costs: an
// instruction that is taken for one where there is none makes a system-call site look doubtful, and it stays as it is.
// Pure: no allocation, and never a read outside the bytes that are given.

/** Longer ones raise an exception. */
export const MAXIMUM_INSTRUCTION = 15;

/** What follows an opcode: a ModRM byte, and how many bytes of immediate. */
const enum Form {
  None = 0,
  Immediate8 = 1,
  Immediate16 = 2,
  /** Four bytes, two with the operand-size prefix. */
  Immediate32 = 3,
  ModRm = 4,
  ModRmImmediate8 = 5,
  ModRmImmediate32 = 7,
  /** Two bytes and one: enter. */
  Immediate24 = 8,
  /** An address as wide as addresses are: a0 to a3. */
  Address = 9,
  /** Four bytes whatever the prefixes: near calls and jumps. */
  Relative32 = 10,
  /** Four bytes, two with the operand-size prefix, eight with REX.W: b8 to bf. */
  ImmediateFull = 11,
  /** ModRM, and an immediate byte only for its first two values of `reg`: f6. */
  Test8 = 12,
  /** The same with Immediate32: f7. */
  Test32 = 13,
  Invalid = 14,
}

/** Opcode maps. */
export const enum OpcodeMap {
  OneByte = 0,
  /** 0f */
  TwoByte = 1,
  /** 0f 38 */
  ThreeByte38 = 2,
  /** 0f 3a */
  ThreeByte3A = 3,
}

/** What was found out about an instruction. */
export class Instruction {
  /** In bytes; 0: there is none, or the bytes end before it does. */
  length: usize = 0;
  /** Where its opcode is, after prefixes and escapes. */
  opcodeOffset: usize = 0;
  opcode: u8 = 0;
  map: OpcodeMap = OpcodeMap.OneByte;
  /** VEX, EVEX. */
  isVector = false;
  /** EVEX: a displacement of one byte counts in units of the operand. */
  hasScaledDisplacement = false;
  /** 0 when it has none. What VEX and EVEX say of registers is here too, as REX says it: but bits 3 of their own operands. */
  rex: u8 = 0;
  hasOperandSize = false;
  hasAddressSize = false;
  /** 64, 65 (FS, GS) or 0. */
  segment: u8 = 0;
  /** f0, f2 or f3. */
  hasRepeatOrLock = false;
  hasModRm = false;
  modRm: u8 = 0;
}

// Prefixes, escapes (0f, c4, c5, 62) and what 64-bit mode has taken away are Invalid here; the former are looked for first.
// biome-ignore format: a row of sixteen, as in the manual
const ONE_BYTE: FixedArray<u8, 256> = [
  /* 00 */ 4, 4, 4, 4, 1, 3, 14, 14, 4, 4, 4, 4, 1, 3, 14, 14,
  /* 10 */ 4, 4, 4, 4, 1, 3, 14, 14, 4, 4, 4, 4, 1, 3, 14, 14,
  /* 20 */ 4, 4, 4, 4, 1, 3, 14, 14, 4, 4, 4, 4, 1, 3, 14, 14,
  /* 30 */ 4, 4, 4, 4, 1, 3, 14, 14, 4, 4, 4, 4, 1, 3, 14, 14,
  /* 40 */ 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14,
  /* 50 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  /* 60 */ 14, 14, 14, 4, 14, 14, 14, 14, 3, 7, 1, 5, 0, 0, 0, 0,
  /* 70 */ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 80 */ 5, 7, 14, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* 90 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 0, 0,
  /* a0 */ 9, 9, 9, 9, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0,
  /* b0 */ 1, 1, 1, 1, 1, 1, 1, 1, 11, 11, 11, 11, 11, 11, 11, 11,
  /* c0 */ 5, 5, 2, 0, 14, 14, 5, 7, 8, 0, 2, 0, 0, 1, 14, 0,
  /* d0 */ 4, 4, 4, 4, 14, 14, 14, 0, 4, 4, 4, 4, 4, 4, 4, 4,
  /* e0 */ 1, 1, 1, 1, 1, 1, 1, 1, 10, 10, 14, 1, 0, 0, 0, 0,
  /* f0 */ 14, 0, 14, 14, 0, 0, 12, 13, 0, 0, 0, 0, 0, 0, 4, 4,
];

// biome-ignore format: a row of sixteen, as in the manual
const TWO_BYTE: FixedArray<u8, 256> = [
  /* 00 */ 4, 4, 4, 4, 14, 0, 0, 0, 0, 0, 14, 0, 14, 4, 0, 5,
  /* 10 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* 20 */ 4, 4, 4, 4, 14, 14, 14, 14, 4, 4, 4, 4, 4, 4, 4, 4,
  /* 30 */ 0, 0, 0, 0, 0, 0, 14, 0, 4, 14, 14, 14, 14, 14, 14, 14,
  /* 40 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* 50 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* 60 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* 70 */ 5, 5, 5, 5, 4, 4, 4, 0, 4, 4, 4, 4, 4, 4, 4, 4,
  /* 80 */ 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
  /* 90 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* a0 */ 0, 0, 0, 4, 5, 4, 14, 14, 0, 0, 0, 4, 5, 4, 4, 4,
  /* b0 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 4, 4, 4, 4, 4,
  /* c0 */ 4, 4, 5, 4, 5, 5, 5, 4, 0, 0, 0, 0, 0, 0, 0, 0,
  /* d0 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* e0 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  /* f0 */ 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
];

/**
 * Measures the instruction that begins at an offset.
 * @param found filled in; its length is 0 when there is none or the bytes end before it does
 */
export function measureInstruction(code: Slice<u8>, start: usize, found: Instruction): void {
  found.length = 0;
  found.opcode = 0;
  found.map = OpcodeMap.OneByte;
  found.isVector = false;
  found.hasScaledDisplacement = false;
  found.rex = 0;
  found.hasOperandSize = false;
  found.hasAddressSize = false;
  found.segment = 0;
  found.hasRepeatOrLock = false;
  found.hasModRm = false;
  found.modRm = 0;
  const end = minimum(code.length, start + MAXIMUM_INSTRUCTION);
  let at = skipPrefixes(code, start, end, found);
  if (at >= end) return;
  const first = code[at];
  if (first === 0xc4 || first === 0xc5 || first === 0x62) {
    at = skipVectorPrefix(code, at, end, found);
  } else if (first === 0x0f) {
    at++;
    found.map = OpcodeMap.TwoByte;
    if (at < end && (code[at] === 0x38 || code[at] === 0x3a)) {
      found.map = code[at] === 0x38 ? OpcodeMap.ThreeByte38 : OpcodeMap.ThreeByte3A;
      at++;
    }
  }
  if (at >= end) return;
  found.opcodeOffset = at;
  found.opcode = code[at];
  const form = formOf(found);
  if (form === u8(Form.Invalid)) return;
  at++;
  if (hasModRm(form)) {
    if (at >= end) return;
    found.hasModRm = true;
    found.modRm = code[at];
    at++;
    if (isUndefined(found)) return;
    const sib: u8 = at < end ? code[at] : 0;
    at += operandLength(found.modRm, sib);
  }
  at += immediateLength(form, found);
  if (at <= end) found.length = at - start;
}

/** Passes legacy prefixes and a REX prefix, which counts only directly before the opcode. */
function skipPrefixes(code: Slice<u8>, start: usize, end: usize, found: Instruction): usize {
  let at = start;
  while (at < end) {
    const byte = code[at];
    if ((byte & 0xf0) === 0x40) {
      found.rex = byte;
    } else {
      if (byte === 0x66) found.hasOperandSize = true;
      else if (byte === 0x67) found.hasAddressSize = true;
      else if (byte === 0x64 || byte === 0x65) found.segment = byte;
      else if (byte === 0xf0 || byte === 0xf2 || byte === 0xf3) found.hasRepeatOrLock = true;
      // The other four segment prefixes have no meaning in 64-bit mode.
      else if (byte !== 0x26 && byte !== 0x2e && byte !== 0x36 && byte !== 0x3e) return at;
      found.rex = 0;
    }
    at++;
  }
  return at;
}

/** Passes a VEX or EVEX prefix (volume 2A, 2.3 and 2.7), which names the opcode map; gives the opcode's place. */
function skipVectorPrefix(code: Slice<u8>, start: usize, end: usize, found: Instruction): usize {
  found.isVector = true;
  found.map = OpcodeMap.TwoByte;
  const first = code[start];
  if (first === 0xc5) return start + 2;
  if (start + 1 >= end) return end;
  found.hasScaledDisplacement = first === 0x62;
  // R, X and B are stored inverted, three bits above where REX has them.
  found.rex = ~(code[start + 1] >> 5) & 7;
  const map = code[start + 1] & (first === 0xc4 ? 0x1f : 7);
  if (map === 2) found.map = OpcodeMap.ThreeByte38;
  else if (map === 3) found.map = OpcodeMap.ThreeByte3A;
  return start + (first === 0xc4 ? 3 : 4);
}

function formOf(found: Instruction): u8 {
  switch (found.map) {
    case OpcodeMap.OneByte:
      return ONE_BYTE[found.opcode];
    case OpcodeMap.TwoByte:
      return TWO_BYTE[found.opcode];
    case OpcodeMap.ThreeByte38:
      return u8(Form.ModRm);
    case OpcodeMap.ThreeByte3A:
      return u8(Form.ModRmImmediate8);
  }
}

function hasModRm(form: u8): boolean {
  return (
    form === u8(Form.ModRm) ||
    form === u8(Form.ModRmImmediate8) ||
    form === u8(Form.ModRmImmediate32) ||
    form === u8(Form.Test8) ||
    form === u8(Form.Test32)
  );
}

/** Groups of which the maps have only a part (volume 2, table A-6): inc and dec; inc to push; mov of constants. */
function isUndefined(found: Instruction): boolean {
  if (found.map !== OpcodeMap.OneByte) return false;
  const reg = (found.modRm >> 3) & 7;
  if (found.opcode === 0xfe) return reg > 1;
  if (found.opcode === 0xff) return reg === 7;
  // f8 is xbegin and xabort.
  return (found.opcode === 0xc6 || found.opcode === 0xc7) && reg !== 0 && found.modRm !== 0xf8;
}

/** Bytes of SIB and displacement (volume 2A, tables 2-2 and 2-3). */
function operandLength(modRm: u8, sib: u8): usize {
  const mode = modRm >> 6;
  const base = modRm & 7;
  if (mode === 3) return 0;
  let length: usize = base === 4 ? 1 : 0;
  if (mode === 1) length += 1;
  else if (mode === 2 || base === 5 || (base === 4 && (sib & 7) === 5)) length += 4;
  return length;
}

function immediateLength(form: u8, found: Instruction): usize {
  const wide: usize = found.hasOperandSize && (found.rex & 8) === 0 ? 2 : 4;
  const isTest = ((found.modRm >> 3) & 7) < 2;
  switch (form) {
    case u8(Form.Immediate8):
    case u8(Form.ModRmImmediate8):
      return 1;
    case u8(Form.Immediate16):
      return 2;
    case u8(Form.Immediate24):
      return 3;
    case u8(Form.Immediate32):
    case u8(Form.ModRmImmediate32):
      return wide;
    case u8(Form.Relative32):
      return 4;
    case u8(Form.ImmediateFull):
      return (found.rex & 8) !== 0 ? 8 : wide;
    case u8(Form.Address):
      return found.hasAddressSize ? 4 : 8;
    case u8(Form.Test8):
      return isTest ? 1 : 0;
    case u8(Form.Test32):
      return isTest ? wide : 0;
    default:
      return 0;
  }
}
