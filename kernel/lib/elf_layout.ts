// The parts of an ELF file that a program loader reads, as they lie in the file.
// System V Application Binary Interface, generic ABI 4.1 chapters 4 and 5; AMD64 supplement 1.0 chapter 4.
// All classes are packed: a file may put its tables at any offset.

/** 64-bit file header. @packed @size 64 */
export class ElfHeader {
  /** The bytes 0x7f E L F. @offset 0 */
  magic!: u32;
  /** ELFCLASS64 is 2. */
  fileClass!: u8;
  /** ELFDATA2LSB is 1. */
  dataEncoding!: u8;
  identificationVersion!: u8;
  operatingSystem!: u8;
  operatingSystemVersion!: u8;
  padding!: FixedArray<u8, 7>;
  /** @offset 16 */
  type!: u16;
  machine!: u16;
  version!: u32;
  /** @offset 24 */
  entry!: u64;
  programHeaderOffset!: u64;
  sectionHeaderOffset!: u64;
  flags!: u32;
  headerSize!: u16;
  /** @offset 54 */
  programHeaderSize!: u16;
  programHeaderCount!: u16;
  sectionHeaderSize!: u16;
  sectionHeaderCount!: u16;
  sectionNameIndex!: u16;
}

/** 64-bit program header. @packed @size 56 */
export class ProgramHeader {
  type!: u32;
  flags!: u32;
  /** Where the segment begins in the file. @offset 8 */
  offset!: u64;
  /** Where it begins in memory, before the load bias. @offset 16 */
  address!: u64;
  physicalAddress!: u64;
  /** Bytes of it in the file; the rest up to memorySize is zero. @offset 32 */
  fileSize!: u64;
  memorySize!: u64;
  alignment!: u64;
}

/** The bytes 0x7f E L F, little-endian. */
export const ELF_MAGIC = 0x464c_457f;
export const ELF_CLASS_64 = 2;
export const ELF_LITTLE_ENDIAN = 1;
export const ELF_VERSION = 1;
/** EM_X86_64. */
export const ELF_MACHINE_X86_64 = 62;

/** ElfHeader.type: what may be run. */
export const enum ElfType {
  /** ET_EXEC: linked for fixed addresses. */
  Executable = 2,
  /** ET_DYN: runs at any address; a static-PIE, a PIE or an interpreter. */
  Shared = 3,
}

/** ProgramHeader.type. */
export const enum SegmentType {
  Load = 1,
  Dynamic = 2,
  Interpreter = 3,
  ProgramHeaders = 6,
  GnuStack = 0x6474_e551,
}

/** ProgramHeader.flags. */
export const enum SegmentFlag {
  Execute = 1,
  Write = 2,
  Read = 4,
}
