// Members may be made of constants and of each other.
import { print } from "prelude/host.ts";
const SHIFT = 4;
const enum Flag {
  Read = 1 << 0,
  Write = 1 << 1,
  Both = Read | Write,
  High = Both << SHIFT,
  Rest = 0xff & ~Both,
}
export function main(): void {
  print(`${u32(Flag.Both)} ${u32(Flag.High)} ${u32(Flag.Rest)}`);
}
