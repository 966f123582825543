interface Reader {
  read(count: u64): u64;
}
export class File implements Reader {
  read(count: u32): u64 {
    return u64(count);
  }
}
export function f(file: File): Reader {
  return file;
}
