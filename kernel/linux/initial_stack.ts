// What a program finds on its stack when it starts: its arguments, its environment, and the auxiliary vector.
// System V ABI, AMD64 supplement 1.0, section 3.4.1; the order of the strings is Linux's (fs/binfmt_elf.c, fs/exec.c).
//
//   high  8 bytes of zero
//         path of the program ("execfn")
//         environment strings, argument strings
//         "x86_64", 16 random bytes
//         ─── a multiple of 16 ───
//         auxiliary vector, ended by AT_NULL
//         environment pointers, ended by null
//         argument pointers, ended by null
//   low   number of arguments                        ◀ rsp, a multiple of 16
//
// The strings are two blocks of the boot configuration, copied whole; all words are put together in the kernel and copied
// at once. So the number of copies does not depend on the number of arguments.

import { addressOf, sliceAt } from "unsafe";
import { fillRandom } from "../fs/random.ts";
import { Errno } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { copyToUser, type UserPointer } from "../mm/user_memory.ts";

/** Entries of the auxiliary vector (include/uapi/linux/auxvec.h). */
export const enum Auxiliary {
  Null = 0,
  ProgramHeaders = 3,
  ProgramHeaderSize = 4,
  ProgramHeaderCount = 5,
  PageSize = 6,
  InterpreterBase = 7,
  Flags = 8,
  Entry = 9,
  User = 11,
  EffectiveUser = 12,
  Group = 13,
  EffectiveGroup = 14,
  Platform = 15,
  HardwareCapabilities = 16,
  ClockTicks = 17,
  Secure = 23,
  Random = 25,
  HardwareCapabilities2 = 26,
  ProgramPath = 31,
  SystemInfoHeader = 33,
  MinimumSignalStack = 51,
}

const AUXILIARY_LIMIT = 24;
const RANDOM_SIZE = 16;
const PLATFORM = "x86_64\0";
/** ARG_MAX of a stack of 8 MiB: a quarter of it, for strings and pointers together. */
const ARGUMENTS_LIMIT = 0x20_0000;

/** The strings of a program, each with its NUL: blocks that are copied one after the other. */
export class ProgramStrings {
  /** Comes before the arguments: what a script's interpreter is given. */
  prefix!: Slice<u8>;
  arguments!: Slice<u8>;
  environment!: Slice<u8>;
  /** The path, without NUL. */
  path!: Slice<u8>;
}

class AuxiliaryEntries {
  readonly words!: FixedArray<u64, 48>;
}

export class InitialStack {
  private readonly entries = new AuxiliaryEntries();
  private count: usize = 0;
  private top: u64;

  /** @param top one past the stack's last byte, a multiple of 16; mapped below */
  constructor(top: u64) {
    this.top = top;
  }

  /** Adds an entry of the auxiliary vector. */
  add(type: Auxiliary, value: u64): void {
    assert(this.count < AUXILIARY_LIMIT, "the auxiliary vector has more entries than it has room for");
    this.entries.words[this.count * 2] = u64(type);
    this.entries.words[this.count * 2 + 1] = value;
    this.count++;
  }

  /**
   * Writes everything.
   * @returns the stack pointer to start with; TOOBIG, NOMEM, FAULT
   */
  build(strings: ProgramStrings): Result<u64> {
    const prefixCount = countStrings(strings.prefix);
    const argumentCount = prefixCount + countStrings(strings.arguments);
    const environmentCount = countStrings(strings.environment);
    // AT_PLATFORM, AT_RANDOM, AT_EXECFN and AT_NULL are added below.
    const words = 1 + argumentCount + 1 + environmentCount + 1 + (this.count + 4) * 2;
    const bytesOfStrings = strings.prefix.length + strings.arguments.length + strings.environment.length;
    if (bytesOfStrings + words * 8 > ARGUMENTS_LIMIT) return failure<u64>(Errno.TOOBIG);

    let place = this.top - 8 - 1 - strings.path.length;
    let error = copyToUser(place as UserPointer, strings.path);
    this.add(Auxiliary.ProgramPath, place);
    place -= strings.environment.length;
    const environmentAt = place;
    if (error === Errno.NONE) error = copyToUser(place as UserPointer, strings.environment);
    place -= strings.arguments.length;
    const argumentsAt = place;
    if (error === Errno.NONE) error = copyToUser(place as UserPointer, strings.arguments);
    place -= strings.prefix.length;
    const prefixAt = place;
    if (error === Errno.NONE) error = copyToUser(place as UserPointer, strings.prefix);
    place -= PLATFORM.length;
    if (error === Errno.NONE) error = copyToUser(place as UserPointer, bytes(PLATFORM));
    this.add(Auxiliary.Platform, place);
    const random = new RandomBytes();
    fillRandom(random.storage.slice());
    place = (place - RANDOM_SIZE) & ~u64(15);
    if (error === Errno.NONE) error = copyToUser(place as UserPointer, random.storage.slice());
    this.add(Auxiliary.Random, place);
    this.add(Auxiliary.Null, 0);
    if (error !== Errno.NONE) return failure<u64>(error);

    const table = createArray<u64>(words);
    if (table === null) return failure<u64>(Errno.NOMEM);
    table[0] = argumentCount;
    let next: usize = 1;
    next = addPointers(table, next, strings.prefix, prefixAt);
    next = addPointers(table, next, strings.arguments, argumentsAt) + 1;
    next = addPointers(table, next, strings.environment, environmentAt) + 1;
    table.slice(next, next + this.count * 2).copyFrom(this.entries.words.slice(0, this.count * 2));
    const start = (place - words * 8) & ~u64(15);
    // Safe: the slice is the table's own bytes.
    error = copyToUser(start as UserPointer, sliceAt<u8>(addressOf(table), words * 8));
    destroyArray(table);
    return error === Errno.NONE ? success(start) : failure<u64>(error);
  }

  /** The auxiliary vector as bytes, on the heap, after {@link build}; null: no memory. */
  copyAuxiliary(): Slice<u8> | null {
    const copy = createArray<u8>(this.count * ENTRY_SIZE);
    // Safe: the slice is the words' own bytes, of which `count` pairs are filled.
    if (copy !== null) copy.copyFrom(sliceAt<u8>(addressOf(this.entries.words), this.count * ENTRY_SIZE));
    return copy;
  }
}

/** Bytes of {@link AuxiliaryEntries}. */
const ENTRY_SIZE = 16;

class RandomBytes {
  readonly storage!: FixedArray<u8, 16>;
}

/** Number of NUL-terminated strings in a block. */
function countStrings(block: Slice<u8>): usize {
  let count: usize = 0;
  for (const byte of block) {
    if (byte === 0) count++;
  }
  return count;
}

/** Writes the address of each string of a block, which lies at an address of the application. @returns the next free word */
function addPointers(table: Slice<u64>, first: usize, block: Slice<u8>, at: u64): usize {
  let next = first;
  let isStart = true;
  for (let i: usize = 0; i < block.length; i++) {
    if (isStart) {
      table[next] = at + i;
      next++;
    }
    isStart = block[i] === 0;
  }
  return next;
}
