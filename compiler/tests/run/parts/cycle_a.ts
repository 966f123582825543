// Imports a module that imports this one.
import { fromB, Right } from "./cycle_b.ts";
export const LIMIT = 10;
export class Left {
  value: u32 = 1;
  partner: Right | null = null;
}
export function fromA(n: u32): u32 {
  return n === 0 ? 0 : fromB(n - 1) + 1;
}
// The same name as in another module, not exported.
function helper(): u32 {
  return 2;
}
export function helpedToo(): u32 {
  return helper();
}
