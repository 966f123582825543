// The function that an address of an ELF file belongs to, for reports of a crash: from the file's symbol table, or from the
// dynamic one when it is stripped.
//
// The file is not trusted and not in memory as a whole: everything is read through a ByteSource, in small pieces, and every
// number is checked before it is used. A file that does not make sense has no symbols. Slow; used once.

import { addressOf, sliceAt } from "unsafe";
import { ELF_CLASS_64, ELF_LITTLE_ENDIAN, ELF_MAGIC, ElfHeader, ProgramHeader, SegmentType } from "./elf_layout.ts";

/** Bytes of a file, wherever they are. */
export interface ByteSource {
  /** Copies bytes from an offset on. @returns how many there were */
  read(offset: u64, into: Slice<u8>): usize;
}

/** Section header. Generic ABI 4.1, chapter 4, figure 4-8. @packed @size 64 */
class SectionHeader {
  name!: u32;
  type!: u32;
  flags!: u64;
  address!: u64;
  /** @offset 24 */
  offset!: u64;
  size!: u64;
  /** Of a symbol table: the section with its strings. @offset 40 */
  link!: u32;
  information!: u32;
  alignment!: u64;
  entrySize!: u64;
}

/** Symbol. Chapter 4, figure 4-15. @packed @size 24 */
class Symbol64 {
  name!: u32;
  /** Type in the low four bits. */
  information!: u8;
  other!: u8;
  section!: u16;
  value!: u64;
  size!: u64;
}

const SECTION_SYMBOLS = 2;
const SECTION_DYNAMIC_SYMBOLS = 11;
const SYMBOL_FUNCTION = 2;
const SYMBOL_INDIRECT_FUNCTION = 10;
/** More than any linker makes; a bound for hostile headers. */
const HEADERS_LIMIT = 4096;
const SYMBOLS_LIMIT = 4_000_000;
/** Symbols that are read together. */
const CHUNK = 32;

class SymbolChunk {
  readonly symbols!: FixedArray<Symbol64, 32>;
}

/** What was found. */
export class FoundSymbol {
  /** Its name, cut to what fits; `length` bytes of it are there. */
  readonly name!: FixedArray<u8, 96>;
  length: usize = 0;
  /** Bytes from the function's start. */
  offset: u64 = 0;
}

/**
 * Finds the function that has the byte at an offset of the file.
 * @returns whether there is one
 */
export function findFunction(file: ByteSource, fileOffset: u64, found: FoundSymbol): boolean {
  const header = new ElfHeader();
  if (!readInto(file, 0, addressOf(header), sizeOf<ElfHeader>())) return false;
  if (header.magic !== ELF_MAGIC || header.fileClass !== ELF_CLASS_64 || header.dataEncoding !== ELF_LITTLE_ENDIAN) return false;
  const segment = new ProgramHeader();
  if (!findSegment(file, header, fileOffset, segment)) return false;
  const address = fileOffset - segment.offset + segment.address;
  const table = new SectionHeader();
  if (findTable(file, header, SECTION_SYMBOLS, table) && searchTable(file, header, table, address, found)) return true;
  return findTable(file, header, SECTION_DYNAMIC_SYMBOLS, table) && searchTable(file, header, table, address, found);
}

/** Reads an object of plain bytes. */
function readInto(file: ByteSource, offset: u64, address: u64, size: usize): boolean {
  // Safe: callers give the address and the size of an object of their own.
  return file.read(offset, sliceAt<u8>(address, size)) === size;
}

/** Finds the loaded segment that has a byte of the file. */
function findSegment(file: ByteSource, header: ElfHeader, fileOffset: u64, segment: ProgramHeader): boolean {
  const count = minimum(u64(header.programHeaderCount), HEADERS_LIMIT);
  for (let i: u64 = 0; i < count; i++) {
    if (!readInto(file, header.programHeaderOffset + i * sizeOf<ProgramHeader>(), addressOf(segment), sizeOf<ProgramHeader>()))
      return false;
    if (segment.type !== u32(SegmentType.Load)) continue;
    if (fileOffset >= segment.offset && fileOffset - segment.offset < segment.fileSize) return true;
  }
  return false;
}

/** Finds the first section of a type. */
function findTable(file: ByteSource, header: ElfHeader, type: u32, section: SectionHeader): boolean {
  const count = minimum(u64(header.sectionHeaderCount), HEADERS_LIMIT);
  for (let i: u64 = 0; i < count; i++) {
    if (!readSection(file, header, i, section)) return false;
    if (section.type === type) return section.entrySize === sizeOf<Symbol64>();
  }
  return false;
}

function readSection(file: ByteSource, header: ElfHeader, index: u64, section: SectionHeader): boolean {
  if (usize(header.sectionHeaderSize) !== sizeOf<SectionHeader>()) return false;
  return readInto(
    file,
    header.sectionHeaderOffset + index * sizeOf<SectionHeader>(),
    addressOf(section),
    sizeOf<SectionHeader>(),
  );
}

/** Looks through the symbols of a table. */
function searchTable(file: ByteSource, header: ElfHeader, table: SectionHeader, address: u64, found: FoundSymbol): boolean {
  const chunk = new SymbolChunk();
  const count = minimum(table.size / sizeOf<Symbol64>(), SYMBOLS_LIMIT);
  for (let first: u64 = 0; first < count; first += CHUNK) {
    const length = minimum(count - first, CHUNK);
    if (!readInto(file, table.offset + first * sizeOf<Symbol64>(), addressOf(chunk), length * sizeOf<Symbol64>())) return false;
    for (let i: usize = 0; i < length; i++) {
      const symbol = chunk.symbols[i];
      if (!isFunction(symbol) || address < symbol.value || address - symbol.value >= symbol.size) continue;
      found.offset = address - symbol.value;
      return readName(file, header, u64(table.link), u64(symbol.name), found);
    }
  }
  return false;
}

function isFunction(symbol: Symbol64): boolean {
  const type = symbol.information & 15;
  return type === SYMBOL_FUNCTION || type === SYMBOL_INDIRECT_FUNCTION;
}

/** Reads a symbol's name from the strings of its table. */
function readName(file: ByteSource, header: ElfHeader, section: u64, offset: u64, found: FoundSymbol): boolean {
  const strings = new SectionHeader();
  if (section >= u64(header.sectionHeaderCount) || !readSection(file, header, section, strings) || offset >= strings.size)
    return false;
  const name = found.name.slice(0, minimum(found.name.length, strings.size - offset));
  const length = file.read(strings.offset + offset, name);
  let end: usize = 0;
  while (end < length && isPrintable(name[end])) end++;
  found.length = end;
  return end !== 0;
}

/** Names end at their NUL; whatever else is no text ends them too. */
function isPrintable(byte: u8): boolean {
  return byte > 0x20 && byte < 0x7f;
}
