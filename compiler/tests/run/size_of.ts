// Sizes of values and objects, padding included.
import { print } from "prelude/host.ts";
class Mixed {
  a!: u8;
  b!: u32;
  c!: u8;
}
class Word {
  value!: u64;
}
export function main(): void {
  print(`${sizeOf<u8>()} ${sizeOf<u16>()} ${sizeOf<u32>()} ${sizeOf<u64>()} ${sizeOf<i64>()} ${sizeOf<boolean>()}`);
  print(`${sizeOf<Mixed>()} ${sizeOf<Word>()} ${sizeOf<Word | null>()} ${sizeOf<string>()} ${sizeOf<Slice<u8>>()}`);
  print(`${sizeOf<FixedArray<u32, 5>>()} ${sizeOf<FixedArray<Mixed, 2>>()} ${sizeOf<FixedArray<Ref<Mixed>, 2>>()}`);
}
