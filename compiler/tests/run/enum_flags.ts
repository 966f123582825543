// Flags of one enum combine to that enum; with an integer they take its type.
import { print } from "prelude/host.ts";
const enum Mode {
  Read = 1,
  Write = 2,
  Execute = 4,
}
function describe(mode: Mode): void {
  print(`${(mode & Mode.Read) !== 0} ${(mode & Mode.Write) !== 0} ${(mode & Mode.Execute) !== 0} ${u32(mode)}`);
}
export function main(): void {
  let mode = Mode.Read | Mode.Execute;
  describe(mode);
  mode |= Mode.Write;
  describe(mode);
  mode &= ~Mode.Read;
  describe(mode);
  let raw: u64 = 0x100;
  raw |= Mode.Write;
  const small: u16 = 7;
  print(`${raw} ${raw & Mode.Write} ${small & ~Mode.Write} ${Mode.Execute | raw}`);
}
