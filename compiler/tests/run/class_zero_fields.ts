// A field with ! starts as zero.
import { print } from "prelude/host.ts";
class Everything {
  small!: u8;
  large!: u64;
  flag!: boolean;
  text!: string;
  other!: Everything | null;
  words!: FixedArray<u32, 3>;
}
export function main(): void {
  const all = new Everything();
  print(`${all.small} ${all.large} ${all.flag} ${all.text.length} ${all.other === null}`);
  print(`${all.words[0]} ${all.words[1]} ${all.words[2]}`);
}
