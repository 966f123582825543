// A choice between constants takes its type from the other operand, from the target, or from its other branch.
import { print } from "prelude/host.ts";
const enum Mode {
  Read = 1,
  Write = 2,
}
function count(flag: boolean, byte: u8): void {
  let n: u8 = 250;
  n += flag ? 10 : 1;
  const wide: u64 = 0x100;
  const mode = flag ? Mode.Write : Mode.Read;
  print(`${n} ${byte + (flag ? 1 : 2)} ${byte === (flag ? 255 : 254)} ${wide | (flag ? Mode.Write : 0)} ${wide | (flag ? mode : 0)}`);
  const negative: i32 = flag ? -1 : 1;
  const shifted: u32 = u32(1) << (flag ? byte : 3);
  print(`${negative * (flag ? -5 : 5)} ${shifted} ${flag ? 1 : byte}`);
}
export function main(): void {
  count(true, 255);
  count(false, 4);
}
