// Names that mean something in C are ordinary names.
import { print } from "prelude/host.ts";
class struct {
  int: u32 = 1;
  static_: u32 = 2;
  union: u32 = 3;
}
function printf(double: u32, register: u32): u32 {
  const signed = double + register;
  const unsigned = signed * 2;
  return unsigned;
}
function malloc(errno: u32): u32 {
  return errno + 1;
}
export function main(): void {
  const auto = new struct();
  const extern: u32 = 5;
  const NULL: u32 = 6;
  const stdin = malloc(7);
  print(`${auto.int} ${auto.union} ${printf(3, 4)} ${extern} ${NULL} ${stdin} ${auto.static_}`);
}
