// An index may have any unsigned integer type.
import { print } from "prelude/host.ts";
export function main(): void {
  const words: FixedArray<u32, 4> = [10, 20, 30, 40];
  const a: u8 = 1;
  const b: u16 = 2;
  const c: u32 = 3;
  const d: u64 = 0;
  print(`${words[a]} ${words[b]} ${words[c]} ${words[d]} ${words[1 + 1]}`);
}
