const ZERO = 0;
export function f(value: u32): u32 {
  return value / ZERO;
}
