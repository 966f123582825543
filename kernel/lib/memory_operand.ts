// Which address does an instruction touch? A reading of its bytes, for page faults in user mode, where the processor's own answer
// (CR2) costs a visit to ring 0.
//
// It is a guess, and may be wrong: an operand may reach into a second page, and not every form is known. So the caller must be
// able to do without: 0 says that the form is not known, and a fault that comes back unchanged was guessed wrong.
// Intel SDM 2A, chapter 2 (prefixes, ModRM, SIB, VEX, EVEX), appendix A (opcode maps).

/** Places of the registers, by their numbers, and of the instruction pointer, in the words of a trap frame. */
const registerPlaces: FixedArray<u8, 16> = [10, 11, 12, 5, 20, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0];
const RIP_PLACE = 17;
const STACK_POINTER = 4;
const FRAME_POINTER = 5;
const SOURCE = 6;
const DESTINATION = 7;

/** Opcode maps: one byte, 0F, 0F 38, 0F 3A. */
const MAP_ONE = 0;
const MAP_0F = 1;
const MAP_0F38 = 2;
const MAP_0F3A = 3;

/** How far an instruction has been read. */
class Reading {
  at: usize = 0;
  failed = false;
  map: u32 = MAP_ONE;
  /** Bits 3 of the register numbers in ModRM and SIB. */
  base8: u32 = 0;
  index8: u32 = 0;
  wideOperand = false;
  operand16 = false;
  fsSegment = false;
  vector = false;
  scaledDisplacement = false;

  next(code: Slice<u8>): u32 {
    if (this.at >= code.length) {
      this.failed = true;
      return 0;
    }
    const byte = u32(code[this.at]);
    this.at++;
    return byte;
  }

  /** A number of four bytes, with its sign. */
  displacement32(code: Slice<u8>): u64 {
    let value: u32 = 0;
    for (let shift: u32 = 0; shift < 32; shift += 8) value |= this.next(code) << shift;
    return u64(i64(i32(value)));
  }

  displacement8(code: Slice<u8>): u64 {
    return u64(i64(i8(u8(this.next(code)))));
  }
}

/**
 * The address of the memory operand of the instruction that `code` begins with.
 * @param code up to 15 bytes; fewer when the page ends
 * @param words the registers, as a trap frame has them
 * @param fsBase what FS-relative addresses are relative to
 * @param isWrite whether the access that is asked for writes
 * @returns 0 when it is not known
 */
export function memoryOperand(code: Slice<u8>, words: Slice<u64>, fsBase: u64, isWrite: boolean): u64 {
  const reading = new Reading();
  const opcode = readOpcode(reading, code);
  if (reading.failed) return 0;
  if (reading.map === MAP_ONE) {
    const implied = impliedOperand(opcode, words, isWrite);
    if (implied !== 0) return implied;
  }
  if (!hasModRm(reading.map, opcode)) return 0;
  const modRm = reading.next(code);
  const field = (modRm >> 3) & 7;
  if (reading.map === MAP_ONE && opcode === 0xff && isWrite && (field === 2 || field === 6)) {
    return register(words, STACK_POINTER) - 8;
  }
  if (modRm >> 6 === 3) return 0;
  const address = effectiveAddress(reading, code, words, modRm, immediateLength(reading, opcode, field));
  if (reading.failed || address === 0) return 0;
  return reading.fsSegment ? address + fsBase : address;
}

/** Prefixes and opcode. */
function readOpcode(reading: Reading, code: Slice<u8>): u32 {
  let byte = reading.next(code);
  while (isPrefix(byte)) {
    if (byte === 0x66) reading.operand16 = true;
    else if (byte === 0x64) reading.fsSegment = true;
    else if (byte === 0x65 || byte === 0x67) reading.failed = true;
    byte = reading.next(code);
    if (reading.failed) return 0;
  }
  if (byte >> 4 === 4) {
    reading.wideOperand = (byte & 8) !== 0;
    reading.index8 = (byte & 2) << 2;
    reading.base8 = (byte & 1) << 3;
    byte = reading.next(code);
  }
  if (byte === 0xc4 || byte === 0xc5 || byte === 0x62) return readVectorPrefix(reading, code, byte);
  if (byte !== 0x0f) return byte;
  reading.map = MAP_0F;
  byte = reading.next(code);
  if (byte !== 0x38 && byte !== 0x3a) return byte;
  reading.map = byte === 0x38 ? MAP_0F38 : MAP_0F3A;
  return reading.next(code);
}

/** VEX of two and three bytes, EVEX. Gives the opcode. */
function readVectorPrefix(reading: Reading, code: Slice<u8>, prefix: u32): u32 {
  reading.vector = true;
  const first = reading.next(code);
  if (prefix === 0xc5) {
    reading.map = MAP_0F;
    return reading.next(code);
  }
  reading.map = first & (prefix === 0x62 ? 7 : 31);
  if (reading.map === MAP_ONE || reading.map > MAP_0F3A) reading.failed = true;
  reading.index8 = (first & 0x40) !== 0 ? 0 : 8;
  reading.base8 = (first & 0x20) !== 0 ? 0 : 8;
  reading.next(code);
  if (prefix === 0x62) {
    reading.next(code);
    reading.scaledDisplacement = true;
  }
  const opcode = reading.next(code);
  // Gathers and scatters have a vector of addresses.
  const isVectorOfAddresses = (opcode >= 0x90 && opcode <= 0x93) || (opcode >= 0xa0 && opcode <= 0xa3) || opcode >> 1 === 0x63;
  if (reading.map === MAP_0F38 && isVectorOfAddresses) reading.failed = true;
  return opcode;
}

function isPrefix(byte: u32): boolean {
  if (byte === 0x66 || byte === 0x67 || byte === 0x64 || byte === 0x65) return true;
  return byte === 0xf0 || byte === 0xf2 || byte === 0xf3 || (byte & 0xe7) === 0x26;
}

/** What instructions touch that name no operand: the stack, strings. 0: none of these. */
function impliedOperand(opcode: u32, words: Slice<u64>, isWrite: boolean): u64 {
  if (opcode >> 3 === 0xa || opcode === 0x68 || opcode === 0x6a || opcode === 0x9c || opcode === 0xe8) {
    return register(words, STACK_POINTER) - 8;
  }
  if (opcode >> 3 === 0xb || opcode === 0x9d || opcode === 0xc2 || opcode === 0xc3) return register(words, STACK_POINTER);
  if (opcode === 0x8f && !isWrite) return register(words, STACK_POINTER);
  if (opcode === 0xc9) return register(words, FRAME_POINTER);
  if (opcode === 0xa4 || opcode === 0xa5) return register(words, isWrite ? DESTINATION : SOURCE);
  if (opcode >= 0xaa && opcode <= 0xab) return register(words, DESTINATION);
  if (opcode === 0xac || opcode === 0xad) return register(words, SOURCE);
  if (opcode === 0xae || opcode === 0xaf) return register(words, DESTINATION);
  return 0;
}

/** Whether an opcode is followed by ModRM, and its address is what ModRM says. */
function hasModRm(map: u32, opcode: u32): boolean {
  if (map === MAP_0F38 || map === MAP_0F3A) return true;
  if (map === MAP_0F) {
    // bt and its kin with a register: the bit's number moves the address.
    if (opcode === 0xa3 || opcode === 0xab || opcode === 0xb3 || opcode === 0xbb) return false;
    if (opcode < 0x10) return opcode === 0x0d;
    if (opcode >> 3 === 6 || opcode === 0x77 || opcode >> 4 === 8) return false;
    if (opcode >> 3 === 0x19) return false;
    return (opcode & 0xf7) > 0xa2 || (opcode & 0xf7) < 0xa0;
  }
  if (opcode < 0x40) return (opcode & 7) < 4;
  if (opcode === 0x63 || opcode === 0x69 || opcode === 0x6b) return true;
  if (opcode >> 4 === 8) return opcode !== 0x82;
  if (opcode === 0xc0 || opcode === 0xc1 || opcode === 0xc6 || opcode === 0xc7) return true;
  if (opcode >> 4 === 0xd) return (opcode & 15) < 4 || (opcode & 15) > 7;
  return opcode === 0xf6 || opcode === 0xf7 || opcode === 0xfe || opcode === 0xff;
}

/** Bytes behind the operand, which count for addresses relative to the next instruction. */
function immediateLength(reading: Reading, opcode: u32, field: u32): u64 {
  const large: u64 = reading.operand16 && !reading.wideOperand ? 2 : 4;
  if (reading.map === MAP_0F3A) return 1;
  if (reading.map === MAP_0F38) return 0;
  if (reading.map === MAP_0F) {
    if (opcode >= 0x70 && opcode <= 0x73) return 1;
    if (opcode === 0xa4 || opcode === 0xac || opcode === 0xba || opcode === 0xc2) return 1;
    return opcode >= 0xc4 && opcode <= 0xc6 ? 1 : 0;
  }
  if (opcode === 0x69 || opcode === 0x81 || opcode === 0xc7) return large;
  if (opcode === 0x6b || opcode === 0x80 || opcode === 0x83) return 1;
  if (opcode === 0xc0 || opcode === 0xc1 || opcode === 0xc6) return 1;
  if (opcode === 0xf6 && field < 2) return 1;
  return opcode === 0xf7 && field < 2 ? large : 0;
}

/** Base, index and displacement. */
function effectiveAddress(reading: Reading, code: Slice<u8>, words: Slice<u64>, modRm: u32, immediate: u64): u64 {
  const mode = modRm >> 6;
  const low = modRm & 7;
  let address: u64 = 0;
  let hasBase = true;
  let relative = false;
  if (low === 4) {
    const sib = reading.next(code);
    const index = ((sib >> 3) & 7) | reading.index8;
    if (index !== 4) address = register(words, index) << (sib >> 6);
    if ((sib & 7) === 5 && mode === 0) hasBase = false;
    else address += register(words, (sib & 7) | reading.base8);
  } else if (low === 5 && mode === 0) {
    hasBase = false;
    relative = true;
  } else {
    address = register(words, low | reading.base8);
  }
  if (mode === 1) {
    if (reading.scaledDisplacement) return 0;
    address += reading.displacement8(code);
  } else if (mode === 2 || !hasBase) {
    address += reading.displacement32(code);
  }
  return relative ? address + words[RIP_PLACE] + u64(reading.at) + immediate : address;
}

/** @inline */
function register(words: Slice<u64>, number: u32): u64 {
  return words[u64(registerPlaces[number & 15])];
}
