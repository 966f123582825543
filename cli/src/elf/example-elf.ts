// A small dynamic program made by hand, for tests: every field is where the test can reach it.
//
//   0 header │ 64 four program headers │ 512 dynamic section │ 1024 names │ 1536 interpreter │ 2048 end

const INTERPRETER = "/lib64/ld-linux-x86-64.so.2";
const Place = { dynamic: 512, names: 1024, interpreter: 1536, end: 2048 } as const;

export function programHeaderOffset(position: number): number {
  return 64 + position * 56;
}

export function exampleElf(): Buffer {
  const bytes = Buffer.alloc(Place.end);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  bytes.writeUInt16LE(3, 16); // ET_DYN
  bytes.writeUInt16LE(62, 18); // EM_X86_64
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(0x1000n, 24);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(4, 56);
  writeProgramHeader(bytes, 0, { type: 1, offset: 0, address: 0, fileSize: Place.end, memorySize: 0x2000 });
  writeProgramHeader(bytes, 1, { type: 2, offset: Place.dynamic, address: Place.dynamic, fileSize: 256, memorySize: 256 });
  const length = INTERPRETER.length + 1;
  writeProgramHeader(bytes, 2, {
    type: 3,
    offset: Place.interpreter,
    address: Place.interpreter,
    fileSize: length,
    memorySize: length,
  });
  writeProgramHeader(bytes, 3, { type: 6, offset: 64, address: 64, fileSize: 224, memorySize: 224 });
  bytes.write(INTERPRETER, Place.interpreter, "latin1");
  writeDynamicSection(bytes);
  return bytes;
}

function writeProgramHeader(
  bytes: Buffer,
  position: number,
  header: { type: number; offset: number; address: number; fileSize: number; memorySize: number },
): void {
  const start = programHeaderOffset(position);
  bytes.writeUInt32LE(header.type, start);
  const fields = [header.offset, header.address, header.address, header.fileSize, header.memorySize, 0x1000];
  for (const [index, value] of fields.entries()) bytes.writeBigUInt64LE(BigInt(value), start + 8 + index * 8);
}

function writeDynamicSection(bytes: Buffer): void {
  const names = ["", "libfirst.so.1", "libsecond.so.2", "$ORIGIN/lib", "libself.so"];
  const offsets = names.map((_, index) => names.slice(0, index).reduce((sum, name) => sum + name.length + 1, 0));
  const table = Buffer.from(names.map((name) => `${name}\0`).join(""));
  table.copy(bytes, Place.names);
  const [, first = 0, second = 0, runpath = 0, soname = 0] = offsets;
  const entries = [
    [1, first],
    [1, second],
    [14, soname],
    [29, runpath],
    [5, Place.names],
    [10, table.length],
    [0, 0],
  ] as const;
  for (const [index, [tag, value]] of entries.entries()) {
    bytes.writeBigUInt64LE(BigInt(tag), Place.dynamic + index * 16);
    bytes.writeBigUInt64LE(BigInt(value), Place.dynamic + index * 16 + 8);
  }
}
