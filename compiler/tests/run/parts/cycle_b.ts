// Imports a module that imports this one.
import { fromA, type Left, LIMIT } from "./cycle_a.ts";
export class Right {
  value: u32 = LIMIT;
  partner: Left | null = null;
}
export function fromB(n: u32): u32 {
  return n === 0 ? 100 : fromA(n - 1) + LIMIT;
}
