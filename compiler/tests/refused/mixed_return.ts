export function f(value: u64): u32 {
  return value * 2;
}
