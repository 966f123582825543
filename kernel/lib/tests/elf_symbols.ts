// Finding functions by their place in a file: in a file that is made here, and in ones that make no sense. A Linux program:
// prints what it found, panics at the first surprise.

import { print } from "prelude/host.ts";
import { addressOf, objectAt, pointer, stringAt } from "unsafe";
import { ELF_MAGIC, ElfHeader, ProgramHeader, SegmentType } from "../elf_layout.ts";
import { type ByteSource, FoundSymbol, findFunction } from "../elf_symbols.ts";

//   0      header      64     one program header: the whole file at 0x400000
//   0x100  sections: none, symbols, strings      0x200  symbols: none, first, second, an object      0x300  strings
const SECTIONS = 0x100;
const SYMBOLS = 0x200;
const STRINGS = 0x300;
const SIZE = 1024;
const BASE = 0x40_0000;

class Storage {
  readonly file!: FixedArray<u8, 1024>;
}

const storage = new Storage();

class MemoryFile implements ByteSource {
  read(offset: u64, into: Slice<u8>): usize {
    if (offset >= SIZE) return 0;
    const length = minimum(into.length, SIZE - offset);
    into.slice(0, length).copyFrom(storage.file.slice(offset, offset + length));
    return length;
  }
}

function header(): ElfHeader {
  return objectAt<ElfHeader>(addressOf(storage.file));
}

function word(offset: u64): u64 {
  return addressOf(storage.file) + offset;
}

function section(index: u64, type: u32, offset: u64, size: u64, link: u32, entrySize: u64): void {
  const at = word(SECTIONS + index * 64);
  pointer<u32>(at + 4)[0] = type;
  pointer<u64>(at + 24)[0] = offset;
  pointer<u64>(at + 32)[0] = size;
  pointer<u32>(at + 40)[0] = link;
  pointer<u64>(at + 56)[0] = entrySize;
}

function symbol(index: u64, name: u32, type: u32, address: u64, size: u64): void {
  const at = word(SYMBOLS + index * 24);
  pointer<u32>(at)[0] = name;
  pointer<u32>(at + 4)[0] = type;
  pointer<u64>(at + 8)[0] = address;
  pointer<u64>(at + 16)[0] = size;
}

function makeGood(): void {
  storage.file.fill(0);
  const h = header();
  h.magic = ELF_MAGIC;
  h.fileClass = 2;
  h.dataEncoding = 1;
  h.programHeaderOffset = 64;
  h.programHeaderCount = 1;
  h.sectionHeaderOffset = SECTIONS;
  h.sectionHeaderSize = 64;
  h.sectionHeaderCount = 3;
  const segment = objectAt<ProgramHeader>(word(64));
  segment.type = u32(SegmentType.Load);
  segment.address = BASE;
  segment.fileSize = SIZE;
  section(1, 2, SYMBOLS, 4 * 24, 2, 24);
  section(2, 3, STRINGS, 32, 0, 0);
  symbol(1, 1, 2, BASE + 0x10, 0x20);
  symbol(2, 7, 2, BASE + 0x30, 0x10);
  symbol(3, 14, 1, BASE + 0x40, 0x10);
  storage.file.slice(STRINGS + 1, STRINGS + 20).copyFrom(bytes("first\0second\0object"));
}

/** Looks for the function at an offset; an empty name means that none is there. Makes a good file again. */
function expect(what: string, fileOffset: u64, name: string, offset: u64): void {
  const file = new MemoryFile();
  const found = new FoundSymbol();
  const isThere = findFunction(file, fileOffset, found);
  assert(isThere === (name.length !== 0), `${what}: a function is there`);
  if (isThere) {
    const got = stringAt(addressOf(found.name), found.length);
    assert(got === name && found.offset === offset, `${what}: ${got}+${found.offset}`);
  }
  print(`${what}: ${name.length === 0 ? "nothing" : name}`);
  makeGood();
}

/** @export main */
export function main(): i32 {
  makeGood();
  expect("first byte", 0x10, "first", 0);
  expect("last byte", 0x2f, "first", 0x1f);
  expect("next function", 0x35, "second", 5);
  expect("before the functions", 0xf, "", 0);
  expect("an object", 0x44, "", 0);
  expect("beyond the file", 0x1_0000, "", 0);
  header().magic = 0;
  expect("no ELF file", 0x10, "", 0);
  header().sectionHeaderCount = 0;
  expect("stripped", 0x10, "", 0);
  header().sectionHeaderOffset = 0xffff_ffff_ffff_ffc0;
  expect("sections that wrap", 0x10, "", 0);
  section(1, 2, 0xffff_ffff_ffff_fff0, 4 * 24, 2, 24);
  expect("symbols that wrap", 0x10, "", 0);
  section(1, 2, SYMBOLS, 0xffff_ffff_ffff_fff0, 2, 24);
  expect("endless symbols", 0x44, "", 0);
  section(1, 2, SYMBOLS, 4 * 24, 9, 24);
  expect("no strings", 0x10, "", 0);
  symbol(1, 0x1000, 2, BASE + 0x10, 0x20);
  expect("a name beyond the strings", 0x10, "", 0);
  // Stripped of its symbols, a shared object still has the dynamic ones.
  section(1, 11, SYMBOLS, 4 * 24, 2, 24);
  expect("dynamic symbols", 0x10, "first", 0);
  return 0;
}
