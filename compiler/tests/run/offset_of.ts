// Offsets of fields follow the alignment of each.
import { print } from "prelude/host.ts";
class Mixed {
  a!: u8;
  b!: u16;
  c!: u64;
  d!: u8;
  e!: FixedArray<u32, 2>;
}
export function main(): void {
  print(`${offsetOf<Mixed>("a")} ${offsetOf<Mixed>("b")} ${offsetOf<Mixed>("c")} ${offsetOf<Mixed>("d")} ${offsetOf<Mixed>("e")}`);
  print(`${sizeOf<Mixed>()}`);
}
